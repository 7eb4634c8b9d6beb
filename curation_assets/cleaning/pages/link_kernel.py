"""Brings the links of a page's text into their final form. Importing this module imports numba."""

import numpy as np
from numba import njit

from curation_assets.cleaning.kernels.character_classes import SPACE
from curation_assets.cleaning.kernels.utf8 import Bytes, before, character
from curation_assets.cleaning.pages.byte_search import NOWHERE, START, copy
from curation_assets.cleaning.pages.list_kernel import Classes
from curation_assets.cleaning.pages.marks import LINK, LINK_END

LONGEST = 500
"""Characters of a link, behind its first line if it has several: one that is longer was never closed."""
_BREAK, _SEMICOLON = ord("\n"), ord(";")
_AND, _A, _G, _L, _M, _O, _P, _Q, _T, _U = map(ord, "&aglmopqtu")
_LESS, _GREATER, _QUOTE = map(ord, '<>"')
_PILCROW, _HASH, _SECTION, _CHAIN, _ANCHOR = map(ord, "\u00b6#\u00a7\U0001f517\u2693")


@njit(nogil=True)
def write_links(text: Bytes, size: int, classes: Classes) -> tuple[Bytes, int]:
    """Return a text without links to itself, with a link on each line for one of several lines; and its size.

    Entities become the characters that they stand for.

    text: has END zeros behind its ``size`` bytes.
    """
    # A link of n lines has n - 1 line breaks, and gives 2 n marks in place of 2.
    out = np.empty(2 * size + 2, np.uint8)
    # ``opened`` is where the last mark is if it starts a link, ``earlier`` the same before that one.
    opened = earlier = NOWHERE
    at = to = joined = START
    while at < size:
        byte = text[at]
        at += 1
        if byte == _AND:
            byte, width = _entity(text, at)
            at += width
        elif byte == LINK:
            earlier, opened = opened, to
        elif byte == LINK_END:
            # Where a link to the page itself was taken out of another, that one is not looked at again.
            if opened >= joined and _is_permalink(out, opened + 1, to, classes):
                to = joined = opened
                opened, earlier = earlier, -1
                continue
            if opened >= 0:
                to = _close(out, opened, to, classes)
                opened, joined = -1, 0
                continue
        out[to] = byte
        to += 1
    return out, to


@njit(nogil=True)
def _entity(text: Bytes, at: int) -> tuple[np.uint8, int]:
    """Return the character for an entity, and the width of what is behind its ``&``: 0 if it is none."""
    first, second, third = text[at], text[at + 1], text[at + 2]
    if first == _L and second == _T and third == _SEMICOLON:
        return np.uint8(_LESS), 3
    if first == _G and second == _T and third == _SEMICOLON:
        return np.uint8(_GREATER), 3
    if first == _A and second == _M and third == _P and text[at + 3] == _SEMICOLON:
        return np.uint8(_AND), 4
    if first == _Q and second == _U and third == _O and text[at + 3] == _T and text[at + 4] == _SEMICOLON:
        return np.uint8(_QUOTE), 5
    return np.uint8(_AND), 0


@njit(nogil=True)
def _is_permalink(out: Bytes, at: int, stop: int, classes: Classes) -> bool:
    """Say whether the text of a link is a sign that stands for the address of a heading, or none."""
    while at < stop:
        code, width = character(out, at)
        if not (classes[code] & SPACE or code in (_PILCROW, _HASH, _SECTION, _CHAIN, _ANCHOR)):
            return False
        at += width
    return True


@njit(nogil=True)
def _close(out: Bytes, opened: int, to: int, classes: Classes) -> int:
    """Write the end of a link, or a link for each of its lines; return where the text ends."""
    line_break = opened + 1
    while line_break < to and out[line_break] != _BREAK:
        line_break += 1
    if line_break < to and _characters(out, line_break + 1, to) <= LONGEST:
        lines = np.empty(to - opened - 1, np.uint8)
        copy(out, opened + 1, to, lines, 0)
        return _write_lines(lines, out, opened, classes)
    out[to] = LINK_END
    return to + 1


@njit(nogil=True)
def _characters(out: Bytes, at: int, stop: int) -> int:
    count = 0
    for index in range(at, stop):
        count += out[index] & 0xC0 != 0x80
    return count


@njit(nogil=True)
def _write_lines(lines: Bytes, out: Bytes, to: int, classes: Classes) -> int:
    """Write every line that is not blank, without the spaces around it, as a link."""
    at = START
    while True:
        stop = at
        while stop < lines.size and lines[stop] != _BREAK:
            stop += 1
        first, last = _stripped(lines, at, stop, classes)
        if first < last:
            out[to] = LINK
            to = copy(lines, first, last, out, to + 1)
            out[to] = LINK_END
            to += 1
        if stop == lines.size:
            return to
        out[to] = _BREAK
        to += 1
        at = stop + 1


@njit(nogil=True)
def _stripped(text: Bytes, at: int, stop: int, classes: Classes) -> tuple[int, int]:
    """Return where a line without the spaces at both ends begins and ends."""
    while at < stop:
        code, width = character(text, at)
        if not classes[code] & SPACE:
            break
        at += width
    while at < stop and classes[character(text, before(text, stop))[0]] & SPACE:
        stop = before(text, stop)
    return at, stop
