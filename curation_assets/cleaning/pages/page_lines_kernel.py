"""From reduced HTML to text, and which of its lines go. Importing this module imports numba."""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.cleaning.kernels import character_classes, utf8
from curation_assets.cleaning.kernels.utf8 import Bytes
from curation_assets.cleaning.pages import (
    byte_search,
    line_table,
    link_kernel,
    list_kernel,
    mark_kernel,
    marks,
    tag_kernel,
)
from curation_assets.cleaning.pages.byte_search import NOWHERE, START, copy, find
from curation_assets.cleaning.pages.line_table import (
    BLANK,
    HAS_HEADING,
    HAS_TAB,
    HAS_TITLE,
    Column,
    Table,
    sizes_of,
    table_of,
)
from curation_assets.cleaning.pages.link_kernel import write_links
from curation_assets.cleaning.pages.list_kernel import Classes
from curation_assets.cleaning.pages.mark_kernel import mark_tags
from curation_assets.cleaning.pages.marks import LINK, TITLE
from curation_assets.cleaning.pages.tag_kernel import write_tags
from curation_assets.text.compiled import sources

_OWN = (byte_search, line_table, link_kernel, list_kernel, mark_kernel, marks, tag_kernel)
PARTS = (character_classes, utf8, *_OWN)
Dropped = NDArray[np.bool_]
_START, _STOP, _CHARACTERS, _SIGNS, _LINKS = map(int, Column)
_BREAK = ord("\n")
_CONTROLS = 7  # up to here there is no other character in most pages
_RUN = 3
_LEAST = 0.3


def _compiled_reading(made_of: str) -> Callable[..., tuple[Bytes, Table, Dropped, int, int, int]]:
    @njit(cache=True, nogil=True)
    def read(markup: Bytes, classes: Classes, trim: bool) -> tuple[Bytes, Table, Dropped, int, int, int]:
        assert made_of  # see ``sources``
        marked, size = mark_tags(markup)
        tagless, size = write_tags(marked, size, classes)
        text, size = write_links(tagless, size, classes)
        table = table_of(text, size, classes)
        dropped = np.zeros(len(table), np.bool_)
        last = NOWHERE
        if trim:
            _drop_runs(table, dropped)
            _drop_start(table, dropped)
            last = _drop_end(table, dropped, len(table) - 1)
        sized, linked = sizes_of(text, size)
        return text[:size], table, dropped, last, sized, linked

    return read


def _compiled_end(made_of: str) -> Callable[[Table, Dropped, int], int]:
    @njit(cache=True, nogil=True)
    def drop_end(table: Table, dropped: Dropped, index: int) -> int:
        assert made_of
        return _drop_end(table, dropped, index)

    return drop_end


def _compiled_writing(made_of: str) -> Callable[[Bytes, Table, Dropped], Bytes]:
    @njit(cache=True, nogil=True)
    def write(text: Bytes, table: Table, dropped: Dropped) -> Bytes:
        assert made_of
        characters, kept = len(table) - 1, 0
        for line in range(len(table)):
            characters += table[line, _CHARACTERS]
            kept += 0 if dropped[line] else table[line, _CHARACTERS]
        every = kept < _LEAST * characters
        out = np.empty(text.size + 1, np.uint8)
        to = index = START
        while index < len(table):
            first = index
            while index < len(table) and (every or not dropped[index]):
                index += 1
            if first < index:
                to = _write_unmarked(text, table[first, _START], table[index - 1, _STOP], out, to)
                out[to] = _BREAK
                to += 1
            index += 1
        return out[: max(to - 1, 0)]

    return write


@njit(nogil=True)
def _drop_end(table: Table, dropped: Dropped, index: int) -> int:
    while index >= 0:
        signs = table[index, _SIGNS]
        if not (dropped[index] or signs & (BLANK | HAS_HEADING) or table[index, _LINKS]):
            break
        dropped[index] = True
        index -= 1
    return index


@njit(nogil=True)
def _write_unmarked(text: Bytes, at: int, stop: int, out: Bytes, to: int) -> int:
    """Write a stretch of a text without its marks; return where the written ends."""
    while at < stop:
        mark = find(text, at, stop, _CONTROLS, _CONTROLS)
        to = copy(text, at, mark, out, to)
        if mark < stop and not LINK <= text[mark] <= TITLE:
            out[to] = text[mark]
            to += 1
        at = mark + 1
    return to


@njit(nogil=True)
def _drop_runs(table: Table, dropped: Dropped) -> None:
    """Drop the lines of runs of at least 3 links, and headings over nothing else; no rows of tables."""
    first, last, links = NOWHERE, NOWHERE, START
    for index in range(len(table)):
        signs = table[index, _SIGNS]
        if table[index, _LINKS] and not signs & (HAS_TAB | HAS_TITLE):
            first = index if first < 0 else first
            last = index
            links += table[index, _LINKS]
        elif not signs & BLANK:
            if links >= _RUN:
                _drop_run(table, dropped, first, last)
            first, links = -1, 0
    if links >= _RUN:
        _drop_run(table, dropped, first, last)


@njit(nogil=True)
def _drop_run(table: Table, dropped: Dropped, first: int, last: int) -> None:
    """Drop a run of lines, without the blank ones, and a heading before it that has nothing else below."""
    for index in range(first, last + 1):
        dropped[index] = not table[index, _SIGNS] & BLANK
    heading, after = _neighbour(table, first, -1), _neighbour(table, last, 1)
    if heading < 0 or not table[heading, _SIGNS] & HAS_HEADING or _neighbour(table, heading, -1) < 0:
        return
    if after < 0 or table[after, _SIGNS] & HAS_HEADING:
        dropped[heading] = True


@njit(nogil=True)
def _neighbour(table: Table, index: int, step: int) -> int:
    """Return the next line that is not blank, -1 if there is none."""
    index += step
    while 0 <= index < len(table):
        if not table[index, _SIGNS] & BLANK:
            return index
        index += step
    return -1


@njit(nogil=True)
def _drop_start(table: Table, dropped: Dropped) -> None:
    """Drop lines that are blank or links until there is another, or a heading."""
    for index in range(len(table)):
        signs, links = table[index, _SIGNS], table[index, _LINKS]
        if not (dropped[index] or signs & BLANK or (links and not signs & HAS_HEADING)):
            return
        dropped[index] = True


_SOURCES = sources(*PARTS)
read = _compiled_reading(_SOURCES)
"""Return a text (uint8 [bytes]), its table, which of its lines go if it is to be trimmed (bool [lines]), the
last line that stays, and how many characters, blanks and marks aside, the text and its links have.

The last line is -1 if none stays or nothing is trimmed; it goes as well if it is a copyright notice.

markup: uint8 [bytes], UTF-8 and END zeros; lone surrogates are three bytes each.
"""
drop_end = _compiled_end(_SOURCES)
"""Drop lines that are blank, a heading or links, from one backwards; return the first that stays, or -1."""
write = _compiled_writing(_SOURCES)
"""Return the text without marks and dropped lines (uint8 [bytes]), or with all if little would be left."""


def line_at(text: Bytes, table: Table, index: int) -> Bytes:
    """Return the bytes of a line, with its marks."""
    return text[table[index, _START] : table[index, _STOP]]
