"""Ranks of scores among documents that have something in common."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import Group
from curation_assets.mixture.samplers.ranking import ranks_within

Ranking = Callable[[Candidates, NDArray[np.bool_], tuple[Group, ...]], NDArray[np.float64]]


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


def remembered() -> Ranking:
    """Return ``quality_ranks`` with a memory of its last call: most phases rank the same documents."""
    last: tuple[Candidates, NDArray[np.bool_], tuple[Group, ...], NDArray[np.float64]] | None = None

    def rank(
        candidates: Candidates, ranked: NDArray[np.bool_], within: tuple[Group, ...]
    ) -> NDArray[np.float64]:
        nonlocal last
        if last is None or last[0] is not candidates or last[2] != within or (last[1] != ranked).any():
            last = (candidates, ranked, within, quality_ranks(candidates, ranked, within))
        return last[3]

    return rank


def groups(candidates: Candidates, within: tuple[Group, ...]) -> NDArray[np.uint64]:
    """Return a number for each candidate [n], equal for those that have all of these in common."""
    group = np.zeros(len(candidates), np.uint64)
    for name in within:
        codes = candidates.language if name == "language" else candidates.source
        group = group * np.uint64(int(codes.max(initial=0)) + 1) + codes.astype(np.uint64)
    return group
