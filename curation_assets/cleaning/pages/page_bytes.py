"""Compiled functions for the bytes of a page, which are UTF-8. Importing this module imports numba."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]


@njit(nogil=True)
def blank(data: Bytes, position: int) -> int:
    r"""Return the bytes of the blank (``\s`` of Python's ``re``) that stands there, or 0."""
    byte = data[position]
    if byte < 0x80:
        return 1 if byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31 else 0
    left = len(data) - position
    if byte == 0xC2 and left > 1:
        return 2 if data[position + 1] == 0x85 or data[position + 1] == 0xA0 else 0
    if left < 3:
        return 0
    second, third = data[position + 1], data[position + 2]
    found = (
        (byte == 0xE1 and second == 0x9A and third == 0x80)
        or (byte == 0xE2 and second == 0x80 and (third <= 0x8A or third in (0xA8, 0xA9, 0xAF)))
        or (byte == 0xE2 and second == 0x81 and third == 0x9F)
        or (byte == 0xE3 and second == 0x80 and third == 0x80)
    )
    return 3 if found else 0


@njit(nogil=True)
def all_blank(data: Bytes, start: int, stop: int) -> bool:
    while start < stop:
        width = blank(data, start)
        if width == 0:
            return False
        start += width
    return True


@njit(nogil=True)
def has_marks(data: Bytes) -> bool:
    found = 0
    for byte in data:
        found |= (byte >= 2) & (byte <= 5)
    return found > 0


@njit(nogil=True)
def in_characters(data: Bytes, rows: Integers) -> None:
    """Turn offsets of bytes into those of characters."""
    position = inner = 0
    for row in range(len(rows)):
        for column in range(2):
            for byte in data[position : rows[row, column]]:
                inner += byte & 0xC0 == 0x80
            position = rows[row, column]
            rows[row, column] -= inner
