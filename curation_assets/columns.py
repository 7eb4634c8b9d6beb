"""Columns of texts and of keys that stages cut, flatten, or make when they are asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

Value = TypeVar("Value")

CHUNK_BYTES = 4_000_000


def chunks(texts: pl.Series) -> Iterator[pl.Series]:
    """Cut a column so that a chunk holds about ``CHUNK_BYTES``, to bound memory."""
    ends = texts.str.len_bytes().fill_null(0).cast(pl.Int64).cum_sum().to_numpy() // CHUNK_BYTES
    bounds = [0, *(np.flatnonzero(np.diff(ends)) + 1).tolist(), len(texts)]
    for start, stop in pairwise(bounds):
        if stop > start:
            yield texts.slice(start, stop - start)


def flat_keys(keys: pl.Series) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return a column of keys (no nulls) as uint64, and int64 [rows + 1] offsets into them."""
    if not len(keys):
        return np.empty(0, np.uint64), np.zeros(1, np.int64)
    array = keys.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    offsets = array.offsets.to_numpy().astype(np.int64)
    return array.flatten().to_numpy(), offsets - offsets[0]


def compact(strings: pl.Series) -> pl.Series:
    """Return strings with a buffer of their own: a filtered column still holds all that it was filtered
    from."""
    return pl.Series(strings.name, strings.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()))


class OnDemand(Mapping[str, Value]):
    """A value for each name, made when it is asked for, so that no two have to be in memory."""

    def __init__(self, names: Sequence[str], make: Callable[[str], Value]) -> None:
        self._names = dict.fromkeys(names)
        self._make = make

    def __getitem__(self, name: str) -> Value:
        if name not in self._names:
            raise KeyError(name)
        return self._make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
