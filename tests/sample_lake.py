"""What the run of the bundled sample left behind."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class SampleRun:
    """The lake that ``curate run`` made of the sample, and what it printed."""

    lake: Path
    printed: str

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.lake / name / "*.parquet")
