"""Unit vectors in whole numbers, whose products are exact, and kernels of such a product as a table.

A vector is stretched to the length 4,000 and rounded. Every partial sum of a product of two of them is at
most the product of their lengths (Cauchy and Schwarz), 16.0 million and a little for rounding, while float32
holds whole numbers up to 2**24, 16.8 million: so a matrix product in float32 is exact, whatever the order of
summation, the batch, the number of threads and the library. The cosine is off by 0.0001 (one standard
deviation), whatever the dimension.

A kernel of the cosine is a table over the product, in steps of 0.00003 of the cosine and units of 2**-30, so
that sums of kernels are whole numbers, too, and exact in int64.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

LENGTH = 4000.0
_MOST_COMPONENTS = 32_768
_FINE = float(1 << 18)
OFFSET = 1 << 24
"""Added to a product, so that it is an index: a product is between -OFFSET and OFFSET."""
SHIFT = 9
UNIT = 1 << 30
_BLOCK = 2048

Fixed = NDArray[np.float32]
"""Whole numbers, held in float32."""
Kernel = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Given cosines, values in [0, 1]."""


def fixed(vectors: NDArray[np.floating[Any]]) -> tuple[Fixed, NDArray[np.bool_]]:
    """Return the directions of vectors [n, d] in whole numbers, and which of them are finite [n].

    Lengths play no part. A vector that is not finite becomes zeros, as one of zeros stays.
    Raises ValueError for vectors of more than 32,768 components, whose rounding could add up to too much.
    """
    if vectors.shape[1] > _MOST_COMPONENTS:
        raise ValueError(f"vectors of {vectors.shape[1]} components; at most {_MOST_COMPONENTS} are possible")
    from curation_assets.density import loops

    rows = np.ascontiguousarray(vectors, np.float32)
    out, valid = np.empty_like(rows), np.empty(len(rows), np.bool_)
    loops.fix(rows, LENGTH, _FINE, out, valid)
    return out, valid


def table_of(kernel: Kernel) -> NDArray[np.int32]:
    """Return the kernel of every product, in units of 2**-30; each step has the value of its middle."""
    products = (np.arange(2 * OFFSET >> SHIFT) + 0.5) * (1 << SHIFT) - OFFSET
    cosines = np.clip(products / LENGTH**2, -1.0, 1.0)
    return np.rint(np.clip(kernel(cosines), 0.0, 1.0) * UNIT).astype(np.int32)


@lru_cache(maxsize=4)
def gaussian_table(bandwidth: float) -> NDArray[np.int32]:
    """Return the table of exp((cosine - 1) / bandwidth**2)."""
    return table_of(lambda cosines: np.exp((cosines - 1.0) / bandwidth**2))


def kernel_sums(
    vectors: Fixed, others: Fixed, counts: NDArray[np.int64], table: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the kernel of each vector [n, d] to all others [m, d], which count ``counts``-fold: float64 [n].

    Exact up to the steps of the table: a multiple of 2**-30. Raises ValueError when a sum could leave int64.
    """
    from curation_assets.density import loops

    if counts.sum() > (1 << 32):
        raise ValueError(f"kernels of {counts.sum():,} documents are too many to add up")
    sums = np.zeros(len(vectors), np.int64)
    for first in range(0, len(others), _BLOCK):
        columns = np.ascontiguousarray(others[first : first + _BLOCK].T)
        weights = counts[first : first + _BLOCK]
        for start in range(0, len(vectors), _BLOCK):
            part = vectors[start : start + _BLOCK]
            found = np.empty(len(part), np.int64)
            loops.kernel_sums(part @ columns, weights, table, OFFSET, SHIFT, found)
            sums[start : start + _BLOCK] += found
    return sums / UNIT
