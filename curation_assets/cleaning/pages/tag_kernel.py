"""Writes the tags of a page's reduced markup as text. Importing this module imports numba."""

import numpy as np
from numba import njit

from curation_assets.cleaning.kernels.character_classes import SPACE
from curation_assets.cleaning.kernels.utf8 import Bytes, character
from curation_assets.cleaning.pages.byte_search import END, START, copy, find
from curation_assets.cleaning.pages.list_kernel import (
    ITEM,
    ITEM_END,
    LIST_END,
    NO_TAG,
    Classes,
    Lists,
    list_tag,
    write_list_tag,
)

_LESS, _GREATER, _SLASH = ord("<"), ord(">"), ord("/")
_TAB, _BREAK, _BLANK = ord("\t"), ord("\n"), ord(" ")
_B, _E, _H, _I, _L, _P, _R = map(ord, "behilpr")
_ONE, _SIX = map(ord, "16")
_PRE, _PRE_END = (np.frombuffer(tag, dtype=np.uint8) for tag in (b"<pre>", b"</pre>"))


@njit(nogil=True)
def write_tags(marked: Bytes, size: int, classes: Classes) -> tuple[Bytes, int]:
    """Return the text of a page whose links and headings are marks, END zeros behind it, and its size.

    marked: has END zeros behind its ``size`` bytes.
    """
    # The longest text for a tag is the number of an item: 10 digits and 2 others for the 4 bytes of "<li>".
    out, flow = np.empty(3 * size + END, np.uint8), np.empty(3 * size, np.uint8)
    lists = np.empty(size // 4 + 2, np.int64)
    lists[0] = 0
    at = to = START
    while at < size:
        start, end = _preformatted(marked, at, size)
        end_of_flow = _write_flow(marked, at, start, flow, lists, classes)
        to = _write_tidily(flow, end_of_flow, out, to, classes)
        at = size
        if start < size:
            to = _write_preformatted(marked, start + _PRE.size, end, out, to)
            at = end + _PRE_END.size
    out[to : to + END] = 0
    return out, to


@njit(nogil=True)
def _preformatted(text: Bytes, at: int, size: int) -> tuple[int, int]:
    """Return where the next ``<pre>`` and the next ``</pre>`` behind it begin, the size if there are none."""
    start = _find(text, at, size, _PRE)
    end = _find(text, start, size, _PRE_END)
    return (start, end) if end < size else (size, size)


@njit(nogil=True)
def _find(text: Bytes, at: int, size: int, tag: Bytes) -> int:
    at = find(text, at, size, _LESS, 0)
    while at < size and not _begins(text, at, tag):
        at = find(text, at + 1, size, _LESS, 0)
    return at


@njit(nogil=True)
def _begins(text: Bytes, at: int, tag: Bytes) -> bool:
    for index in range(tag.size):  # noqa: SIM110
        if text[at + index] != tag[index]:
            return False
    return True


@njit(nogil=True)
def _write_preformatted(marked: Bytes, at: int, stop: int, out: Bytes, to: int) -> int:
    """Write lines for the tags that end a line, and nothing for all others; return where the text ends."""
    opened = -1
    while at < stop:
        byte = marked[at]
        if byte == _LESS:
            behind = _line_tag_end(marked, at)
            if behind:
                out[to] = _BREAK
                to += 1
                at = behind
                continue
            opened = to
        elif byte == _GREATER and opened >= 0:
            to, opened = opened, -1
            at += 1
            continue
        out[to] = byte
        to += 1
        at += 1
    return to


@njit(nogil=True)
def _line_tag_end(text: Bytes, at: int) -> int:
    """Return where ``<br>``, ``</p>``, ``</li>``, ``</h1>`` and the like end, 0 if none begins here.

    The line break behind a closing tag is part of it.
    """
    if text[at + 1] == _B:
        return at + 4 if text[at + 2] == _R and text[at + 3] == _GREATER else 0
    if text[at + 1] != _SLASH:
        return 0
    first, second, third = text[at + 2], text[at + 3], text[at + 4]
    if first == _P and second == _GREATER:
        end = at + 4
    elif third == _GREATER and ((first == _L and second == _I) or (first == _H and _ONE <= second <= _SIX)):
        end = at + 5
    else:
        return 0
    return end + (text[end] == _BREAK)


@njit(nogil=True)
def _plain_tag_end(text: Bytes, at: int) -> int:
    """Return where ``<p>``, ``<br>``, ``<h1>``, ``<pre>``, their like or their end tags end; 0 if no such."""
    at += 2 if text[at + 1] == _SLASH else 1
    first, second, third = text[at], text[at + 1], text[at + 2]
    if first == _P and second == _GREATER:
        return at + 2
    if first == _P:
        return at + 4 if second == _R and third == _E and text[at + 3] == _GREATER else 0
    if (first == _B and second == _R) or (first == _H and _ONE <= second <= _SIX):
        return at + 3 if third == _GREATER else 0
    return 0


@njit(nogil=True)
def _write_flow(marked: Bytes, at: int, stop: int, out: Bytes, lists: Lists, classes: Classes) -> int:
    """Write what is not preformatted; return the size of the text."""
    to = piece = START  # a piece is what is between two tags of lists
    while at < stop:
        bracket = find(marked, at, stop, _GREATER, _LESS ^ _GREATER)
        to = copy(marked, at, bracket, out, to)
        if bracket == stop:
            break
        at, tag, tag_start = bracket + 1, NO_TAG, to
        if marked[bracket] == _LESS:
            behind = _plain_tag_end(marked, bracket)
            if behind:
                at = behind
                continue
        else:
            # A tag of a list is seen at its end, for there may have been other tags within it.
            tag, tag_start = list_tag(out, piece, to)
        if tag == NO_TAG:
            out[to] = marked[bracket]
            to += 1
        else:
            to = piece = write_list_tag(tag, out, piece, tag_start, lists, classes)
            at = _behind_space(marked, at, stop, tag, classes)
    return to


@njit(nogil=True)
def _behind_space(marked: Bytes, at: int, stop: int, tag: int, classes: Classes) -> int:
    """Return where the text goes on: behind the spaces that begin an item, or the line break of a list."""
    if tag in (ITEM_END, LIST_END):
        return at
    while at < stop:
        behind = _plain_tag_end(marked, at) if marked[at] == _LESS else 0
        if behind:
            at = behind
            continue
        code, width = character(marked, at)
        if tag != ITEM:
            return at + (code == _BREAK)
        if not classes[code] & SPACE:
            return at
        at += width
    return at


@njit(nogil=True)
def _write_tidily(text: Bytes, size: int, out: Bytes, to: int, classes: Classes) -> int:
    """Write one tab for two, no spaces around tabs, no single space before a line; return the end."""
    start, at = to, START
    while at < size:
        blank = find(text, at, size, _TAB | _BREAK, _TAB ^ _BREAK)  # or one of two that pages do not have
        to = copy(text, at, blank, out, to)
        at = blank
        if at == size:
            break
        if text[at] == _TAB:
            while to > start and out[to - 1] == _BLANK:
                to -= 1
            while at < size and text[at] == _TAB:
                at += 1
            for _ in range((at - blank + 1) // 2):
                out[to] = _TAB
                to += 1
            while at < size and text[at] == _BLANK:
                at += 1
            continue
        out[to] = text[at]
        to += 1
        at += 1
        if text[at - 1] == _BREAK and at + 1 < size and text[at] == _BLANK:
            at += classes[character(text, at + 1)[0]] & SPACE == 0
    return to
