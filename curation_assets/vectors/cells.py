"""Spherical k-means on a sample of the lake (Dhillon and Modha 2001), exact in whole numbers."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.vectors.rounded import Rounded, cosines, rounded

_AT_ONCE = 4096


def number_of_cells(documents: int, documents_per_cell: int) -> int:
    """Return a power of two, so that a lake that grows a little keeps its cells."""
    wanted = max(1.0, documents / documents_per_cell)
    return 1 << int(np.floor(np.log2(wanted)))


def learn_centres(sample: Rounded, cells: int, iterations: int) -> Rounded:
    """Return the centres of the cells, int8 [cells, components]; the first vectors are the first centres.

    Fewer are returned where the sample has fewer vectors. A cell that loses all its vectors keeps its centre.
    """
    centres = sample[:cells].copy()
    for _ in range(iterations):
        cell, _ = nearest_centres(sample, centres)
        sums = np.zeros(centres.shape, np.int64)
        np.add.at(sums, cell, sample.astype(np.int64))
        moved = np.where(np.any(sums != 0, axis=1)[:, None], rounded(sums.astype(np.float64)), centres)
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres


def nearest_centres(vectors: Rounded, centres: Rounded) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the cell of each vector, int32 [n], the first of equally near ones, and the cosine there."""
    cell, similarity = np.zeros(len(vectors), np.int32), np.zeros(len(vectors))
    for start in range(0, len(vectors), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        found = cosines(vectors[part], centres)
        cell[part] = found.argmax(axis=1)
        similarity[part] = found.max(axis=1)
    return cell, similarity
