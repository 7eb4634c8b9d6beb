"""What a change costs: CPU seconds and documents processed, against building everything.

    python benchmarks/incremental.py --corpus FOLDER [--shards 100] [--documents 60] [--scorer real|cheap]
    python benchmarks/incremental.py --corpus FOLDER --folder KEPT --again CPU_SECONDS

FOLDER holds documents.parquet (id, text, source). Its first documents are written as an inbox of JSONL
shards, built once from nothing, and then changed in one way after the other; each line is one ``curate run``
in a process of its own, recorded in Dagster as always. CPU seconds are of that process and its workers, so
they hold orchestration too; "builds" is the part of the stages themselves, "beyond start" is without what
``curate run`` needs on an empty inbox. With
``--scorer cheap`` random models of a few kilobytes take the place of the real ones, so that everything but
the models shows. ``--again`` brings the lake that an earlier call left in KEPT up to date instead of building
it, and measures the changes against what that call printed for the full build: for code that has changed
since, without scoring everything once more.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tests"))

from curation_assets.graph import STAGES  # noqa: E402
from resources.lake import Lake  # noqa: E402
from resources.records import BuildRecord  # noqa: E402

ANEW = {"quality_scores": "documents_scored_anew", "embeddings": "documents_embedded_anew"}


@dataclass
class World:
    """An inbox, a lake and a configuration below one folder."""

    folder: Path
    cheap: bool
    workers: int

    def __post_init__(self) -> None:
        self.inbox, self.lake, self.config = (
            self.folder / "inbox", self.folder / "lake", self.folder / "curation.yaml",
        )  # fmt: skip
        self.inbox.mkdir(exist_ok=True)
        self.edition = time.time_ns()
        self.settings: dict[str, Any] = {"compute": {"workers": self.workers}}
        if self.cheap:
            from tiny_models import save_embedding_model, save_language_model

            language = str(save_language_model(self.folder / "language"))
            self.settings["quality"] = {
                "model": language, "readout": "verbalizer", "dtype": "float32", "tokenizer": language,
            }  # fmt: skip
            self.settings["embeddings"] = {"model": str(save_embedding_model(self.folder / "embedding"))}
            self.settings["mixture"] = {"minimum_rank": 0.0}
        self.write_settings()

    def write_settings(self) -> None:
        self.config.write_text(yaml.safe_dump(self.settings), encoding="utf-8")

    def set(self, section: str, **values: Any) -> None:
        self.settings.setdefault(section, {}).update(values)
        self.write_settings()

    def shard(self, number: int) -> Path:
        return self.inbox / f"shard-{number:04d}.jsonl"

    def fill(self, corpus: Path, shards: int, documents: int) -> int:
        """Write the inbox; return the bytes of text in it."""
        frame = pl.scan_parquet(corpus / "documents.parquet").select("id", "text", "source")
        frame = frame.head(shards * documents).collect()
        if frame.height < shards * documents:
            sys.exit(f"{corpus} has {frame.height} documents only")
        for number in range(shards):
            rows = frame.slice(number * documents, documents).with_columns(pl.col("id").cast(pl.String))
            rows.write_ndjson(self.shard(number))
        return int(frame["text"].str.len_bytes().sum())

    def edit(self, number: int, documents: int) -> None:
        """Give the first documents of a shard an ending that no earlier call gave them."""
        path = self.shard(number)
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for row in rows[:documents]:
            row["text"] += (
                f"\n\nAnd edition {self.edition} of document {row['id']} ends with one more sentence."
            )
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def run(self, lake: Path | None = None, inbox: Path | None = None) -> tuple[float, float]:
        """Run ``curate run``; return CPU and wall seconds."""
        command = [
            sys.executable, "-m", "curation_assets.cli", "run", "--inbox", str(inbox or self.inbox),
            "--lake", str(lake or self.lake), "--config", str(self.config),
        ]  # fmt: skip
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, env=_environment())
        after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall

    def records(self) -> dict[tuple[str, str], BuildRecord]:
        lake = Lake(self.lake).remembering()
        found = [(s.name, k, lake.record(s.name, k)) for s in STAGES for k in lake.recorded_shards(s.name)]
        return {(stage, shard): record for stage, shard, record in found if record}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}


def own_work(before: dict[tuple[str, str], BuildRecord], after: dict[tuple[str, str], BuildRecord]) -> float:
    """Return the CPU seconds of the builds themselves; all else is orchestration and the process's start."""
    return sum(record.cpu_seconds for key, record in after.items() if _differs(before.get(key), record))


def processed(
    before: dict[tuple[str, str], BuildRecord], after: dict[tuple[str, str], BuildRecord]
) -> dict[str, str]:
    """Say for each stage how many shards were built, and how many documents and CPU seconds that took."""
    found = {}
    for stage in STAGES:
        built = [
            record
            for (name, shard), record in after.items()
            if name == stage.name and _differs(before.get((name, shard)), record)
        ]
        if built:
            column = ANEW.get(stage.name)
            documents = sum(int(r.figures[column]) if column else r.counts.rows_in for r in built)
            seconds = sum(record.cpu_seconds for record in built)
            found[stage.name] = f"{len(built)}/{documents}/{seconds:.1f}"
    return found


def _differs(before: BuildRecord | None, after: BuildRecord) -> bool:
    ignored = {"reported_to": ""}
    return before is None or before.model_copy(update=ignored) != after.model_copy(update=ignored)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a change costs.")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--documents", type=int, default=60, help="documents of a shard")
    parser.add_argument("--scorer", choices=["real", "cheap"], default="real")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep everything here (default: a temporary folder)")
    parser.add_argument(
        "--again", type=float, metavar="CPU_SECONDS", help="of the full build kept in --folder"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if arguments.again is None:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        measure(World(folder, arguments.scorer == "cheap", arguments.workers), arguments)


def measure(world: World, arguments: argparse.Namespace) -> None:
    (world.folder / "empty").mkdir(exist_ok=True)
    start = min(world.run(world.folder / "empty_lake", world.folder / "empty") for _ in range(2))
    size = world.fill(arguments.corpus, arguments.shards, arguments.documents)
    inbox = f"{arguments.shards} shards of {arguments.documents} documents, {size / 1e6:.1f} MB"
    print(f"{inbox}; models: {arguments.scorer}")
    print(f"start of the process, on an empty inbox: {start[0]:.2f} CPU s, {start[1]:.2f} s\n")
    heads = f"{'CPU s':>8}{'builds':>9}{'beyond start':>14}{'of full':>9}{'wall s':>8}"
    print(f"{'change':<28}{heads}  shards/documents/CPU s by stage")
    full = arguments.again or 0.0
    todo = changes(world, (arguments.shards - 1) // 2, arguments.documents)  # of four shards at least
    if arguments.again:
        print(f"brought up to date: {world.run()[0]:.1f} CPU s; the full build was {full:.1f}")
        todo = todo[1:]
    for name, change in todo:
        before = world.records()
        change()
        time.sleep(2.1)  # a file that has just been written is not trusted by its times
        cpu, wall = world.run()
        after, full = world.records(), full or cpu
        own, work = own_work(before, after), processed(before, after)
        figures = f"{cpu:>8.1f}{own:>9.1f}{cpu - start[0]:>14.1f}{cpu / full:>9.1%}{wall:>8.1f}"
        told = " ".join(f"{stage} {counts}" for stage, counts in work.items()) or "none"
        print(f"{name:<28}{figures}  {told}", flush=True)


def changes(world: World, middle: int, documents: int) -> list[tuple[str, Callable[[], None]]]:
    return [
        ("full build", lambda: None),
        ("nothing", lambda: None),
        ("1 file touched", lambda: os.utime(world.shard(middle))),
        ("1 document changed", lambda: world.edit(middle, 1)),
        ("1 shard changed", lambda: world.edit(middle + 1, documents)),
        ("1 shard deleted", lambda: world.shard(middle + 2).unlink()),
        ("mixture threshold changed", lambda: world.set("mixture", minimum_quality=0.6)),
        ("cleaning threshold changed", lambda: world.set("cleaning", gopher_quality={"minimum_words": 60})),
    ]


if __name__ == "__main__":
    main()
