"""What the report on a million documents costs: counting everything, sampling, drawing.

    python benchmarks/report.py [--documents 1000000] [--shards 100] [--folder DIR]

The tables are those of benchmarks/mixture.py with what else a report looks at: texts of some 1,500
characters, vectors of 384 dimensions (drawn from 20,000), topics, clusters, the ledger, and the version of
the mixture before, from which one candidate in sixteen differs. The report is then made in a process of its
own. Printed are its seconds, those of its parts, the peak of resident memory (VmHWM, libraries included; that
of processes that it started apart), and the size of the page. ``--folder`` is left there and used again.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mixture as mixture_benchmark
import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.inspection.versions import keep
from curation_assets.text.hashing import content_hash
from resources.lake import WHOLE_LAKE, Lake
from resources.records import BuildRecord

DIMENSIONS, TOPICS, PARAGRAPHS, VECTORS = 384, 32, 400, 20_000
REASONS = (
    "gopher_short_words",
    "language_unrecognised",
    "fineweb_short_lines",
    "near_duplicate",
    "over_budget",
)
STAGES = ("clean_documents",) * 3 + ("dedup_clusters", "mixture_plan")


def write_lake(folder: Path, documents: int, shards: int) -> Lake:
    """Write what a report reads, a shard at a time."""
    mixture_benchmark.write_lake(folder, documents, shards)
    lake = Lake(folder / "lake")
    names = [f"s{number:05d}" for number in range(shards)]
    random = np.random.default_rng(0)
    words = ["".join(random.choice(list("abcdefghijklmnopqrstuvwxyz"), 6)) for _ in range(5000)]
    paragraphs = pl.Series([" ".join(random.choice(words, 75)) for _ in range(PARAGRAPHS)])
    vectors = random.standard_normal((VECTORS, DIMENSIONS), np.float32)
    for number, shard in enumerate(names):
        write_shard(lake, shard, paragraphs, vectors, np.random.default_rng([1, number]))
    topics = [{"topic": topic, "words": words[8 * topic : 8 * topic + 8]} for topic in range(TOPICS)]
    lake.write_file("topics/topics.json", json.dumps({"topics": topics}).encode())
    plan = {"sampler": "quality_coverage", "weights": {"effective_sample_size": documents / 2}}
    lake.write_file("mixture_plan/plan.json", json.dumps(plan).encode())
    keep_version(lake, names, "before")
    for shard in names:
        lake.write("ledger", shard, drawn_anew(lake.read("ledger", shard)))
    keep_version(lake, names, "now")
    return lake


def keep_version(lake: Lake, shards: list[str], name: str) -> None:
    """Write the manifest of the ledgers as they are, and keep it as a version."""
    kept = sum(lake.read("ledger", shard, ["stage"])["stage"].null_count() for shard in shards)
    figures = {"mixture_id": content_hash(name, *shards), "documents": kept, "tokens": kept}
    contents = [{"source": "web", "language": "en", "documents": kept, "tokens": kept}]
    manifest = {
        "mixture_id": figures["mixture_id"],
        "inputs": dict.fromkeys(shards, ""),
        "contents": contents,
        "config": {"seed": name},
    }
    lake.write_file("mixture_manifest/manifest.json", json.dumps(manifest).encode())
    lake.save_record(
        BuildRecord(
            stage="mixture_manifest",
            shard=WHOLE_LAKE,
            fingerprint=name,
            code_version="1",
            shards=dict.fromkeys(shards, ""),
            figures=figures,  # type: ignore[arg-type]
        )
    )
    keep(SimpleNamespace(lake=lake))  # type: ignore[arg-type]


def drawn_anew(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return a ledger in which one candidate in sixteen is in the mixture that was not, or the reverse."""
    kept, over = pl.col("stage").is_null(), pl.col("reason") == "over_budget"
    other = pl.col("doc_id").str.starts_with("0") & (kept | over)
    stage = pl.when(other & kept).then(pl.lit(STAGES[-1])).when(~other).then("stage")
    reason = pl.when(other & kept).then(pl.lit(REASONS[-1])).when(other).then(pl.lit("kept"))
    return ledger.with_columns(stage=stage, reason=reason.otherwise("reason"))


def write_shard(
    lake: Lake,
    shard: str,
    paragraphs: pl.Series,
    vectors: NDArray[np.float32],
    random: np.random.Generator,
) -> None:
    """Write the tables of a shard that benchmarks/mixture.py does not."""
    clean = lake.read("clean_documents", shard)
    scores = lake.read("quality_scores", shard)
    density = lake.read("density_estimates", shard)["density"]
    count = clean.height
    ids = clean.select("doc_id", "shard")
    chosen = random.integers(0, PARAGRAPHS, (3, count))
    parts = pl.DataFrame({str(at): paragraphs.gather(chosen[at]) for at in range(len(chosen))})
    text = parts.select(text=pl.concat_str(pl.all(), separator=" "))["text"]
    years = pl.Series([f"{year}-01-01" for year in range(2010, 2025)])
    measured = {"text": text, "date": years.gather(random.integers(0, len(years), count))}
    lake.write("clean_documents", shard, clean.with_columns(characters=scores["bytes"], **measured))
    fate = np.minimum(random.integers(0, 10, count), len(STAGES))
    told = {
        "stage": pl.Series([*STAGES, None]).gather(fate),
        "reason": pl.Series([*REASONS, "kept"]).gather(fate),
        "decided_by": pl.lit("value = 0.123"),
        "kept_instead": pl.when(pl.Series(fate) == 3).then(pl.col("doc_id").shift(1)),
        "kept_instead_shard": pl.when(pl.Series(fate) == 3).then("shard"),
    }
    lake.write("ledger", shard, ids.with_columns(quality=scores["quality"], density=density, **told))
    candidate = pl.Series(fate >= len(STAGES) - 1)
    left = ids.filter(candidate)
    lake.write("mixture_plan", shard, left)
    ask = scores["quality"].to_numpy() + random.normal(size=count) / 5
    lake.write("quality_scores", shard, scores.with_columns(ask_llm=pl.Series(ask)).filter(candidate))
    lake.write("dedup_clusters", shard, ids.with_columns(cluster_size=pl.lit(1, pl.Int64)))
    topic = pl.Series(random.integers(0, TOPICS, left.height), dtype=pl.Int32)
    lake.write("topics", shard, left.with_columns(topic=topic))
    own = vectors[random.integers(0, len(vectors), left.height)]
    lake.write("embeddings", shard, left.with_columns(embedding=pl.Series(own)))


def measure(lake: Path) -> None:
    """Make the report in this process, and print what it took."""
    from curation_assets.report import collecting, sides
    from curation_assets.report.page import report

    timed = {
        "counting": (collecting, "count"),
        "the version before": (sides, "side_of"),
        "what came and went": (sides, "change"),
        "the map's points": (collecting, "sampled_points"),
        "samples of texts": (collecting, "sampled_examples"),
    }
    for name, (module, function) in timed.items():
        setattr(module, function, _timed(getattr(module, function), name))
    begun, cpu = time.perf_counter(), time.process_time()
    figures = collecting.collect(Lake(lake))
    collected = time.process_time()
    page = report(figures).encode()
    done = time.process_time()
    print(
        f"{figures.total.documents:,} documents in {figures.shards} shards: {done - cpu:.1f} CPU s "
        f"({time.perf_counter() - begun:.1f} s), {done - collected:.1f} for drawing; page "
        f"{len(page) / 1e6:.2f} MB; peak {mixture_benchmark.peak_mb():,.0f} MB, of processes that it started"
        f" {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:,.0f}"
    )


def _timed(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        begun = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            seconds = time.process_time() - begun
            print(f"  {name}: {seconds:.1f} CPU s; peak so far {mixture_benchmark.peak_mb():,.0f} MB")

    return call


def main() -> None:
    """Read the command line, write the tables, and measure in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where the lake is left; by default it is removed")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(Path(arguments.measure))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if not (folder / "lake" / "_versions").is_dir():
            cpu = time.process_time()
            write_lake(folder, arguments.documents, arguments.shards)
            print(f"making the lake: {time.process_time() - cpu:.0f} CPU s", flush=True)
        subprocess.run([sys.executable, __file__, "--measure", str(folder / "lake")], check=True)


if __name__ == "__main__":
    main()
