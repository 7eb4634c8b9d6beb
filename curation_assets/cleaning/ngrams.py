"""Compiled counting of repeated word sequences. Importing this module imports numba."""

import numpy as np
from numba import njit


@njit(cache=True)
def _mix(value):  # type: ignore[no-untyped-def]
    value ^= value >> np.uint64(32)
    value *= np.uint64(0xD6E8FEB86659FD93)
    value ^= value >> np.uint64(29)
    return value


@njit(cache=True)
def _slot(keys, key):  # type: ignore[no-untyped-def]
    mask = keys.size - 1
    slot = np.int64(key & np.uint64(mask))
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True)
def _top(hashes, ends, size, gap, keys, counts):  # type: ignore[no-untyped-def]
    keys[:] = 0
    counts[:] = 0
    for start in range(hashes.size - size + 1):
        slot = _slot(keys, hashes[start])
        keys[slot] = hashes[start]
        counts[slot] += 1
    best, best_count = 0, 1
    for start in range(hashes.size - size + 1):
        count = counts[_slot(keys, hashes[start])]
        if count > best_count:
            best, best_count = start, count
    if best_count < 2:
        return 0
    return best_count * (ends[best + size] - ends[best] + gap * (size - 1))


@njit(cache=True)
def _duplicates(hashes, ends, size, keys):  # type: ignore[no-untyped-def]
    keys[:] = 0
    characters, start = 0, 0
    while start < hashes.size - size + 1:
        slot = _slot(keys, hashes[start])
        if keys[slot] == 0:
            keys[slot] = hashes[start]
            start += 1
        else:
            characters += ends[start + size] - ends[start]
            start += size
    return characters


@njit(cache=True)
def repeated_characters(ids, lengths, unspaced):  # type: ignore[no-untyped-def]
    """Return int64 [9]: characters in the top 2- to 4-gram, then in duplicate 5- to 10-grams.

    ids: int64 [words], equal for equal words; lengths: int64 [words], characters. A top n-gram has the spaces
    between its words; with ``unspaced`` it has none, and an n-gram is of 2 n words. A sequence that occurs
    once is no repetition: 0. Sequences are compared by 64-bit hashes.
    """
    result = np.zeros(9, np.int64)
    count = ids.size
    ends = np.zeros(count + 1, np.int64)
    for index in range(count):
        ends[index + 1] = ends[index] + lengths[index]
    capacity = 16
    while capacity < 2 * count:
        capacity *= 2
    keys = np.zeros(capacity, np.uint64)
    counts = np.zeros(capacity, np.int32)
    hashes = np.zeros(count, np.uint64)
    scale, gap = (2, 0) if unspaced else (1, 1)
    for size in range(1, min(count, 10 * scale) + 1):
        for start in range(count - size + 1):
            word = np.uint64(ids[start + size - 1]) + np.uint64(1)
            mixed = _mix(hashes[start] * np.uint64(0x9E3779B97F4A7C15) + word)
            hashes[start] = mixed if mixed != 0 else np.uint64(1)
        words, rest = divmod(size, scale)
        if rest or words < 2:
            continue
        if words <= 4:
            result[words - 2] = _top(hashes, ends, size, gap, keys, counts)
        else:
            result[words - 2] = _duplicates(hashes, ends, size, keys)
    return result
