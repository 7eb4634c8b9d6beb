"""Vectors as they lie in the tables of the lake."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


def matrix(column: pl.Series) -> NDArray[np.floating[Any]]:
    """Return a column of vectors as float32 [n, components]; missing ones are NaN.

    ``components`` is 1 for a column of lists that has no vector.
    Raises ValueError where vectors differ in length.
    """
    dtype, present = column.dtype, column.is_not_null().to_numpy()
    lists = column.drop_nulls().cast(pl.List(pl.Float32))
    lengths = lists.list.len().unique().to_list()
    if len(lengths) > 1:
        raise ValueError(f"vectors of {min(lengths)} and of {max(lengths)} components in one column")
    components = int(dtype.size) if isinstance(dtype, pl.Array) else (lengths or [1])[0]
    found = np.full((len(column), components), np.nan, np.float32)
    if len(lists) and components:
        found[present] = lists.explode().fill_null(float("nan")).to_numpy().reshape(-1, components)
    return found


def finite_rows(vectors: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Return which vectors [n, components] have no component that is missing or infinite."""
    return np.isfinite(vectors).all(axis=1)
