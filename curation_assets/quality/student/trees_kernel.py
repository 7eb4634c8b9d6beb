"""Walking through regression trees, compiled. Importing this module imports numba."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Integers = NDArray[np.int32]
Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def sum_leaves(
    columns: Floats,
    features: Integers,
    thresholds: Floats,
    lefts: Integers,
    rights: Integers,
    values: Floats,
    roots: Integers,
    predictions: Floats,
) -> None:
    """Add to each prediction, [n], the values of the leaves that its row of ``columns``, [n, d], reaches.

    The trees are those of ``trees.Forest``, checked by it: nothing is checked here.
    """
    for row in range(len(predictions)):
        total = predictions[row]
        for root in roots:
            node = root
            while features[node] >= 0:
                left = columns[row, features[node]] <= thresholds[node]
                node = lefts[node] if left else rights[node]
            total += values[node]
        predictions[row] = total
