"""Ranks of scores among documents that have something in common."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import Group


def quality_ranks(
    candidates: Candidates, ranked: NDArray[np.bool_], within: tuple[Group, ...]
) -> NDArray[np.float64]:
    """Return the rank of each ranked candidate's quality among those of its groups, NaN for others [n].

    Args:
        ranked: bool [n]; the others have no part in it.
    """
    group = groups(candidates, within)
    ranks = np.full(len(candidates), np.nan)
    ranks[ranked] = ranks_within(candidates.quality[ranked], group[ranked])
    return ranks


def groups(candidates: Candidates, within: tuple[Group, ...]) -> NDArray[np.uint64]:
    """Return a number for each candidate [n], equal for those that have all of these in common."""
    group = np.zeros(len(candidates), np.uint64)
    for name in within:
        codes = candidates.language if name == "language" else candidates.source
        group = group * np.uint64(int(codes.max(initial=0)) + 1) + codes.astype(np.uint64)
    return group


def ranks_within(quality: NDArray[np.float64], group: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return (average rank - 1/2) / number within a group [n], both exact before they are divided.

    The middle of a document's rank, between 0 and 1: .5 for one that is alone, or among equals.
    """
    order = np.lexsort((quality, group))
    group, quality = group[order], quality[order]
    borders = np.flatnonzero(np.diff(group)) + 1
    sizes = np.diff(borders, prepend=0, append=len(order))
    ends = np.append(np.flatnonzero((np.diff(quality) != 0) | (np.diff(group) != 0)) + 1, len(order))
    lengths = np.diff(ends, prepend=0)
    middles = np.repeat(ends - lengths / 2, lengths) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    ranks = np.empty(len(order))
    ranks[order] = middles / np.repeat(sizes, sizes)
    return ranks
