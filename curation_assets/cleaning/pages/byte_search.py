"""Looks for bytes eight at a time, and copies stretches. Importing this module imports numba."""

from typing import Any

import numpy as np
from numba import njit

from curation_assets.cleaning.kernels.utf8 import LOWEST_BITS, Bytes, eight_bytes

END = 8
"""Zeros behind a text, so that a tag or an entity is looked for without asking how much text is left."""
START: Any = np.int64(0)
NOWHERE: Any = np.int64(-1)
"""Positions to begin with: for a literal, numba compiles all that is called with it once more."""
_U = np.uint64
_EIGHT = 8
_HIGHEST_BITS = LOWEST_BITS << _U(7)


@njit(nogil=True)
def find(text: Bytes, at: int, stop: int, byte: int, ignored: int) -> int:
    """Return where the next of some bytes is, ``stop`` if there is none before.

    byte: has all bits of ``ignored``. Bytes count as equal that differ from it in these bits alone.
    """
    bits, wanted = LOWEST_BITS * _U(ignored), LOWEST_BITS * _U(byte)
    while at + _EIGHT <= stop:
        different = (eight_bytes(text, at) | bits) ^ wanted
        # Whether any of eight bytes is zero: only then does the subtraction borrow from a small one.
        if (different - LOWEST_BITS) & ~different & _HIGHEST_BITS:
            break
        at += _EIGHT
    while at < stop and (text[at] | ignored) != byte:
        at += 1
    return at


@njit(nogil=True)
def copy(text: Bytes, at: int, stop: int, out: Bytes, to: int) -> int:
    """Copy a stretch of a text to a position of another; return where it ends there."""
    first, start = _U(at), _U(to)
    for index in range(_U(stop - at)):
        out[start + index] = text[first + index]
    return to + stop - at
