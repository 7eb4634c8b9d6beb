"""What the mixture costs for a million documents: reading scores, drawing, writing the labels.

    python benchmarks/mixture.py [--documents 1000000] [--shards 100]

Tables of made-up scores are written (random doc_ids of 32 characters, five sources, eight languages, tokens
like those of web pages). In a process of its own the plan is built as a run builds it, and the parts are
timed: the least CPU seconds of three rounds, and the peak of resident memory beyond what the interpreter and
libraries hold, of the first.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl

from curation_assets.mixture.config import MixtureConfig
from curation_assets.progress import silent
from resources.lake import Lake

SOURCES = ("web", "wiki", "books", "news", "code")
ROUNDS = 3
LANGUAGES = ("en", "de", "fr", "es", "ja", "ko", "ru", "zh")
MAIN: dict[str, object] = {"name": "main", "share": 0.9}
ANNEALING: dict[str, object] = {
    "name": "annealing",
    "share": 0.1,
    "sampler": "top_k",
    "minimum_rank": 0.7,
    "order": "quality_ascending",
}
VARIANTS: dict[str, dict[str, object]] = {
    "default": {},
    "random": {"sampler": "random", "minimum_rank": 0.0},
    "top_k": {"sampler": "top_k"},
    "two phases": {"allocation": {"phases": [MAIN, ANNEALING], "draw_phases": "last_first"}},
    "two phases, all read twice": {
        "budget": {"fraction": 2.0},
        "minimum_rank": 0.0,
        "allocation": {"phases": [MAIN, {**ANNEALING, "minimum_rank": 0.0}], "maximum_epochs": 2.0},
    },
}


def write_lake(folder: Path, documents: int, shards: int) -> None:
    """Write what the plan reads, a shard at a time."""
    lake = Lake(folder / "lake")
    for number in range(shards):
        random = np.random.default_rng(number)
        count = documents // shards
        words = random.integers(0, 2**64, (count, 2), np.uint64, endpoint=False)
        doc_id = [f"{high:016x}{low:016x}" for high, low in words.tolist()]
        tokens = random.lognormal(6.3, 1.0, count).astype(np.int64)
        ids = pl.DataFrame({"doc_id": doc_id}).with_columns(shard=pl.lit(f"s{number:05d}"))
        tables = {
            "clean_documents": ids.with_columns(
                source=pl.Series(random.choice(SOURCES, count)),
                language=pl.Series(random.choice(LANGUAGES, count)),
            ),
            "quality_scores": ids.with_columns(
                quality=pl.Series(random.random(count)), tokens=pl.Series(tokens), bytes=pl.Series(tokens * 4)
            ),
            "density_estimates": ids.with_columns(density=pl.Series(random.random(count) ** 2 + 1e-6)),
            "dedup_clusters": ids.with_columns(weight=pl.lit(1.0)),
            "semantic_duplicates": ids.with_columns(kept=pl.lit(True)),
            "outliers": ids.with_columns(outlier=pl.lit(False)),
            "contamination": ids.with_columns(contaminated=pl.lit(False)),
        }
        for table, frame in tables.items():
            lake.write(table, f"s{number:05d}", frame)


class Least:
    """The least CPU seconds of each part over several rounds: what other processes take away is left out."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.seconds[what] = min(time.process_time() - began, self.seconds.get(what, np.inf))

    def tell(self) -> None:
        for what, seconds in {**self.seconds, "all": sum(self.seconds.values())}.items():
            print(f"  {what:<42} {seconds:7.2f} CPU s")


def peak_mb() -> float:
    """Return the peak of resident memory; getrusage would tell that of the parent, too."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def measure(folder: Path, variant: str) -> None:
    """Build the plan in this process, and print what it took."""
    import pyarrow  # noqa: F401 (the labels need it; every run has loaded it by then)

    from curation_assets.mixture.labels import LabelTables
    from curation_assets.mixture.plan import plan
    from curation_assets.mixture.reading import read_candidates

    config, lake = MixtureConfig.model_validate(VARIANTS[variant]), Lake(folder / "lake")
    shards = sorted(path.stem for path in (folder / "lake" / "quality_scores").glob("*.parquet"))
    read_candidates(lake, shards[:1], config, silent)  # loads the libraries
    before, peaks, least = peak_mb(), [], Least()
    for _ in range(ROUNDS):
        with least.of("reading the scores"):
            candidates = read_candidates(lake, shards, config, silent)
        with least.of("plan: ranks, draw, probabilities, summary"):
            made = plan(candidates, config)
        with least.of("label tables, not written"):
            rows = sum(table.height for table in LabelTables(made, shards).values())
        peaks.append(peak_mb() - before)
        taken = int(made.taken.sum())
        del candidates, made
    least.tell()
    print(f"  {rows:,} documents, {taken:,} taken; peak {peaks[0]:,.0f} MB more than before")


def sampling(documents: int) -> None:
    """Print what the draw alone takes: a random number for each doc_id, keys, sort, probabilities."""
    from curation_assets.mixture.draw import Pool, draw_by_weight
    from curation_assets.mixture.keys import exponentials, uniforms

    random = np.random.default_rng(0)
    words = random.integers(0, 2**64, (documents, 2), np.uint64, endpoint=False)
    names = np.array([f"{high:016x}{low:016x}" for high, low in words.tolist()], "S")
    sizes, density = random.integers(1, 4000, documents), random.random(documents) + 1e-3
    least = Least()
    for _ in range(ROUNDS):
        with least.of(f"inverse-density draw of {documents:,}"):
            luck = exponentials(uniforms(names, 1))
            pool = Pool(luck, sizes, np.ones(documents, np.int32), int(sizes.sum()) // 10)
            draw_by_weight(pool, 1.0 / density)
    least.tell()


def main() -> None:
    """Read the command line, write the tables, and measure each variant in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(Path(arguments.measure[0]), arguments.measure[1])
        return
    sampling(arguments.documents)
    with tempfile.TemporaryDirectory() as folder:
        write_lake(Path(folder), arguments.documents, arguments.shards)
        for variant in VARIANTS:
            print(variant, flush=True)
            subprocess.run([sys.executable, __file__, "--measure", folder, variant], check=True)


if __name__ == "__main__":
    main()
