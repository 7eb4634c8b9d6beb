"""Ranks among documents that have something in common, and places in an order."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def ranks_within(values: Values, group: NDArray[np.uint64], sizes: NDArray[np.int64] | None = None) -> Values:
    """Return which share of its group lies below each document, itself and its equals counting half [n].

    In (0, 1): (average rank - 1/2) / number, both exact before they are divided; .5 for a document that is
    alone or among equals. A value that is not finite has no rank, NaN, and no part in others'.

    Args:
        sizes: int64 [n], positive: what each document counts for in shares, 1 by default.
    """
    ranks = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.lexsort((values[known], group[known]))]
    group, values = group[order], values[order]
    ends = np.arange(1, len(order) + 1) if sizes is None else np.cumsum(sizes[order])
    new_group = np.diff(group) != 0
    group_sizes, group_members = _runs(new_group, ends)
    equal_sizes, equal_members = _runs(new_group | (np.diff(values) != 0), ends)
    middles = np.repeat(np.cumsum(equal_sizes) - equal_sizes / 2, equal_members)
    before = np.repeat(np.cumsum(group_sizes) - group_sizes, group_members)
    ranks[order] = (middles - before) / np.repeat(group_sizes, group_members)
    return ranks


def _runs(new: NDArray[np.bool_], ends: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the size and the number of members of each run, a new one starting after every True."""
    last = np.append(np.flatnonzero(new), len(ends) - 1) if len(ends) else np.empty(0, np.int64)
    return np.diff(ends[last], prepend=0), np.diff(last, prepend=-1)


def places_by(values: Values) -> Values:
    """Return the place of each document by ascending value, then by position: 1, 2, ...; NaN stays NaN."""
    places = np.full(len(values), np.nan)
    known = np.flatnonzero(~np.isnan(values))
    places[known[np.argsort(values[known], kind="stable")]] = np.arange(1, len(known) + 1)
    return places
