"""Runs of numbers copied from place to place, compiled by numba; import it inside functions only."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]


@njit(cache=True, nogil=True)
def scatter_runs(values: Hashes, begins: Indices, sizes: Indices, places: Indices, out: Hashes) -> None:
    """out[places[i] : places[i] + sizes[i]] = values[begins[i] : begins[i] + sizes[i]]."""
    for run in range(len(sizes)):
        begin, place = begins[run], places[run]
        for at in range(sizes[run]):
            out[place + at] = values[begin + at]
