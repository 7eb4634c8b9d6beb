"""Pairs of documents compared by sets of theirs, in bounded memory."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
Shares = NDArray[np.float64]
SetsOf = Callable[[pl.DataFrame], tuple[Hashes, Indices]]
"""Given some (doc_id, shard) returns their ascending sets in a row, and int64 [rows + 1] offsets."""

ITEMS_AT_ONCE = 4_000_000
REFUTED = -1.0


def compare(
    documents: pl.DataFrame, small: Indices, large: Indices, sizes: Indices, sets_of: SetsOf, threshold: float
) -> Shares:
    """Return which share of its small document's set the large one of each pair has, or REFUTED below the
    threshold (float64 [pairs]).

    About ``ITEMS_AT_ONCE`` are in memory at a time, and of a pair both sets. A larger document is read for
    all of its pairs at once, and with others of its shard.

    Args:
        documents: doc_id, shard.  sizes: int64 [documents], of their sets.
        small, large: int64 [pairs], rows of ``documents``.
    """
    from curation_assets.containment import probing

    shards = documents["shard"].rank("dense").to_numpy()
    order = np.lexsort((small, large, shards[large]))
    small, large = small[order], large[order]
    shares = np.empty(len(order), dtype=np.float64)
    for start, stop in _blocks(sizes[small] + np.where(np.diff(large, prepend=-1) != 0, sizes[large], 0)):
        both = np.concatenate([small[start:stop], large[start:stop]])
        wanted, places = np.unique(both, return_inverse=True)
        ends = places.astype(np.int64).reshape(2, -1)
        own = shares[start:stop]
        probing.common_shares(*sets_of(documents[wanted]), ends[0], ends[1], threshold, own)
    found = np.empty_like(shares)
    found[order] = shares
    return found


def _blocks(cost: Indices) -> list[tuple[int, int]]:
    """Cut pairs into blocks of about ``ITEMS_AT_ONCE``, and at least one pair."""
    block = np.cumsum(cost) // ITEMS_AT_ONCE
    bounds = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(cost)]
    return [(start, stop) for start, stop in pairwise(bounds) if stop > start]
