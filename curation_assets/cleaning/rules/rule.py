"""A rule compares one measured value with one threshold."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

Comparison = Literal["at least", "at most", "one of"]
DType = type[pl.DataType]
Value = float | int | str | None


@dataclass(frozen=True)
class Rule:
    """A document passes when ``column`` is ``comparison`` ``threshold``; a null value always passes.

    ``name`` is the reason a document that fails is dropped for. ``by_language`` replaces the threshold for
    single languages.
    """

    name: str
    column: str
    comparison: Comparison
    threshold: float | tuple[str, ...]
    by_language: tuple[tuple[str, float], ...] = ()

    def fails(self) -> pl.Expr:
        """Return a Boolean expression, never null, over a frame that has the column."""
        value = pl.col(self.column)
        if self.comparison == "one of":
            assert isinstance(self.threshold, tuple)
            return (~value.is_in(list(self.threshold))).fill_null(False)
        threshold = self.limit()
        failed = value < threshold if self.comparison == "at least" else value > threshold
        return failed.fill_null(False)

    def described(self) -> pl.Expr:
        """Return value and threshold as text, such as ``gopher_words = 12, not at least 50``."""
        if isinstance(self.threshold, tuple):
            threshold: pl.Expr = pl.lit(", ".join(self.threshold))
        else:
            threshold = self.limit().cast(pl.String)
        value = pl.col(self.column).cast(pl.String)
        return pl.format("{} = {}, not {} {}", pl.lit(self.column), value, pl.lit(self.comparison), threshold)

    def limit(self) -> pl.Expr:
        """Return the number that the value is compared with, over a frame that has the language."""
        chosen = pl.lit(self.threshold)
        for language, threshold in self.by_language:
            chosen = pl.when(pl.col("language") == language).then(pl.lit(threshold)).otherwise(chosen)
        return chosen


def at_least(name: str, column: str, threshold: float | None) -> list[Rule]:
    """Return the rule, or nothing where the threshold is None (switched off)."""
    return [] if threshold is None else [Rule(name, column, "at least", threshold)]


def at_most(name: str, column: str, threshold: float | None) -> list[Rule]:
    """Return the rule, or nothing where the threshold is None (switched off)."""
    return [] if threshold is None else [Rule(name, column, "at most", threshold)]
