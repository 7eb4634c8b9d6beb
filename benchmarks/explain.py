"""What ``curate explain`` takes on a large lake: by id, by address, by first words.

    python benchmarks/explain.py [--documents 1000000] [--shards 100] [--lake DIR]

The lake is made of random words and numbers, table by table, with the columns that a run writes and records
that vouch for them; no stage has run. Texts have 2,000 characters, vectors 384 components. A lake that is
there already under --lake is used again. Each command is a process of its own; told is the fastest of three.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from curation_assets.cleaning.config import CleaningConfig
from curation_assets.cleaning.schema import CLEAN_SCHEMA
from curation_assets.inspection.explaining.rows import RECORDS
from curation_assets.mixture.labels import PHASES
from resources.lake import Lake
from resources.records import BuildRecord

CHARACTERS, COMPONENTS, LANGUAGES, SOURCES = 2000, 384, 5, 8
CLUSTERED, SURVIVING = 0.2, 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure curate explain.")
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--lake", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(arguments.lake or Path(folder))
        if not lake.recorded_shards("ledger"):
            for number in range(arguments.shards):
                write_shard(lake, number, arguments.documents // arguments.shards)
        shards = lake.recorded_shards("ledger")
        size = sum(path.stat().st_size for path in lake.root.rglob("*.parquet")) / 1e9
        documents = sum(lake.height("ledger", one) for one in shards)
        print(f"{len(shards)} shards, {documents:,} documents, {size:.1f} GB")
        measure(lake, shards[len(shards) // 2])


def measure(lake: Lake, shard: str) -> None:
    raw = lake.read("raw_documents", shard, ["doc_id", "url", "text"])
    verdicts = lake.read("ledger", shard, ["doc_id", "reason"])
    copy, kept = (verdicts.filter(reason=reason)["doc_id"][0] for reason in ("near_duplicate", "kept"))
    start = raw["text"][raw.height // 2][:60]
    report("start of the process (curate explain --help)", ["explain", "--help"])
    at = ["--lake", str(lake.root)]
    report("a document of the mixture, by id", ["explain", kept, *at])
    report("the same, by the first 10 letters, as JSON", ["explain", kept[:10], *at, "--json"])
    report("a copy that was dropped, by id", ["explain", copy, *at])
    report("by address", ["explain", "--url", raw["url"][7], *at])
    report("by first words", ["explain", "--text", start, *at])


def report(what: str, arguments: list[str]) -> None:
    walls, processors = [], []
    for _ in range(3):
        began, before = time.perf_counter(), sum(os.times()[2:4])
        command = [sys.executable, "-m", "curation_assets.cli", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        walls.append(time.perf_counter() - began)
        processors.append(sum(os.times()[2:4]) - before)
    print(f"{what}: {min(walls):.2f} s ({min(processors):.2f} CPU s)")


def write_shard(lake: Lake, number: int, count: int) -> None:
    """Write all tables of one shard, and their records."""
    random = np.random.default_rng(number)
    shard = f"made-{number:04}.jsonl.gz"
    names = random.bytes(16 * count).hex()
    ids = pl.Series("doc_id", [names[start : start + 32] for start in range(0, 32 * count, 32)])
    base = pl.DataFrame({"doc_id": ids}).with_columns(shard=pl.lit(shard))
    clustered = pl.Series(random.random(count) < CLUSTERED)
    kept = pl.Series(random.random(count) < SURVIVING) & ~clustered
    survivors = base.filter(kept)
    tables = {
        **_texts(base, random),
        "dedup_clusters": _clusters(base, clustered),
        **_later(survivors, random),
        "ledger": base.select(
            "doc_id", "shard", stage=pl.when(clustered).then(pl.lit("dedup_clusters")),
            reason=pl.when(clustered).then(pl.lit("near_duplicate")).when(kept).then(pl.lit("kept"))
            .otherwise(pl.lit("over_budget")), decided_by=pl.lit("jaccard = 0.9"),
            kept_instead=pl.lit(None, pl.String), kept_instead_shard=pl.lit(None, pl.String),
        ),
    }  # fmt: skip
    _write(lake, shard, tables)


def _texts(base: pl.DataFrame, random: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return raw and clean documents; a text is a piece of one long row of random words."""
    letters = random.integers(97, 123, 6 * 400_000, np.uint8)
    letters[random.random(len(letters)) < 1 / 6] = 32
    words = letters.tobytes().decode()
    starts = random.integers(0, len(words) - CHARACTERS, base.height).tolist()
    text = pl.Series("text", [words[start : start + CHARACTERS] for start in starts])
    raw = base.with_columns(
        text,
        position=pl.int_range(pl.len()),
        kind=pl.lit("text"),
        url=pl.format("https://example.org/{}.html", pl.col("doc_id").str.head(12)),
        source=pl.format("source {}", pl.Series(random.integers(0, SOURCES, base.height))),
    )
    language = pl.Series(np.array(["en", "de", "fr", "es", "ja"])[random.integers(0, LANGUAGES, base.height)])
    values = {
        name: pl.Series(random.random(base.height)).cast(dtype)
        for name, dtype in CLEAN_SCHEMA.items()
        if dtype.is_numeric()
    }
    clean = raw.drop("position").with_columns(language=language, **values)
    missing = {name: pl.lit(None, dtype) for name, dtype in CLEAN_SCHEMA.items() if name not in clean.columns}
    return {
        "raw_documents": raw,
        "clean_documents": clean.with_columns(**missing).select(CLEAN_SCHEMA.names()),
    }


def _clusters(base: pl.DataFrame, clustered: pl.Series) -> pl.DataFrame:
    """Return labels by which a fifth of the documents are copies of the one before the next."""
    kept = pl.when(clustered).then(pl.col("doc_id").shift(-1).fill_null(pl.col("doc_id").first()))
    kept = kept.otherwise("doc_id")
    return base.with_columns(
        cluster_id=kept,
        cluster_size=pl.when(clustered).then(2).otherwise(1).cast(pl.Int64),
        representative=kept,
        representative_shard="shard",
        similarity=pl.lit(0.9),
        place=pl.lit(1),
        weight=pl.lit(1.0),
        kept=~clustered,
        drop_reason=pl.when(clustered).then(pl.lit("near_duplicate")),
    ).sort("doc_id")


def _later(survivors: pl.DataFrame, random: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return the tables of the stages from containment to the plan."""
    count = survivors.height

    def numbers() -> pl.Series:
        return pl.Series(random.random(count))

    vectors = random.standard_normal((count, COMPONENTS), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = survivors.sort("doc_id").with_columns(kept=pl.lit(True), drop_reason=pl.lit(None, pl.String))
    return {
        "contained_documents": labels.with_columns(contained_in=pl.lit(None, pl.String)),
        "repeated_passages": labels.with_columns(repeated_tokens=pl.lit(0), repeated_lines=pl.lit(0)),
        "quality_scores": survivors.with_columns(ask_llm=numbers(), quality=numbers(), tokens=pl.lit(400)),
        "embeddings": survivors.with_columns(embedding=pl.Series(vectors)),
        "topics": labels.select("doc_id", "shard", topic=pl.lit(1), format=pl.lit(2), topic_similarity=0.5),
        "density_estimates": survivors.with_columns(density=numbers(), outlier_score=numbers()),
        "outliers": labels.select("doc_id", "shard", outlier=pl.lit(False)),
        "semantic_duplicates": labels.with_columns(nearest_similarity=numbers()),
        "contamination": labels.select("doc_id", "shard", contaminated=pl.lit(False), matches=pl.lit(0)),
        "mixture_plan": labels.select(
            "doc_id", "shard", selected=pl.lit(True), weight=1.0, inclusion_probability=numbers(),
            phases=pl.lit([], PHASES),
            reason=pl.lit(None, pl.String),
        ),
    }  # fmt: skip


def _write(lake: Lake, shard: str, tables: Mapping[str, pl.DataFrame]) -> None:
    lake.remember_settings("1-made", json.dumps({"cleaning": CleaningConfig().model_dump(mode="json")}))
    for table, frame in tables.items():
        lake.write(table, shard, frame)
        stage = RECORDS.get(table, table)
        lake.save_record(BuildRecord(stage=stage, shard=shard, fingerprint="made", code_version="1-made"))


if __name__ == "__main__":
    main()
