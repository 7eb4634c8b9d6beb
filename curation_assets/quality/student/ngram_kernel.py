"""Hashed n-grams of a text, compiled: words and pairs of words, and runs of bytes. Imports numba.

Letters of ASCII are lower-cased. A word is a run of ASCII letters and digits and of bytes beyond ASCII, or
any other single byte that is no white space. Each different n-gram of a text counts once.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Found = NDArray[np.int32]

SMALLEST, LARGEST = 3, 5
"""Lengths of the runs of bytes."""
PER_BYTE = 2 + LARGEST - SMALLEST + 1
"""No text has more n-grams than so many for each of its bytes."""
_FNV_START, _FNV_MULTIPLIER = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_STEP, _STEP_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@njit(cache=True, nogil=True, inline="always")
def _lower(byte: np.uint8) -> np.uint64:
    return np.uint64(byte + 0x20 if 0x41 <= byte <= 0x5A else byte)


@njit(cache=True, nogil=True, inline="always")
def _bucket(value: np.uint64, buckets: int) -> np.int64:
    """Return a bucket; ``buckets`` is a power of two."""
    value *= _STEP
    value = (value ^ (value >> np.uint64(32))) * _STEP_2
    return np.int64(value >> np.uint64(32)) & (buckets - 1)


@njit(cache=True, nogil=True, inline="always")
def _add(bucket: np.int64, text: int, owners: Found, found: Found, count: int) -> int:
    if owners[bucket] == text:
        return count
    owners[bucket], found[count] = text, bucket
    return count + 1


@njit(cache=True, nogil=True)
def _write_words(data: Bytes, start: int, stop: int, text: int, owners: Found, found: Found) -> int:
    """Write the different buckets of words and pairs of words, from 0 on; return how many."""
    buckets = len(owners) // 2
    count, hashed, before, inside = 0, _FNV_START, np.uint64(0), False
    for at in range(start, stop + 1):
        low = _lower(data[at]) if at < stop else np.uint64(0x20)
        letter = 0x61 <= low <= 0x7A or 0x30 <= low <= 0x39 or low >= 0x80
        if inside and not letter:
            count = _add(_bucket(hashed, buckets), text, owners, found, count)
            count = _add(_bucket(hashed + before * _STEP, buckets), text, owners, found, count)
            before, hashed, inside = hashed, _FNV_START, False
        if letter:
            hashed, inside = (hashed ^ low) * _FNV_MULTIPLIER, True
        elif low > 0x20:
            hashed = (hashed ^ low) * _FNV_MULTIPLIER
            count = _add(_bucket(hashed, buckets), text, owners, found, count)
            count = _add(_bucket(hashed + before * _STEP, buckets), text, owners, found, count)
            before, hashed = hashed, _FNV_START
    return count


@njit(cache=True, nogil=True)
def _write_runs(data: Bytes, start: int, stop: int, text: int, owners: Found, found: Found) -> int:
    """Write the different buckets of runs of bytes, behind those of words; return how many."""
    buckets = len(owners) // 2
    count, run = 0, np.uint64(0)
    for at in range(start, stop):
        run = run << np.uint64(8) | _lower(data[at])
        for size in range(SMALLEST, min(LARGEST, at - start + 1) + 1):
            low = run & ((np.uint64(1) << np.uint64(8 * size)) - np.uint64(1))
            bucket = buckets + _bucket(low + np.uint64(size) * _STEP_2, buckets)
            count = _add(bucket, text, owners, found, count)
    return count


@njit(cache=True, nogil=True)
def write_ngrams(
    data: Bytes, offsets: Offsets, buckets: int, found: Found, ends: Offsets, divisors: NDArray[np.float64]
) -> None:
    """Write the buckets of all texts one behind the other, where those of each text end, and the divisors.

    found: for PER_BYTE times the bytes of all texts; ends: [n]; divisors: [n, 2], the roots of the numbers of
    different buckets of words and of runs, at least 1.
    """
    owners = np.full(2 * buckets, -1, np.int32)
    written = 0
    for text in range(len(ends)):
        start, stop = offsets[text], offsets[text + 1]
        words = _write_words(data, start, stop, text, owners, found[written:])
        runs = _write_runs(data, start, stop, text, owners, found[written + words :])
        written += words + runs
        ends[text] = written
        divisors[text, 0], divisors[text, 1] = np.sqrt(max(words, 1)), np.sqrt(max(runs, 1))


@njit(cache=True, nogil=True)
def sum_coefficients(
    data: Bytes,
    offsets: Offsets,
    coefficients: NDArray[np.float32],
    found: Found,
    sums: NDArray[np.float64],
) -> None:
    """Write for each text the sums of coefficients of words and of runs, over their divisors: [n, 2].

    coefficients: [2 * buckets]; found: for PER_BYTE times the bytes of the longest text.
    """
    owners = np.full(len(coefficients), -1, np.int32)
    for text in range(len(sums)):
        start, stop = offsets[text], offsets[text + 1]
        words = _write_words(data, start, stop, text, owners, found)
        runs = _write_runs(data, start, stop, text, owners, found[words:])
        total = 0.0
        for index in range(words):
            total += np.float64(coefficients[found[index]])
        sums[text, 0] = total / np.sqrt(max(words, 1))
        total = 0.0
        for index in range(words, words + runs):
            total += np.float64(coefficients[found[index]])
        sums[text, 1] = total / np.sqrt(max(runs, 1))
