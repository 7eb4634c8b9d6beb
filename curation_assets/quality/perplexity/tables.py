"""Open-addressed tables from 64-bit keys to rows, compiled by numba.

Import this module inside functions only. A table is uint64 [slots, columns], so that a slot lies in one line
of the processor's cache: the first column is the key, 0 in an empty slot. The number of slots is a power of
two.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Table = NDArray[np.uint64]

EMPTY, SPREAD, FULL_LOAD = np.uint64(0), np.uint64(0x9E3779B97F4A7C15), 0.6
ONE, SHIFT = np.uint64(1), np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def slot_of(table: Table, key: np.uint64) -> np.int64:
    """Return the slot that holds a key, or the empty one where it belongs."""
    mask = np.uint64(len(table) - 1)
    mixed = key * SPREAD
    slot = (mixed ^ mixed >> SHIFT) & mask
    while table[slot, 0] != key and table[slot, 0] != EMPTY:
        slot = slot + ONE & mask
    return np.int64(slot)


@njit(cache=True, nogil=True)
def fill(table: Table, keys: NDArray[np.uint64], rows: NDArray[np.uint64]) -> int:
    """Put keys with their rows into a table; return how many of them were in it already."""
    twice = 0
    for at in range(len(keys)):
        slot = slot_of(table, keys[at])
        twice += table[slot, 0] != EMPTY
        table[slot, 0], table[slot, 1] = keys[at], rows[at]
    return twice


def table_of(keys: NDArray[np.uint64], rows: NDArray[np.uint64]) -> tuple[Table, int]:
    """Return a table of keys (uint64 [n], none of them 0) with their rows, and how many came twice."""
    slots = 1 << max(4, (2 * len(keys)).bit_length())
    table = np.zeros((slots, 2), np.uint64)
    return table, fill(table, keys, rows)
