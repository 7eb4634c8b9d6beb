"""Open-addressed tables from 64-bit keys to rows, compiled by numba.

Import this module inside functions only. A key of 0 marks an empty slot; the number of slots is a power of
two.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Rows = NDArray[np.uint32]

EMPTY, SPREAD, FULL_LOAD = np.uint64(0), np.uint64(0x9E3779B97F4A7C15), 0.6
SHIFT = np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def slot_of(keys: Keys, key: np.uint64) -> np.int64:
    """Return the slot that holds a key, or the empty one where it belongs."""
    mask = np.uint64(len(keys) - 1)
    mixed = key * SPREAD
    slot = (mixed ^ mixed >> SHIFT) & mask
    while keys[slot] != key and keys[slot] != EMPTY:
        slot = slot + np.uint64(1) & mask
    return np.int64(slot)


@njit(cache=True, nogil=True)
def fill(keys: Keys, rows: Rows, new_keys: Keys, new_rows: Rows) -> int:
    """Put keys with their rows into a table; return how many of them were in it already."""
    twice = 0
    for at in range(len(new_keys)):
        slot = slot_of(keys, new_keys[at])
        twice += keys[slot] != EMPTY
        keys[slot], rows[slot] = new_keys[at], new_rows[at]
    return twice


def slots_for(count: int) -> int:
    """Return a number of slots of which ``count`` keys take at most about half."""
    return 1 << max(4, (2 * count).bit_length())


def table_of(keys: Keys, rows: Rows) -> tuple[Keys, Rows, int]:
    """Return a table of the keys (uint64 [n], none of them 0), its rows, and how many keys came twice."""
    slots = slots_for(len(keys))
    table, values = np.zeros(slots, np.uint64), np.zeros(slots, np.uint32)
    return table, values, fill(table, values, keys, rows)
