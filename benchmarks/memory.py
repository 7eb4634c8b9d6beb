"""Memory of the steps over the whole lake, and state on disk, in bytes a document.

    python benchmarks/memory.py [--documents 50000] [--copies 0.3]

Lakes of N and of 4 N synthetic documents are written (60 words each; a share of them are exact or near
copies; random scores and short vectors), and each step is built in a process of its own. The growth of the
peak of resident memory from the one to the other, divided by 3 N, is what a document costs; what the
interpreter, the libraries and blocks of fixed size need is the same in both.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from curation_assets import engine
from curation_assets.config import Config
from curation_assets.containment import comparing
from curation_assets.containment.config import ContainmentConfig
from curation_assets.dedup import addresses as dedup
from curation_assets.graph import stage_named
from curation_assets.inspection import versions
from curation_assets.stage import LakeStage, ShardStage
from curation_assets.survivors import survivors
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import BuildRecord

DOCUMENTS_A_SHARD, WORDS, DIMENSIONS = 5_000, 60, 8
STEPS = (
    "dedup_clusters",
    "contained_documents",
    "repeated_passages",
    "neighbours",
    "semantic_duplicates",
    "topics",
    "density_sketch",
    "outliers",
    "mixture_plan",
    "mixture_manifest",
)
STATE = (
    "signatures",
    "duplicate_edges",
    "containment_keys",
    "containment_pairs",
    "passage_keys",
    "_index",
    "_state",
)
LABELS = (
    "dedup_clusters",
    "contained_documents",
    "repeated_passages",
    "neighbours",
    "semantic_duplicates",
    "topics",
    "outliers",
    "mixture_plan",
)
LOOKS = {"characters": 300, "gopher_words": WORDS, "c4_sentences": 5, "c4_curly_brackets": 0}
BLOCK_TOKENS = 300_000
"""Texts are compared in blocks; small ones, so that both lakes are many blocks large."""
CACHED_ROWS, BYTES_A_CACHED_ROW = 2, 34  # a score and a count of tokens, see resources/document_cache.py


def workplace_of(folder: Path) -> Workplace:
    containment = ContainmentConfig(enabled=True)
    return Workplace(folder / "inbox", Lake(folder / "lake"), Config(containment=containment))


def texts(random: np.random.Generator, copies: float, of: int) -> list[str]:
    """Return the texts of a shard; copies are of one of ``of`` texts, seven in ten with another word."""
    found = []
    for copied in random.random(DOCUMENTS_A_SHARD) < copies:
        source = np.random.default_rng([7, int(random.integers(of))]) if copied else random
        words = [f"w{number}" for number in source.integers(4_000, size=WORDS)]
        if copied and random.random() < 0.7:
            words[int(random.integers(WORDS))] = f"x{random.integers(1 << 20)}"
        found.append(" ".join(words))
    return found


def save(place: Workplace, stage: str, shard: str, frame: pl.DataFrame) -> None:
    """Write a table as if its stage had been built."""
    digest = place.lake.write(stage, shard, frame)
    files = {f"{stage}/{shard}.parquet": digest}
    record = BuildRecord(
        stage=stage, shard=shard, fingerprint="", code_version="1-", output=digest, files=files
    )
    place.lake.save_record(record)


def write_lake(place: Workplace, documents: int, copies: float) -> None:
    shards = [f"s{number:05d}" for number in range(documents // DOCUMENTS_A_SHARD)]
    for number, shard in enumerate(shards):
        random = np.random.default_rng(number)
        some = texts(random, copies, max(1, int(documents * copies / 3)))
        ids = [content_hash(shard, str(row)) for row in range(len(some))]
        frame = pl.DataFrame({"doc_id": ids, "text": some}).with_columns(
            shard=pl.lit(shard), source=pl.lit("web"), language=pl.lit("en"), url=pl.lit(None, pl.String),
            text_hash=pl.Series([content_hash(text) for text in some]), drop_reason=pl.lit(None, pl.String),
            decided_by=pl.lit(None, pl.String), date=pl.lit(None, pl.String),
            fineweb_terminal_lines=pl.lit(1.0), gopher_bullet_lines=pl.lit(0.0),
            gopher_alphabetic_words=pl.lit(1.0), fineweb_short_lines=pl.lit(0.0),
            fineweb_line_breaks_per_word=pl.lit(0.0),
            **{name: pl.lit(value, pl.Int64) for name, value in LOOKS.items()},
        )  # fmt: skip
        save(place, "raw_documents", shard, frame.select("doc_id", "shard").with_row_index("position"))
        save(place, "clean_documents", shard, frame)
        build(place, "signatures", shard)
    in_a_process(place, "dedup_clusters")
    for shard in shards:
        build(place, "containment_keys", shard)
    in_a_process(place, "contained_documents")
    for shard in shards:
        build(place, "passage_keys", shard)
    in_a_process(place, "repeated_passages")
    for shard in shards:
        build(place, "contamination", shard)
    for number, shard in enumerate(shards):
        write_scores(place, shard, np.random.default_rng([9, number]))
    in_a_process(place, "neighbours")
    in_a_process(place, "semantic_duplicates")
    in_a_process(place, "topics")
    in_a_process(place, "density_sketch")
    for shard in shards:
        build(place, "density_estimates", shard)
    in_a_process(place, "outliers")
    in_a_process(place, "mixture_plan")
    for shard in shards:
        build(place, "mixture", shard)
        build(place, "ledger", shard)
    in_a_process(place, "mixture_manifest")


def write_scores(place: Workplace, shard: str, random: np.random.Generator) -> None:
    """Write scores and vectors of the documents that deduplication kept."""
    kept = survivors(place.lake, shard, ["doc_id", "shard", "text_hash"])
    quality, tokens = pl.Series(random.random(kept.height)), pl.lit(80, pl.Int64)
    scores = kept.select("doc_id", "shard").with_columns(quality=quality, tokens=tokens, bytes=4 * tokens)
    save(place, "quality_scores", shard, scores)
    vectors = random.standard_normal((kept.height, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embedding = pl.Series("embedding", vectors, dtype=pl.Array(pl.Float32, DIMENSIONS))
    save(place, "embeddings", shard, kept.with_columns(embedding))


def in_a_process(place: Workplace, step: str) -> None:
    """Build a step in a process of its own, which writes down its peak."""
    command = [sys.executable, __file__, "--step", step, "--folder", str(place.lake.root.parent)]
    subprocess.run(command, check=True)


def build(place: Workplace, name: str, shard: str) -> None:
    stage = stage_named(name)
    assert isinstance(stage, ShardStage)
    outcome = engine.build_shard(stage, place, shard)
    assert outcome.record.error is None, outcome.record.error


def run_step(place: Workplace, name: str) -> None:
    stage = stage_named(name)
    assert isinstance(stage, LakeStage)
    comparing.ITEMS_AT_ONCE = BLOCK_TOKENS
    dedup.cluster = partial(dedup.cluster, block_tokens=BLOCK_TOKENS)  # type: ignore[assignment]
    record = engine.build_lake(stage, place).record
    assert not record.error
    assert len(record.shards) == len(place.lake.recorded_shards("raw_documents"))
    # Not getrusage: its peak is that of the process which this one was forked from.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) * 1024
    (place.lake.root.parent / f"{name}.peak").write_text(str(peak))


def disk(place: Workplace) -> dict[str, int]:
    folders = {name: place.lake.root / name for name in (*STATE, *LABELS)}
    return {
        name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        for name, folder in folders.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure memory and state in bytes a document.")
    parser.add_argument("--documents", type=int, default=50_000, help="of the smaller lake")
    parser.add_argument("--copies", type=float, default=0.3, help="share of documents that have copies")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    if arguments.step:
        run_step(workplace_of(arguments.folder), arguments.step)
        return
    sizes = (arguments.documents, 4 * arguments.documents)
    with tempfile.TemporaryDirectory() as temporary:
        places = {size: workplace_of(Path(temporary) / str(size)) for size in sizes}
        for size, place in places.items():
            write_lake(place, size, arguments.copies)
        report(places, sizes)


def report(places: dict[int, Workplace], sizes: tuple[int, int]) -> None:
    small, large = sizes
    print(f"{small:,} and {large:,} documents; bytes a document")

    def growth(step: str) -> int:
        peaks = [int((places[size].lake.root.parent / f"{step}.peak").read_text()) for size in sizes]
        return peaks[1] - peaks[0]

    for step in STEPS:
        print(f"  memory of {step:<30}{growth(step) / (large - small):>8.0f}")
    found = disk(places[large])
    found["cached scores and token counts"] = CACHED_ROWS * BYTES_A_CACHED_ROW * large
    for name, size in found.items():
        print(f"  on disk, {name:<32}{size / large:>8.0f}")
    versions.keep(places[large])
    kept = sum(file.stat().st_size for file in (places[large].lake.root / versions.FOLDER).rglob("*.parquet"))
    print(f"  on disk, a version kept for curate diff{kept / large:>13.0f}")
    labels = sum(found[name] for name in LABELS)
    total = sum(found.values())
    print(f"  on disk, in all {total / large:.0f}, without label tables {(total - labels) / large:.0f}")


if __name__ == "__main__":
    main()
