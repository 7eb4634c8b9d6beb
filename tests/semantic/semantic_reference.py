"""SemDeDup and D4 by brute force: whole matrices of cosines of unrounded vectors, in plain numpy."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def nearest_in_cell(vectors: Matrix, cell: NDArray[np.int32], place: NDArray[np.uint32]) -> Matrix:
    """Return the largest cosine of each unit vector [n, d] to one of its cell of a smaller place, or NaN."""
    similar = vectors @ vectors.T
    others = (cell[:, None] == cell[None, :]) & (place[:, None] > place[None, :])
    return np.where(others.any(axis=1), np.where(others, similar, -np.inf).max(axis=1), np.nan)


def spherical_k_means(vectors: Matrix, centres: Matrix, rounds: int) -> Matrix:
    """Return the unit centres [k, d] after some rounds; a cell without vectors keeps its centre."""
    for _ in range(rounds):
        cell = (vectors @ centres.T).argmax(axis=1)
        sums = np.stack([vectors[cell == number].sum(axis=0) for number in range(len(centres))])
        moved = np.where(np.any(sums != 0, axis=1)[:, None], sums, centres)
        centres = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return centres
