"""Spark's Tokenizer and HashingTF, compiled. Importing this module imports numba.

A term's bucket is MurmurHash3 (x86, 32 bits, seed 42) of its UTF-8, as a signed number modulo the number of
buckets: ``org.apache.spark.ml.feature.HashingTF`` from Spark 3.0 on.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Found = NDArray[np.int32]

_SEED = np.uint32(42)
# The constants of MurmurHash3_x86_32 (Appleby, public domain).
_BLOCK_1, _BLOCK_2 = np.uint32(0xCC9E2D51), np.uint32(0x1B873593)
_STATE_1, _STATE_2 = np.uint32(5), np.uint32(0xE6546B64)
_MIX_1, _MIX_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)


@njit(cache=True, nogil=True, inline="always")
def _rotated(value: np.uint32, bits: int) -> np.uint32:
    return np.uint32((value << np.uint32(bits)) | (value >> np.uint32(32 - bits)))


@njit(cache=True, nogil=True, inline="always")
def _block(value: np.uint32) -> np.uint32:
    return np.uint32(_rotated(np.uint32(value * _BLOCK_1), 15) * _BLOCK_2)


@njit(cache=True, nogil=True)
def murmur3(data: Bytes, start: int, stop: int) -> np.uint32:
    """Return the hash of the bytes between two positions."""
    state, at = _SEED, start
    while at + 4 <= stop:
        low = np.uint32(data[at]) | np.uint32(data[at + 1]) << np.uint32(8)
        high = np.uint32(data[at + 2]) << np.uint32(16) | np.uint32(data[at + 3]) << np.uint32(24)
        state = _rotated(np.uint32(state ^ _block(np.uint32(low | high))), 13)
        state = np.uint32(state * _STATE_1 + _STATE_2)
        at += 4
    if at < stop:
        tail = np.uint32(0)
        for behind in range(stop - at):
            tail |= np.uint32(data[at + behind]) << np.uint32(8 * behind)
        state = np.uint32(state ^ _block(tail))
    state = np.uint32(state ^ np.uint32(stop - start))
    state = np.uint32((state ^ (state >> np.uint32(16))) * _MIX_1)
    state = np.uint32((state ^ (state >> np.uint32(13))) * _MIX_2)
    return np.uint32(state ^ (state >> np.uint32(16)))


@njit(cache=True, nogil=True)
def write_terms(data: Bytes, start: int, stop: int, buckets: int, empty_terms: bool, found: Found) -> int:
    r"""Write the bucket of every term of a text; return how many there are, at most its bytes + 1.

    White space is Java's ``\\s``: space, and tab to carriage return. With ``empty_terms`` it is all as in
    Java's ``split("\\s")``: two in a row have an empty term between them; empty terms at the end are dropped;
    an empty text is one.
    """
    count, last, begin = 0, 1 if start == stop and empty_terms else 0, start
    for at in range(start, stop + 1):
        if at == stop or data[at] == 0x20 or 0x09 <= data[at] <= 0x0D:
            if at > begin or empty_terms:
                found[count] = np.int64(np.int32(murmur3(data, begin, at))) % buckets
                count += 1
            if at > begin:
                last = count
            begin = at + 1
    return last


@njit(cache=True, nogil=True)
def sum_coefficients(
    data: Bytes,
    offsets: Offsets,
    coefficients: NDArray[np.float32],
    empty_terms: bool,
    found: Found,
    sums: NDArray[np.float64],
) -> None:
    """Write for every text the sum of its terms' coefficients; ``found`` is for the longest text + 1."""
    for text in range(len(sums)):
        start, stop = offsets[text], offsets[text + 1]
        count = write_terms(data, start, stop, len(coefficients), empty_terms, found)
        total = 0.0
        for index in range(count):
            total += np.float64(coefficients[found[index]])
        sums[text] = total


@njit(cache=True, nogil=True)
def write_all_terms(
    data: Bytes, offsets: Offsets, buckets: int, empty_terms: bool, found: Found, ends: Offsets
) -> None:
    """Write the terms of all texts one behind the other, and where those of each text end."""
    written = 0
    for text in range(len(ends)):
        start, stop = offsets[text], offsets[text + 1]
        written += write_terms(data, start, stop, buckets, empty_terms, found[written:])
        ends[text] = written
