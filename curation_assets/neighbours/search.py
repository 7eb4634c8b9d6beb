"""Nearest vectors by exact cosines: among all of them, or among candidates that pynndescent finds.

Either way the order is by the cosine as float32, the largest first, and then by the row of the neighbour: so
what is found is a function of the vectors and their order, whatever the threads and the sizes of blocks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import silent
from curation_assets.vectors.rounded import Rounded, squared_lengths

NONE = -1
_CELLS_AT_ONCE = 1 << 22
_MARGIN = 1e-6
"""Relative; more than what a cosine loses as float32 before it is computed exactly."""
_LEAST_SEARCHED = 30
"""Neighbours that pynndescent keeps at least; it finds the nearest of them better than the last."""
_SMALL = 4
"""Times as many vectors as that are all compared, whatever is asked for."""
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Nearest:
    """The neighbours of n vectors.

    Attributes:
        rows: int64 [n, k], the rows of the neighbours, NONE where there are no more.
        similarities: float32 [n, k], the cosines.
    """

    rows: NDArray[np.int64]
    similarities: NDArray[np.float32]


def nearest(
    vectors: Rounded, count: int, exact_up_to: int, seed: int = 0, progress: Progress = silent
) -> Nearest:
    """Return the ``count`` nearest other vectors of each of the vectors, int8 [n, components]."""
    if compares_all(len(vectors), count, exact_up_to):
        return among_all(vectors, count, progress)
    return among_candidates(vectors, candidates(vectors, _searched(count), seed), count, progress)


def compares_all(vectors: int, count: int, exact_up_to: int) -> bool:
    """Tell whether so many vectors are all compared with each other."""
    return vectors <= max(exact_up_to, _SMALL * _searched(count))


def among_all(vectors: Rounded, count: int, progress: Progress = silent) -> Nearest:
    """Compare all pairs, some rows of the matrix of cosines at a time."""
    total = len(vectors)
    found = _nothing(total, min(count, max(total - 1, 0)))
    wide = vectors.astype(np.float32)
    lengths = np.sqrt(squared_lengths(vectors))
    inverse = np.divide(1, lengths, out=np.zeros(total), where=lengths > 0).astype(np.float32)
    at_once = max(1, _CELLS_AT_ONCE // max(total, 1))
    for start in range(0, total if found.rows.shape[1] else 0, at_once):
        block = slice(start, min(start + at_once, total))
        products = wide[block] @ wide.T  # exact, see ``vectors/rounded.py``
        rows, others = _promising(products, inverse, start, found.rows.shape[1])
        cosines = _cosines(products[rows, others], lengths[rows + start], lengths[others])
        _keep_best(found, rows + start, others, cosines)
        progress(block.stop - start)
    return found


def among_candidates(
    vectors: Rounded, candidates: NDArray[np.int64], count: int, progress: Progress = silent
) -> Nearest:
    """Compare each vector with its candidates, int64 [n, m]: rows of others, NONE, or its own."""
    found = _nothing(len(vectors), count)
    lengths = np.sqrt(squared_lengths(vectors))
    at_once = max(1, _CELLS_AT_ONCE // max(vectors.shape[1] * candidates.shape[1], 1))
    for start in range(0, len(vectors), at_once):
        some = candidates[start : start + at_once]
        own = np.arange(start, start + len(some))[:, None]
        rows, places = np.nonzero((some != own) & (some != NONE))
        others = some[rows, places]
        rows += start
        products = np.einsum(
            "ij,ij->i", vectors[rows].astype(np.int32), vectors[others].astype(np.int32), dtype=np.int32
        )
        _keep_best(found, rows, others, _cosines(products, lengths[rows], lengths[others]))
        progress(len(some))
    return found


def candidates(vectors: Rounded, count: int, seed: int) -> NDArray[np.int64]:
    """Return candidates for the nearest vectors of each, int64 [n, count + 1], by NN-descent.

    Dong, Moses and Li 2011, "Efficient k-nearest neighbor graph construction for generic similarity
    measures", begun from random projection trees (pynndescent). In one thread, so that its updates always
    come in the same order.
    """
    from pynndescent import NNDescent

    index = NNDescent(
        vectors.astype(np.float32), metric="cosine", n_neighbors=count + 1, random_state=seed, n_jobs=1
    )
    rows: NDArray[np.int64] = index.neighbor_graph[0].astype(np.int64)
    return rows


def _searched(count: int) -> int:
    return max(_LEAST_SEARCHED, 2 * count)


def _nothing(total: int, count: int) -> Nearest:
    return Nearest(np.full((total, count), NONE, np.int64), np.zeros((total, count), np.float32))


def _promising(
    products: NDArray[np.float32], inverse: NDArray[np.float32], start: int, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (row, column) of what is among the ``count`` largest of its row, or nearly so."""
    near = products * inverse
    own = np.arange(len(near))
    near[own, own + start] = -np.inf
    last = near.shape[1] - count
    least = np.partition(near, last, axis=1)[:, last]
    row, column = np.nonzero(near >= (least - np.abs(least) * np.float32(_MARGIN))[:, None])
    return row.astype(np.int64), column.astype(np.int64)


def _cosines(
    products: NDArray[np.float32] | NDArray[np.int32], one: NDArray[np.float64], other: NDArray[np.float64]
) -> NDArray[np.float32]:
    lengths = np.sqrt(np.square(one) * np.square(other))
    wide = products.astype(np.float64)
    return np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0).astype(np.float32)


def _keep_best(
    found: Nearest, rows: NDArray[np.int64], others: NDArray[np.int64], cosines: NDArray[np.float32]
) -> None:
    """Write the first of each row; a pair is there once."""
    order = np.lexsort((others, -cosines, rows))
    rows, others, cosines = rows[order], others[order], cosines[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    best = place < found.rows.shape[1]
    found.rows[rows[best], place[best]] = others[best]
    found.similarities[rows[best], place[best]] = cosines[best]
