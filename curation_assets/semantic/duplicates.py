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


def nearest_preferred(vectors: Rounded) -> NDArray[np.float64]:
    """Return for each vector, preferred ones first, the largest cosine to one before it; NaN for the first.

    The upper triangle of the code of SemDeDup. Unlike what ``give_way`` returns it looks at all of them,
    whatever stays. Of two that are near only the second has a large one: a threshold takes one of the two.
    vectors: int8 [n, components].
    """
    largest = np.full(len(vectors), np.nan)
    for start in range(1, len(vectors), _AT_ONCE):
        block = vectors[start : start + _AT_ONCE]
        stop = start + len(block)
        found = cosines(block, vectors[:stop])
        later = np.arange(stop)[None, :] >= np.arange(start, stop)[:, None]
        largest[start:stop] = np.where(later, -np.inf, found).max(axis=1)
    return largest
