"""Bullets and numbers for the tags of lists. Importing this module imports numba."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.cleaning.kernels.character_classes import SPACE
from curation_assets.cleaning.kernels.utf8 import Bytes, before, character
from curation_assets.cleaning.pages.byte_search import copy

Classes = NDArray[np.uint16]
Lists = NDArray[np.int64]
"""How many lists are open, and for each the number of its next item, 0 where items have bullets."""
NO_TAG, ITEM, ITEM_END, BULLETS, NUMBERS, LIST_END = range(6)
_LESS, _SLASH, _BLANK, _DOT, _NOUGHT = map(ord, "</ .0")
_I, _L, _O, _U = map(ord, "ilou")
_BULLET = np.frombuffer("\u2022 ".encode(), dtype=np.uint8)


@njit(nogil=True)
def list_tag(out: Bytes, piece: int, end: int) -> tuple[int, int]:
    """Return which tag of a list, but for its ``>``, ends a piece, and where that tag begins."""
    if end - piece < 3:
        return NO_TAG, end
    first, second = out[end - 2], out[end - 1]
    if second == _L and first == _U:
        tag = BULLETS
    elif second == _L and first == _O:
        tag = NUMBERS
    elif second == _I and first == _L:
        tag = ITEM
    else:
        return NO_TAG, end
    if out[end - 3] == _LESS:
        return tag, end - 3
    if out[end - 3] != _SLASH or end - piece < 4 or out[end - 4] != _LESS:
        return NO_TAG, end
    return ITEM_END if tag == ITEM else LIST_END, end - 4


@njit(nogil=True)
def write_list_tag(tag: int, out: Bytes, piece: int, to: int, lists: Lists, classes: Classes) -> int:
    """Write a bullet or a number for an item; take blanks off a piece before a list, spaces before its end.

    A piece is what is between two tags of lists. Returns where the text ends.
    """
    depth = lists[0]
    if tag == ITEM:
        return _write_item(out, to, lists)
    if tag in (BULLETS, NUMBERS):
        while to > piece and out[to - 1] == _BLANK:
            to -= 1
        lists[0] = depth + 1
        lists[depth + 1] = 1 if tag == NUMBERS else 0
    elif tag == LIST_END and depth:
        lists[0] = depth - 1
        while to > piece and classes[character(out, before(out, to))[0]] & SPACE:
            to = before(out, to)
    return to


@njit(nogil=True)
def _write_item(out: Bytes, to: int, lists: Lists) -> int:
    """Write a bullet, or the number of an item, which counts; return where the text ends."""
    number = lists[lists[0]] if lists[0] else 0
    if number == 0:
        return copy(_BULLET, 0, _BULLET.size, out, to)
    lists[lists[0]] += 1
    power = 1
    while 10 * power <= number:
        power *= 10
    while power:
        out[to] = _NOUGHT + number // power % 10
        power //= 10
        to += 1
    out[to], out[to + 1] = _DOT, _BLANK
    return to + 2
