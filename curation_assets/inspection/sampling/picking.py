"""Picks the first documents by some order out of any number, in memory that grows with those picked alone."""

from dataclasses import dataclass, field

import polars as pl

from curation_assets.mixture.keys import uniforms

ORDER = "order"
"""Column of Float64 that the rows come in; those without a number come last."""


@dataclass
class Picker:
    """Keeps the ``count`` rows that come first; among equals, and with ``random`` among all, by lot.

    The lot of a document follows from its doc_id, its shard and the seed, whatever else is in the lake.

    Attributes:
        looked_at: rows that were offered, whether they matched or not.
        matching: rows that matched.
    """

    count: int
    seed: int = 0
    random: bool = False
    descending: bool = False
    looked_at: int = 0
    matching: int = 0
    _parts: list[pl.DataFrame] = field(default_factory=list)

    def add(self, rows: pl.DataFrame, looked_at: int) -> None:
        """Offer rows that match (doc_id, shard, ORDER and more), out of so many that were looked at."""
        self.looked_at += looked_at
        self.matching += rows.height
        if rows.height:
            names = rows["doc_id"] + "/" + rows["shard"]
            lots = pl.Series("lot", uniforms(names.to_list(), self.seed), dtype=pl.Float64)
            self._parts = [self._first(pl.concat([*self._parts, self._first(rows.with_columns(lots))]))]

    def picked(self) -> pl.DataFrame:
        """Return the rows in order, also those drawn at random; without columns where there are none."""
        return self._sorted(self._parts[0], random=False) if self._parts else pl.DataFrame()

    def _first(self, rows: pl.DataFrame) -> pl.DataFrame:
        return self._sorted(rows, random=self.random).head(self.count)

    def _sorted(self, rows: pl.DataFrame, *, random: bool) -> pl.DataFrame:
        if random:
            return rows.sort("lot", "doc_id", "shard")
        directions = [self.descending, False, False, False]
        return rows.sort(ORDER, "lot", "doc_id", "shard", descending=directions, nulls_last=True)


def no_number() -> pl.Expr:
    """Return an order for rows that have none of their own: they come by lot."""
    return pl.lit(None, pl.Float64).alias(ORDER)


def finite(values: pl.Series) -> pl.Series:
    """Return values with null for what is not a finite number."""
    numbers = values.cast(pl.Float64)
    return numbers.set(~numbers.is_finite().fill_null(False), None)
