"""The loops over every document that matrix products leave over, compiled by numba.

Import this file inside functions only: numba takes half a second. Every loop works on arrays that its caller
allocates. All sums are of whole numbers, hence exact in any order.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Single = NDArray[np.float32]


@njit(cache=True, nogil=True)
def fix(vectors: Single, scale: float, fine: float, out: Single, valid: NDArray[np.bool_]) -> None:
    """Write each vector [n, d], stretched to the length ``scale``, in whole numbers (``fixed_point.py``)."""
    whole = np.empty(vectors.shape[1], np.int64)
    for row in range(vectors.shape[0]):
        # The bits of floats without their sign are in the order of the numbers; NaN is above infinity.
        bits = vectors[row].view(np.int32)
        largest = np.int32(0)
        for i in range(bits.shape[0]):
            largest = max(largest, bits[i] & np.int32(0x7FFFFFFF))
        valid[row] = largest < np.int32(0x7F800000)
        if largest == 0 or not valid[row]:
            out[row, :] = 0.0
            continue
        stretch = fine / float(np.array([largest], np.int32).view(np.float32)[0])
        squares = np.int64(0)
        for i in range(bits.shape[0]):
            whole[i] = np.int64(np.rint(float(vectors[row, i]) * stretch))
            squares += whole[i] * whole[i]
        again = scale / np.sqrt(float(squares))
        for i in range(bits.shape[0]):
            out[row, i] = np.rint(float(whole[i]) * again)


@njit(cache=True, nogil=True)
def count_into_cells(
    vectors: Single, cell: Whole, valid: NDArray[np.bool_], times: int, counts: Whole, sums: Whole
) -> None:
    """Add valid vectors [n, d] to counts [c] and sums [c, d] of their cells, ``times``-fold."""
    for row in range(vectors.shape[0]):
        if valid[row]:
            counts[cell[row]] += times
            for i in range(vectors.shape[1]):
                sums[cell[row], i] += times * np.int64(vectors[row, i])


@njit(cache=True, nogil=True)
def kernel_sums(
    products: Single, counts: Whole, table: NDArray[np.int32], offset: int, shift: int, out: Whole
) -> None:
    """Write the sum over columns of counts [c] x table[(product + offset) >> shift]: int64 [n]."""
    for row in range(products.shape[0]):
        total = np.int64(0)
        for i in range(products.shape[1]):
            total += counts[i] * table[(np.int32(products[row, i]) + offset) >> shift]
        out[row] = total


@njit(cache=True, nogil=True)
def count_products(products: Single, offset: int, shift: int, out: NDArray[np.int32]) -> None:
    """Add each row's histogram of (product + offset) >> shift to ``out``: int32 [n, bins]."""
    for row in range(products.shape[0]):
        for i in range(products.shape[1]):
            out[row, (np.int32(products[row, i]) + offset) >> shift] += 1


@njit(cache=True, nogil=True)
def pack_signs(products: Single, hashes: int, out: NDArray[np.int32]) -> None:
    """Write codes [n, rows]: bit j is set where product j of a row, of ``hashes`` each, is at least 0."""
    for row in range(out.shape[0]):
        for i in range(out.shape[1]):
            code = 0
            for j in range(hashes):
                code |= int(products[row, i * hashes + j] >= 0.0) << j
            out[row, i] = code


_ROWS_AT_ONCE = 16


@njit(cache=True, nogil=True)
def count_codes(codes: NDArray[np.int32], times: int, counts: NDArray[np.int32]) -> None:
    """Add codes [n, rows] to counters [rows, buckets]; a few rows at a time, whose counters fit a cache."""
    for first in range(0, codes.shape[1], _ROWS_AT_ONCE):
        last = min(first + _ROWS_AT_ONCE, codes.shape[1])
        for row in range(codes.shape[0]):
            for i in range(first, last):
                counts[i, codes[row, i]] += times


@njit(cache=True, nogil=True)
def sum_counters(codes: NDArray[np.int32], counts: NDArray[np.int32], out: Whole) -> None:
    """Add up the counters [rows, buckets] that the codes [n, rows] name, in ``out`` [n]."""
    out[:] = 0
    for first in range(0, codes.shape[1], _ROWS_AT_ONCE):
        last = min(first + _ROWS_AT_ONCE, codes.shape[1])
        for row in range(codes.shape[0]):
            for i in range(first, last):
                out[row] += counts[i, max(codes[row, i], 0)]
