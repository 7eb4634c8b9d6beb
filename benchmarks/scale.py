"""Deduplication by ranges: memory, working files and time of each phase, in what they grow by a document.

    python benchmarks/scale.py [--documents 500000] [--copies 0.3] [--range-megabytes 16] [--workers 1]

Lakes of N and of 4 N documents are worked by ranges, each in a process of its own. Signatures are made up as
they are read, so that no lake is written: random hashes and band keys; of the documents that are copies,
three in ten are exact, the others share 14 of 20 band keys with the first of their kind and 35 of 37
shingles. Of every source there are about three copies. Texts have 40 words.

The peak of resident memory is that of the main process, which works on the ranges itself if --workers is 1.
What a range takes is the same in both lakes, so what a document costs is the difference of the peaks divided
by 3 N. Files are counted when a phase hands its ranges out, which is when there are most.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl

from curation_assets.dedup.cluster import cluster
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.contents import hexadecimal
from curation_assets.dedup.ranges import clustering
from curation_assets.dedup.ranges.spill import Spill
from curation_assets.dedup.tables import Tables
from resources.compute import Compute

DOCUMENTS_A_SHARD, BANDS, OTHER_BANDS, WORDS = 5_000, 20, 6, 40
PHASES = ("number_by_ranges", "join_by_ranges", "divide_into_batches", "SettleBatch", "edges_of", "labels")


def mixed(*parts: Any) -> np.ndarray:  # type: ignore[type-arg]
    """Return a hash (uint64) of arrays of whole numbers, element by element: SplitMix64's finaliser."""
    state = np.zeros(1, np.uint64)
    for part in parts:
        state = (state ^ np.asarray(part, np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ state >> np.uint64(31)) * np.uint64(0x94D049BB133111EB)
        state = state ^ state >> np.uint64(29)
    return state


class MadeUp:
    """The signatures and texts of a lake that is nowhere."""

    def __init__(self, documents: int, copies: float) -> None:
        self.shards = [f"s{number:05d}" for number in range(documents // DOCUMENTS_A_SHARD)]
        self._documents, self._copies = documents, copies
        self.read = 0

    def tables(self) -> Tables:
        return Tables(self.shards, self.signatures, self.texts)

    def _kinds(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        """Return the source of each row, and 0 where it is that to the word."""
        chance = mixed(1, rows) >> np.uint64(40)
        copied = chance < np.uint64(self._copies * (1 << 24))
        sources = max(1, int(self._documents * self._copies / 3))
        source = np.where(copied, mixed(2, rows) % np.uint64(sources), rows + np.uint64(1 << 40))
        near = copied & (mixed(3, rows) % np.uint64(10) < np.uint64(7))
        return source, np.where(near, rows + np.uint64(1), np.uint64(0))

    def signatures(self, shard: str, columns: Sequence[str]) -> pl.DataFrame:
        self.read += 1
        start = int(shard[1:]) * DOCUMENTS_A_SHARD
        rows = np.arange(start, start + DOCUMENTS_A_SHARD, dtype=np.uint64)
        source, variant = self._kinds(rows)
        made: dict[str, Callable[[], Any]] = {
            "doc_id": lambda: names(np.zeros_like(rows), rows),
            "exact_hash": lambda: names(mixed(4, source, variant), mixed(5, source, variant)),
            "band_keys": lambda: band_keys(source, variant),
            "tokens": lambda: pl.lit(WORDS, pl.Int64),
            "characters": lambda: pl.lit(10 * WORDS, pl.Int64),
            "quality": lambda: pl.lit(1.0),
        }
        found = pl.DataFrame({"row": rows})
        for name in columns:
            found = found.with_columns(made.get(name, lambda: pl.lit(None, pl.String))().alias(name))
        return found.select(columns)

    def texts(self, places: pl.DataFrame) -> pl.DataFrame:
        rows = np.array([int(name, 16) for name in places["doc_id"]], dtype=np.uint64)
        source, variant = self._kinds(rows)
        texts = [text(*kind) for kind in zip(source.tolist(), variant.tolist(), strict=True)]
        return places.with_columns(text=pl.Series(texts, dtype=pl.String))


def names(high: np.ndarray, low: np.ndarray) -> pl.Series:  # type: ignore[type-arg]
    return hexadecimal(np.stack([high, low], axis=1).astype(">u8").view("S16").reshape(-1))


def band_keys(source: np.ndarray, variant: np.ndarray) -> pl.Series:  # type: ignore[type-arg]
    """Return 20 keys a row, the first 6 its own where it is no exact copy."""
    band = np.arange(BANDS, dtype=np.uint64)
    own = np.where(band < OTHER_BANDS, variant[:, None], np.uint64(0))
    keys = mixed(6, source[:, None], band, own)
    return pl.Series(keys, dtype=pl.Array(pl.UInt64, BANDS)).cast(pl.List(pl.UInt64))


def text(source: int, variant: int) -> str:
    words = [f"s{source}w{number}" for number in range(WORDS)]
    return " ".join([*words[:-1], f"x{variant}"] if variant else words)


def resident(field: str) -> int:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status[field].split()[0]) * 1024


class Watch(Compute):
    """Notes what each phase takes; phases follow one another, and the last one runs until ``done``."""

    def __init__(self, workers: int, folder: Path, lake: MadeUp) -> None:
        super().__init__(workers)
        self._folder, self._lake = folder, lake
        self.taken: dict[str, dict[str, float]] = {}
        self._phase = ""

    def begin(self, phase: str) -> None:
        self.done()
        self._phase, self._began, self._read = phase, time.perf_counter(), self._lake.read
        self._files = 0
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here

    def done(self) -> None:
        if self._phase:
            self.look()
            self.taken[self._phase] = {
                "peak": resident("VmHWM"),
                "files": self._files,
                "seconds": time.perf_counter() - self._began,
                "passes": (self._lake.read - self._read) / len(self._lake.shards),
            }

    def look(self) -> None:
        sizes = [path.stat().st_size for path in self._folder.glob("*/*")] if self._folder.is_dir() else []
        self._files = max(self._files, sum(sizes))

    def map(self, *arguments: Any) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        self.look()
        return super().map(*arguments)


def turn(documents: int, copies: float, range_bytes: int, workers: int, into: Path) -> None:
    lake = MadeUp(documents, copies)
    with tempfile.TemporaryDirectory() as temporary:
        watch = Watch(workers, Path(temporary) / "work", lake)
        for name in PHASES[:-1]:
            setattr(clustering, name, noted(watch, name, getattr(clustering, name)))
        spill = Spill(Path(temporary) / "work", watch, 0, range_bytes)
        found = cluster(lake.tables(), DedupConfig(), spill=spill, block_tokens=300_000)
        watch.begin("labels")
        found.edges.write_parquet(Path(temporary) / "edges.parquet", compression="zstd")
        in_clusters = sum(int((labels["cluster_size"] > 1).sum()) for labels in found.labels.values())
        watch.done()
        watch.close()
        told = {"compared": found.compared, "in_clusters": in_clusters, "edges": found.edges.height}
        into.write_text(json.dumps({"phases": watch.taken, "told": told}))


def noted(watch: Watch, name: str, phase: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **named: Any) -> Any:
        watch.begin(name)
        return phase(*arguments, **named)

    return run


def measured(documents: int, arguments: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder) / "turn.json"
        command = [sys.executable, __file__, "--into", str(into), "--documents", str(documents)]
        for name in ("copies", "range_megabytes", "workers"):
            command += [f"--{name.replace('_', '-')}", str(getattr(arguments, name))]
        subprocess.run(command, check=True)
        found: dict[str, Any] = json.loads(into.read_text())
        return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=500_000, help="of the smaller lake")
    parser.add_argument("--copies", type=float, default=0.3, help="share of documents that have copies")
    parser.add_argument("--range-megabytes", type=int, default=16, help="memory for a range")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.into:
        range_bytes = arguments.range_megabytes << 20
        turn(arguments.documents, arguments.copies, range_bytes, arguments.workers, arguments.into)
        return
    small, large = arguments.documents, 4 * arguments.documents
    few, many = (measured(size, arguments) for size in (small, large))
    print(f"{small:,} and {large:,} documents; of the larger lake {many['told']}")
    print("phase                  peak MB         bytes a document   passes  us a document")
    print("                     small  large       memory    files")
    for phase in PHASES:
        one, other = few["phases"][phase], many["phases"][phase]
        growth, files = ((other[name] - one[name]) / (large - small) for name in ("peak", "files"))
        peaks = f"{one['peak'] / 1e6:>6.0f} {other['peak'] / 1e6:>6.0f}"
        rate = (other["seconds"] - one["seconds"]) / (large - small) * 1e6
        print(f"  {phase:<20}{peaks} {growth:>11.1f} {files:>8.0f} {other['passes']:>8.1f} {rate:>12.1f}")


if __name__ == "__main__":
    main()
