"""A sample of the lake's documents that depends on their set alone: those whose hashes are the smallest."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.text.hashing import uniform


def draws(seed: int, doc_ids: Sequence[str]) -> NDArray[np.float64]:
    """Return a number in (0, 1) for each document, by seed and doc_id [n]."""
    return np.fromiter((uniform(seed, doc_id) for doc_id in doc_ids), np.float64, len(doc_ids))


class Sample:
    """The rows of the ``size`` smallest draws among those given so far; no more than that are in memory."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._keys = pl.DataFrame(schema={"drawn": pl.Float64, "doc_id": pl.String, "shard": pl.String})
        self._rows: NDArray[Any] | None = None

    def add(self, names: pl.DataFrame, drawn: NDArray[np.float64], rows: NDArray[Any]) -> None:
        """Take part in the sample with rows [n, ...] of documents (doc_id, shard)."""
        new = names.select(pl.Series("drawn", drawn, pl.Float64), "doc_id", "shard")
        known = self._rows if self._rows is not None else rows[:0]
        keys = pl.concat([self._keys, new])
        order = keys.select(place=pl.arg_sort_by("drawn", "doc_id", "shard"))["place"].head(self._size)
        self._keys = keys[order]
        self._rows = np.concatenate([known, rows])[order.to_numpy()]

    @property
    def names(self) -> pl.DataFrame:
        """Return doc_id and shard of the rows, by ascending draw."""
        return self._keys.select("doc_id", "shard")

    def rows(self) -> NDArray[Any]:
        """Return the rows by ascending draw, those of equal draws by (doc_id, shard)."""
        return self._rows if self._rows is not None else np.empty((0, 1), np.int8)
