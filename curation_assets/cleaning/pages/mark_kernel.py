"""Puts marks in place of the tags of links and headings. Importing this module imports numba."""

import numpy as np
from numba import njit

from curation_assets.cleaning.kernels.utf8 import Bytes
from curation_assets.cleaning.pages.byte_search import END, START, copy, find
from curation_assets.cleaning.pages.marks import HEADING, LINK, LINK_END, TITLE

_LESS, _GREATER, _SLASH, _QUOTE, _HASH = ord("<"), ord(">"), ord("/"), ord('"'), ord("#")
_A, _H, _ONE, _SIX = ord("a"), ord("h"), ord("1"), ord("6")
_LINK_TAG = np.frombuffer(b'<a href="', dtype=np.uint8)


@njit(nogil=True)
def mark_tags(markup: Bytes) -> tuple[Bytes, int]:
    """Return the markup with marks for the tags of links and headings, END zeros behind it, and its size.

    A link right behind the tag of a heading that leads to a place on the same page has no mark.

    markup: ends with END zeros.
    """
    out = np.empty(markup.size, np.uint8)
    size = markup.size - END
    at = to = START
    while True:
        tag = find(markup, at, size, _LESS, 0)
        to = copy(markup, at, tag, out, to)
        if tag == size:
            out[to : to + END] = 0
            return out, to
        at, mark = _marked_tag(markup, tag, size)
        if mark == HEADING and markup[tag + 2] == _ONE:
            out[to] = TITLE
            to += 1
        out[to] = mark
        to += 1


@njit(nogil=True)
def _marked_tag(markup: Bytes, at: int, size: int) -> tuple[int, int]:
    """Return where the tag that begins here ends, and its mark; the first character if it is no such tag."""
    second, end, mark = markup[at + 1], 0, 0
    if second == _H:
        end, mark = _heading_end(markup, at, size), HEADING
    elif second == _A:
        end, mark = _link_end(markup, at, size), LINK
    elif second == _SLASH and markup[at + 2] == _A and markup[at + 3] == _GREATER:
        end, mark = at + 4, LINK_END
    return (end, mark) if end else (at + 1, _LESS)


@njit(nogil=True)
def _heading_end(markup: Bytes, at: int, size: int) -> int:
    """Return where ``<h1>`` to ``<h6>`` ends, with the tag of a link to the same page; 0 if there is none."""
    if markup[at + 1] != _H or not _ONE <= markup[at + 2] <= _SIX or markup[at + 3] != _GREATER:
        return 0
    end = at + 4
    if not _begins_link(markup, end) or markup[end + _LINK_TAG.size] != _HASH:
        return end
    quote = find(markup, end + _LINK_TAG.size, size, _QUOTE, 0)
    return quote + 2 if markup[quote + 1] == _GREATER else end


@njit(nogil=True)
def _link_end(markup: Bytes, at: int, size: int) -> int:
    """Return where the tag of a link ends, 0 if none begins here. No quote of a heading ends it."""
    if not _begins_link(markup, at):
        return 0
    at += _LINK_TAG.size
    while at < size and markup[at] != _QUOTE:
        heading = _heading_end(markup, at, size) if markup[at] == _LESS else 0
        at = heading if heading else at + 1
    return at + 2 if markup[at + 1] == _GREATER else 0


@njit(nogil=True)
def _begins_link(markup: Bytes, at: int) -> bool:
    for index in range(_LINK_TAG.size):  # noqa: SIM110
        if markup[at + index] != _LINK_TAG[index]:
            return False
    return True
