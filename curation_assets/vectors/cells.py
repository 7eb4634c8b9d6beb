"""Spherical k-means on a sample of the lake (Dhillon and Modha 2001), exact in whole numbers."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.vectors.rounded import Rounded, cosines, rounded, squared_lengths

_AT_ONCE = 4096
_UNIT = 1 << 20


def number_of_cells(documents: int, documents_per_cell: int) -> int:
    """Return a power of two, so that a lake that grows a little keeps its cells."""
    wanted = max(1.0, documents / documents_per_cell)
    return 1 << int(np.floor(np.log2(wanted)))


def learn_centres(sample: Rounded, cells: int, iterations: int) -> Rounded:
    """Return the centres of the cells, int8 [cells, components]; the first vectors are the first centres.

    Fewer are returned where the sample has fewer vectors. A cell that loses all its vectors keeps its centre.
    """
    centres, units = sample[:cells].copy(), _units(sample)
    for _ in range(iterations):
        cell, _ = nearest_centres(sample, centres)
        sums = _sums(units, cell, len(centres))
        moved = np.where(np.any(sums != 0, axis=1)[:, None], rounded(sums.astype(np.float64)), centres)
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres


def _units(vectors: Rounded) -> NDArray[np.int32]:
    """Return vectors of one length, so that each counts as much in a sum, which is exact [n, components].

    Rounded vectors share their largest component, and differ in length by an eighth (384 components).
    """
    lengths = np.sqrt(squared_lengths(vectors))[:, None]
    return np.rint(vectors * (_UNIT / np.where(lengths > 0, lengths, 1.0))).astype(np.int32)


def _sums(units: NDArray[np.int32], cell: NDArray[np.int32], cells: int) -> NDArray[np.int64]:
    """Return the sum of the vectors of each cell, int64 [cells, components]; nought for an empty one."""
    sums = np.zeros((cells, units.shape[1]), np.int64)
    order = np.argsort(cell, kind="stable")
    filled, starts = np.unique(cell[order], return_index=True)
    if len(filled):
        sums[filled] = np.add.reduceat(units[order], starts, axis=0, dtype=np.int64)
    return sums


def nearest_centres(vectors: Rounded, centres: Rounded) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the cell of each vector, int32 [n], the first of equally near ones, and the cosine there."""
    cell, similarity = np.zeros(len(vectors), np.int32), np.zeros(len(vectors))
    for start in range(0, len(vectors), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        found = cosines(vectors[part], centres)
        cell[part] = found.argmax(axis=1)
        similarity[part] = found.max(axis=1)
    return cell, similarity
