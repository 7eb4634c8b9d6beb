"""The documents of a cell that give way to another one of it."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.vectors.rounded import Rounded, cosines

_AT_ONCE = 1024
NONE = -1


def give_way(vectors: Rounded, similarity: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each vector, the preferred ones first, the one that stays instead; NONE where it stays.

    A vector gives way to one before it that stays and is at least as similar as ``similarity``: to the most
    similar of them, the first of equal ones. The paper's code lets it give way to one that is itself removed;
    here everything that is removed has something as similar that stays. The second array holds the cosines,
    1 for what stays.

    vectors: int8 [n, components].
    """
    instead, found = np.full(len(vectors), NONE, np.int64), np.ones(len(vectors))
    stay = np.empty(0, np.int64)
    for start in range(0, len(vectors), _AT_ONCE):
        block = vectors[start : start + _AT_ONCE]
        rows = np.arange(start, start + len(block))
        earlier, within = cosines(block, vectors[stay]), np.tril(cosines(block, block), -1)
        best = np.full(len(block), -2.0)
        if len(stay):
            best, of_earlier = earlier.max(axis=1), stay[earlier.argmax(axis=1)]
        for row in np.flatnonzero((best >= similarity) | (within >= similarity).any(axis=1)).tolist():
            near = np.where(instead[rows[:row]] == NONE, within[row, :row], -2.0)
            closer = bool(len(near)) and near.max() > best[row]
            value = near.max() if closer else best[row]
            if value >= similarity:
                instead[rows[row]] = rows[near.argmax()] if closer else of_earlier[row]
                found[rows[row]] = value
        stay = np.concatenate([stay, rows[instead[rows] == NONE]])
    return instead, found


def nearest(vectors: Rounded) -> NDArray[np.float64]:
    """Return for each vector the largest cosine to another one, float64 [n]; NaN for one that is alone.

    Unlike what ``give_way`` returns it looks at all of them, whatever stays and in whatever order they come.
    vectors: int8 [n, components].
    """
    largest = np.full(len(vectors), -np.inf)
    for start in range(0, len(vectors), _AT_ONCE):
        block = slice(start, start + _AT_ONCE)
        for other_start in range(0, start + 1, _AT_ONCE):  # each pair of blocks serves both of them
            other = slice(other_start, other_start + _AT_ONCE)
            found = cosines(vectors[block], vectors[other])
            if other_start == start:
                np.fill_diagonal(found, -np.inf)
            largest[block] = np.maximum(largest[block], found.max(axis=1))
            largest[other] = np.maximum(largest[other], found.max(axis=0))
    return np.where(np.isfinite(largest), largest, np.nan)
