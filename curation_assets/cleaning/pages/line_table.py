"""What is known of every line of a page's text. Importing this module imports numba."""

from enum import IntEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.cleaning.kernels.character_classes import IN_RUN, SINGLE, SPACE
from curation_assets.cleaning.kernels.utf8 import Bytes, character
from curation_assets.cleaning.pages.link_kernel import LONGEST
from curation_assets.cleaning.pages.list_kernel import Classes
from curation_assets.cleaning.pages.marks import HEADING, LINK, LINK_END, TITLE

Table = NDArray[np.int64]
BLANK, HAS_HEADING, HAS_TITLE, HAS_TAB = 1, 2, 4, 8
"""Bits of a line's signs."""
# Bits of bytes: those of lines, whether the byte counts for the size of a text, and whether it begins a
# character.
_HAS_COMMA, _HAS_LINK, _SIZED, _FIRST = 16, 32, 64, 128
# Of a line of navigation, at most this share is outside of links ("Next:", "Up:").
_UNLINKED = 0.2
_BREAK = ord("\n")


class Column(IntEnum):
    """What is known of a line."""

    START = 0
    """Its first byte in the text."""
    STOP = 1
    """The byte behind its last."""
    CHARACTERS = 2
    SIGNS = 3
    LINKS = 4
    """How many links a line has that is links but for a few characters, and 0 for any other."""


_START, _STOP, _CHARACTERS, _SIGNS, _LINKS = map(int, Column)
_COLUMNS = len(Column)


def _bits_of_bytes() -> NDArray[np.uint8]:
    bits = np.full(256, _SIZED | _FIRST, np.uint8)
    bits[0x80:0xC0] = 0
    bits[[ord(" "), _BREAK, ord("\t"), LINK, LINK_END, HEADING, TITLE]] = _FIRST
    for byte, bit in (("\t", HAS_TAB), (",", _HAS_COMMA)):
        bits[ord(byte)] |= bit
    for mark, bit in ((LINK, _HAS_LINK), (HEADING, HAS_HEADING), (TITLE, HAS_TITLE)):
        bits[mark] |= bit
    return bits


_BITS = _bits_of_bytes()


@njit(nogil=True)
def table_of(text: Bytes, size: int, classes: Classes) -> Table:
    """Return a row for each line of a text of ``size`` bytes (int64 [lines, 5]), see Column."""
    table = np.zeros((1 + np.sum(text[:size] == _BREAK), _COLUMNS), np.int64)
    at = 0
    for row in table:
        row[_START] = at
        signs, characters = 0, 0
        while at < size and text[at] != _BREAK:
            bits = _BITS[text[at]]
            signs |= bits
            characters += bits >> 7
            at += 1
        row[_STOP], row[_CHARACTERS] = at, characters
        row[_SIGNS] = signs & (HAS_HEADING | HAS_TITLE | HAS_TAB)
        if _is_blank(text, row[_START], at, classes):
            row[_SIGNS] |= BLANK
        if signs & _HAS_LINK:
            row[_LINKS] = _links_in(text, row[_START], at, classes)
            if signs & _HAS_COMMA and row[_LINKS]:
                # Names with commas between them are part of a text, such as the interfaces of a class.
                row[_LINKS] = 1
        at += 1
    return table


@njit(nogil=True)
def _is_blank(text: Bytes, at: int, stop: int, classes: Classes) -> bool:
    while at < stop:
        code, width = character(text, at)
        if not classes[code] & SPACE:
            return False
        at += width
    return True


@njit(nogil=True)
def _links_in(text: Bytes, at: int, stop: int, classes: Classes) -> int:
    """Return how many links a line has, 0 if it is more than links."""
    links = characters = letters = linked = linked_letters = 0
    opened, opened_letters = -1, 0
    while at < stop:
        code, width = character(text, at)
        at += width
        if code == LINK:
            links += 1
            opened, opened_letters = characters + 1, letters
        elif code == LINK_END:
            if opened >= 0 and characters - opened <= LONGEST:
                linked += characters - opened
                linked_letters += letters - opened_letters
            opened = -1
        characters += 1
        letters += classes[code] & (IN_RUN | SINGLE) != 0
    if 2 * linked < characters or letters - linked_letters > _UNLINKED * letters:
        return 0
    return links


@njit(nogil=True)
def sizes_of(text: Bytes, size: int) -> tuple[int, int]:
    """Return how many characters, blanks and marks aside, a text of ``size`` bytes and its links have."""
    characters = sized = linked = before = 0
    opened = -1
    for at in range(size):
        byte = text[at]
        if byte == LINK:
            opened, before = characters + 1, sized
        elif byte == LINK_END:
            if opened >= 0 and characters - opened <= LONGEST:
                linked += sized - before
            opened = -1
        bits = _BITS[byte]
        characters += bits >> 7
        sized += bits >> 6 & 1
    return sized, linked
