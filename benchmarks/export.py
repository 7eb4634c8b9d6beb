"""Memory of exports, in bytes a row of the mixture.

    python benchmarks/export.py [--rows 200000]

Mixtures of N and of 4 N made-up documents (some 100 characters, read once or twice) are exported, each in a
process of its own. The growth of the peak from the one to the other, divided by 3 N, is what a row costs. The
peak is that of memory that is the process's own (RssAnon, looked at every few milliseconds): the working
files are mapped, and what the system keeps of them in memory it takes back when it needs to.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import polars as pl

from curation_assets.export.exporting import export
from curation_assets.export.options import Copies, Format, Options
from curation_assets.reporting import SilentReporter
from resources.lake import Lake
from resources.records import BuildRecord, Counts

SHARDS, BETWEEN_LOOKS = 20, 0.005
WAYS: tuple[tuple[Format, Copies], ...] = (("parquet", "once"), ("datasets", "once"), ("datasets", "spread"))


def write_lake(root: Path, rows: int) -> None:
    """Write the mixture as a run leaves it: tables, their records, and the manifest over them."""
    lake, files, each = Lake(root), {}, rows // SHARDS
    for number in range(SHARDS):
        random, shard = np.random.default_rng(number), f"s{number:05d}"
        words = random.integers(0, 2**64, (each, 2), np.uint64, endpoint=False)
        doc_id = [f"{high:016x}{low:016x}" for high, low in words.tolist()]
        table = pl.DataFrame({"doc_id": doc_id}).with_columns(
            shard=pl.lit(shard), text=pl.concat_str(["doc_id"] * 3, separator=" "), source=pl.lit("web"),
            language=pl.lit("en"), url=pl.lit(None, pl.String), tokens=pl.lit(25, pl.Int64),
            quality=pl.Series(random.random(each)), density=pl.Series(random.random(each)),
            inclusion_probability=pl.lit(0.5), weight=pl.Series(random.integers(1, 3, each)),
            phase=pl.lit("main"), position=pl.Series(random.random(each)),
        )  # fmt: skip
        path = f"mixture/{shard}.parquet"
        files[path] = lake.write("mixture", shard, table)
        record = BuildRecord(stage="mixture", shard=shard, fingerprint="1", code_version="1",
                             files={path: files[path]}, counts=Counts(rows_in=each, kept=each))  # fmt: skip
        lake.save_record(record)
    contents = [
        {"source": "web", "language": "en", "documents": rows, "tokens": 25 * rows, "mean_quality": 0.5}
    ]
    manifest = {"mixture_id": f"made-up-{rows}", "config": {"mixture": {"seed": 1}}, "contents": contents,
                "models": {}, "summary": {}, "files": files}  # fmt: skip
    lake.write_file("mixture_manifest/manifest.json", json.dumps(manifest).encode())


def own_memory() -> int:
    """Return bytes of memory that are this process's own."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) * 1024


def run_one(folder: Path, way: int) -> None:
    """Export, and write down the peak."""
    done, peak = threading.Event(), [0]

    def watch() -> None:
        while not done.wait(BETWEEN_LOOKS):
            peak[0] = max(peak[0], own_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    kind, copies = WAYS[way]
    export(Lake(folder / "lake"), folder / f"to_{way}", Options(kind, copies), SilentReporter())
    done.set()
    watcher.join()
    (folder / f"{way}.peak").write_text(str(peak[0]))


def main() -> None:
    """Read the command line, write the mixtures, and measure each way in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="of the smaller mixture")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        run_one(Path(arguments.measure[0]), int(arguments.measure[1]))
        return
    sizes = (arguments.rows, 4 * arguments.rows)
    with tempfile.TemporaryDirectory() as temporary:
        folders = [Path(temporary) / str(rows) for rows in sizes]
        for folder, rows in zip(folders, sizes, strict=True):
            write_lake(folder / "lake", rows)
        print(f"{sizes[0]:,} and {sizes[1]:,} rows")
        for way, (kind, copies) in enumerate(WAYS):
            for folder in folders:
                subprocess.run([sys.executable, __file__, "--measure", str(folder), str(way)], check=True)
            small, large = (int((folder / f"{way}.peak").read_text()) for folder in folders)
            told = f"{kind}, copies {copies}:"
            print(f"  {told:<28} {(large - small) / (sizes[1] - sizes[0]):6.1f} bytes a row"
                  f" ({small / 1e6:.0f} and {large / 1e6:.0f} MB)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
