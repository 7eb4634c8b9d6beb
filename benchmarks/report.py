"""What the report on a million documents costs: counting everything, sampling, drawing.

    python benchmarks/report.py [--documents 1000000] [--shards 100]

The tables are those of benchmarks/mixture.py with what else a report looks at: texts of some 1,500
characters, vectors of 384 dimensions, topics, clusters, the ledger. The report is then made in a process of
its own. Printed are its seconds, the peak of its resident memory (VmHWM, libraries included), and the size
of the page.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import mixture as mixture_benchmark
import numpy as np
import polars as pl

from curation_assets.text.hashing import content_hash
from resources.lake import Lake

DIMENSIONS, TOPICS, PARAGRAPHS = 384, 32, 400
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
    pool = np.array([" ".join(random.choice(words, 75)) for _ in range(PARAGRAPHS)], dtype=object)
    for number, shard in enumerate(names):
        write_shard(lake, shard, pool, np.random.default_rng([1, number]))
    topics = [{"topic": topic, "words": words[8 * topic : 8 * topic + 8]} for topic in range(TOPICS)]
    lake.write_file("topics/topics.json", json.dumps({"topics": topics}).encode())
    plan = {"sampler": "quality_coverage", "weights": {"effective_sample_size": documents / 2}}
    lake.write_file("mixture_plan/plan.json", json.dumps(plan).encode())
    kept = lake.read_all("ledger", names, ["stage"])["stage"].null_count()
    contents = [{"source": "web", "language": "en", "documents": kept, "tokens": kept}]
    manifest = {
        "mixture_id": content_hash(*names),
        "inputs": dict.fromkeys(names, ""),
        "contents": contents,
        "config": {},
    }
    lake.write_file("mixture_manifest/manifest.json", json.dumps(manifest).encode())
    return lake


def write_shard(lake: Lake, shard: str, pool: np.ndarray, random: np.random.Generator) -> None:
    """Write the tables of a shard that benchmarks/mixture.py does not."""
    clean = lake.read("clean_documents", shard)
    scores = lake.read("quality_scores", shard)
    density = lake.read("density_estimates", shard)["density"]
    count = clean.height
    ids = clean.select("doc_id", "shard")
    text = [" ".join(pool[chosen]) for chosen in random.integers(0, len(pool), (count, 3))]
    years = [f"{year}-01-01" for year in random.integers(2010, 2025, count)]
    measured = {"text": pl.Series(text), "date": pl.Series(years)}
    lake.write("clean_documents", shard, clean.with_columns(characters=scores["bytes"], **measured))
    fate = random.integers(0, 10, count)
    dropped = fate < len(STAGES)
    stage = [STAGES[at] if at < len(STAGES) else None for at in fate.tolist()]
    reason = [REASONS[at] if at < len(REASONS) else "kept" for at in fate.tolist()]
    told = {"stage": pl.Series(stage), "reason": pl.Series(reason), "decided_by": pl.lit("value = 0.123")}
    lake.write("ledger", shard, ids.with_columns(quality=scores["quality"], density=density, **told))
    candidate = pl.Series(~dropped | (fate == len(STAGES) - 1))
    left = ids.filter(candidate)
    lake.write("mixture_plan", shard, left)
    ask = scores["quality"].to_numpy() + random.normal(size=count) / 5
    lake.write("quality_scores", shard, scores.with_columns(ask_llm=pl.Series(ask)).filter(candidate))
    lake.write("dedup_clusters", shard, ids.with_columns(cluster_size=pl.lit(1, pl.Int64)))
    topic = pl.Series(random.integers(0, TOPICS, left.height), dtype=pl.Int32)
    lake.write("topics", shard, left.with_columns(topic=topic))
    vectors = random.standard_normal((left.height, DIMENSIONS), np.float32)
    lake.write("embeddings", shard, left.with_columns(embedding=pl.Series(vectors)))


def measure(lake: Path) -> None:
    """Make the report in this process, and print what it took."""
    from curation_assets.report.collecting import collect
    from curation_assets.report.page import report

    begun, cpu = time.perf_counter(), time.process_time()
    figures = collect(Lake(lake))
    collected = time.perf_counter()
    page = report(figures).encode()
    done = time.perf_counter()
    print(
        f"{figures.total.documents:,} documents in {figures.shards} shards: {done - begun:.1f} s "
        f"({time.process_time() - cpu:.1f} CPU s), of them {done - collected:.1f} s for drawing; "
        f"peak {mixture_benchmark.peak_mb():,.0f} MB; page {len(page) / 1e6:.2f} MB"
    )


def main() -> None:
    """Read the command line, write the tables, and measure in a process of its own."""
    import subprocess

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(Path(arguments.measure))
        return
    with tempfile.TemporaryDirectory() as folder:
        lake = write_lake(Path(folder), arguments.documents, arguments.shards)
        subprocess.run([sys.executable, __file__, "--measure", str(lake.root)], check=True)


if __name__ == "__main__":
    main()
