"""Deduplication through the graph: from clean_documents to dedup_clusters, by ``curate run``, in Dagster.

    python benchmarks/dedup_graph.py --corpus FOLDER [--megabytes 350] [--shards 100] [--workers 1]

FOLDER holds documents.parquet (text), repeated until there is enough; in a repetition every fourth word has
its number behind it, so that it shares no five words with the others, and as many documents are copies as in
the corpus. First the lake is built up to clean_documents; then up to dedup_clusters, which is what is
measured: CPU seconds of all processes, less those of the same command when there is nothing to do. Rates are
MB of UTF-8 text of the documents that cleaning kept, per CPU second. Then one document in ten of one shard is
edited, and the same is measured again.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
from cleaning_graph import write_shards

PROJECT = Path(__file__).resolve().parent.parent


def run(folder: Path, until: str, workers: int) -> float:
    """Return the CPU seconds of ``curate run --until STAGE`` with its workers."""
    command = [
        sys.executable, "-m", "curation_assets.cli", "run", "--inbox", str(folder / "inbox"),
        "--lake", str(folder / "lake"), "--until", until, "--workers", str(workers),
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def kept_megabytes(lake: Path) -> float:
    tables = pl.scan_parquet(lake / "clean_documents" / "*.parquet")
    kept = tables.filter(pl.col("drop_reason").is_null())
    return int(kept.select(pl.col("text").str.len_bytes().sum()).collect().item()) / 1e6


def edit(shard: Path) -> None:
    """Give one document in ten another ending."""
    rows = [json.loads(line) for line in shard.read_text(encoding="utf-8").splitlines()]
    for row in rows[::10]:
        row["text"] += "\n\nOne more sentence stands at the end of this document now."
    shard.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def repeated(texts: list[str], megabytes: float) -> list[str]:
    """Return the texts, and repetitions that share no five words with them, until there is enough."""
    found, size, repetition = list(texts), sum(len(text.encode()) for text in texts), 0
    while size < megabytes * 1e6:
        repetition += 1
        more = [re.sub(r"(?:\S+\s+){3}\S*\w", rf"\g<0>{repetition}", text) for text in texts]
        found += more
        size += sum(len(text.encode()) for text in more)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure deduplication through the graph.")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--megabytes", type=float, default=350.0)
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    texts = pl.read_parquet(options.corpus / "documents.parquet", columns=["text"])["text"].to_list()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        texts = repeated(texts, options.megabytes)
        size = write_shards(
            texts, "text", options.megabytes, options.megabytes / options.shards, folder / "inbox"
        )
        run(folder, "clean_documents", options.workers)
        kept = kept_megabytes(folder / "lake")
        whole = run(folder, "dedup_clusters", options.workers)
        nothing = run(folder, "dedup_clusters", options.workers)
        shards = len(list((folder / "inbox").iterdir()))
        print(f"{size:.0f} MB in {shards} shards, {kept:.0f} MB kept by cleaning")
        print(f"nothing to do: {nothing:.1f} CPU s")
        beyond = whole - nothing
        rates = f"{kept / whole:.0f} MB/s a core, {kept / beyond:.0f} beyond that"
        print(f"clean_documents to dedup_clusters: {whole:.1f} CPU s, {rates}")
        edit(sorted((folder / "inbox").iterdir())[shards // 2])
        run(folder, "clean_documents", options.workers)
        changed = run(folder, "dedup_clusters", options.workers)
        share = 100 * (changed - nothing) / beyond
        print(f"one changed shard: {changed - nothing:.2f} CPU s beyond nothing to do, {share:.1f} %")


if __name__ == "__main__":
    main()
