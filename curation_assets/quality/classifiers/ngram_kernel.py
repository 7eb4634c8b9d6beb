r"""Hashed word unigrams and bigrams as DSIR has them, compiled. Importing this module imports numba.

Words are those of NLTK's WordPunctTokenizer, ``\w+|[^\w\s]+``, on lower-cased text. A word's hash is FNV-1a
of 64 bits on its UTF-8; a unigram's bucket is that hash, mixed, modulo the number of buckets, and a bigram's
is that of the two hashes in order. The authors hash the n-gram's text by SHA-256, so their buckets differ.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Found = NDArray[np.int32]

_FNV_START, _FNV_MULTIPLIER = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
# MurmurHash3's 64-bit finaliser, and the multiplier of SplitMix64.
_MIX_1, _MIX_2, _MIX_SHIFT = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(33)
_STEP = np.uint64(0x9E3779B97F4A7C15)
SPACE = 0
"""Kind of a character that separates; the others are 1, a word's, and 2, any other."""


@njit(cache=True, nogil=True, inline="always")
def _bucket(value: np.uint64, buckets: int) -> np.int64:
    value ^= value >> _MIX_SHIFT
    value *= _MIX_1
    value ^= value >> _MIX_SHIFT
    value *= _MIX_2
    return np.int64((value ^ (value >> _MIX_SHIFT)) % np.uint64(buckets))


@njit(cache=True, nogil=True, inline="always")
def _character(data: Bytes, at: int) -> tuple[np.int64, int]:
    """Return the code point at a position of valid UTF-8, and its width in bytes."""
    lead = np.int64(data[at])
    if lead < 0x80:
        return lead, 1
    second = np.int64(data[at + 1]) & 0x3F
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | second, 2
    third = np.int64(data[at + 2]) & 0x3F
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | second << 6 | third, 3
    return (lead & 0x07) << 18 | second << 12 | third << 6 | (np.int64(data[at + 3]) & 0x3F), 4


@njit(cache=True, nogil=True)
def write_ngrams(data: Bytes, start: int, stop: int, kinds: Bytes, buckets: int, found: Found) -> int:
    """Write the buckets of a text's words and pairs of words; return how many, below twice its bytes.

    kinds: uint8 [0x110000], the kind of every code point.
    """
    count, words, before = 0, 0, np.uint64(0)
    state, inside = _FNV_START, SPACE
    at = start
    while at <= stop:
        kind, width = SPACE, 1
        if at < stop:
            code, width = _character(data, at)
            kind = kinds[code]
        if kind != inside and inside != SPACE:
            found[count] = _bucket(state, buckets)
            count += 1
            if words:
                found[count] = _bucket(before * _STEP + state, buckets)
                count += 1
            words, before, state = words + 1, state, _FNV_START
        inside = kind
        if kind != SPACE:
            for index in range(at, at + width):
                state = (state ^ np.uint64(data[index])) * _FNV_MULTIPLIER
        at += width
    return count


@njit(cache=True, nogil=True)
def sum_differences(
    data: Bytes,
    offsets: Offsets,
    kinds: Bytes,
    differences: NDArray[np.float64],
    found: Found,
    sums: NDArray[np.float64],
    counts: Offsets,
) -> None:
    """Write for every text the sum over its n-grams, and how many there are."""
    for text in range(len(sums)):
        count = write_ngrams(data, offsets[text], offsets[text + 1], kinds, len(differences), found)
        total = 0.0
        for index in range(count):
            total += differences[found[index]]
        sums[text], counts[text] = total, count


@njit(cache=True, nogil=True)
def count_buckets(data: Bytes, offsets: Offsets, kinds: Bytes, found: Found, totals: Offsets) -> None:
    """Add all texts' n-grams to the counts of their buckets."""
    for text in range(len(offsets) - 1):
        count = write_ngrams(data, offsets[text], offsets[text + 1], kinds, len(totals), found)
        for index in range(count):
            totals[found[index]] += 1
