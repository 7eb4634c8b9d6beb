"""How many attributes a tag of a page may have at most. Importing this module imports numba.

A scan that ends a tag at the first ">" misses ``a=">" b=">"``; one that knows quotes may take a "<" in a
script for a tag, and its quotes then hide the tags that follow. So each "<" is followed to where it would end
as a tag, all of them in one pass: those in the same state end together, and only the largest count is kept.
"""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.cleaning.kernels import utf8
from curation_assets.cleaning.pages import byte_search, page_bytes
from curation_assets.cleaning.pages.byte_search import START, find
from curation_assets.cleaning.pages.page_bytes import Bytes, Integers
from curation_assets.text.compiled import sources

PARTS = (byte_search, page_bytes, utf8)
# States of the tokenizer of HTML (WHATWG, section "Tokenization") from "<" on. Those that treat the next
# character alike are one, as are a tag that has ended and what is no tag.
_STATES = range(10)
_OPEN, _CLOSING, _TAG, _BEFORE, _NAME, _AFTER, _VALUE, _QUOTED, _APOSTROPHED, _UNQUOTED = _STATES
_ENDED = len(_STATES)
_OTHER, _LETTER, _BLANK, _SLASH, _GREATER, _EQUALS, _QUOTE, _APOSTROPHE = range(8)
_LESS, _MARKS = ord("<"), (ord('"'), ord("'"))


def _kinds() -> NDArray[np.uint8]:
    """Return the kind of each byte."""
    kinds = np.full(256, _OTHER, np.uint8)
    kinds[ord("a") : ord("z") + 1] = kinds[ord("A") : ord("Z") + 1] = _LETTER
    kinds[list(b" \t\n\r\f")] = _BLANK
    kinds[list(b"/>=\"'")] = _SLASH, _GREATER, _EQUALS, _QUOTE, _APOSTROPHE
    return kinds


def _steps() -> NDArray[np.uint8]:
    """Return the next state by state and kind of byte."""
    steps = np.empty((len(_STATES), 8), np.uint8)
    usual = (_ENDED, _ENDED, _TAG, _NAME, _NAME, _NAME, _UNQUOTED, _QUOTED, _APOSTROPHED, _UNQUOTED)
    steps[:] = np.array(usual)[:, None]
    steps[[_OPEN, _CLOSING], _LETTER] = _TAG
    steps[_OPEN, _SLASH] = _CLOSING
    steps[[_TAG, _BEFORE, _UNQUOTED], _BLANK] = _BEFORE
    steps[[_NAME, _AFTER], _BLANK] = _AFTER
    steps[_VALUE, _BLANK] = _VALUE
    steps[[_TAG, _BEFORE, _NAME, _AFTER], _SLASH] = _BEFORE
    steps[[_NAME, _AFTER], _EQUALS] = _VALUE
    steps[_VALUE, [_QUOTE, _APOSTROPHE]] = _QUOTED, _APOSTROPHED
    steps[_QUOTED, _QUOTE] = steps[_APOSTROPHED, _APOSTROPHE] = _BEFORE
    steps[[_TAG, _BEFORE, _NAME, _AFTER, _VALUE, _UNQUOTED], _GREATER] = _ENDED
    return steps


_KINDS, _STEPS = _kinds(), _steps()


@njit(nogil=True)
def _begins(data: Bytes, less: int, joined: bool) -> bool:
    """Say whether to follow a "<": each, or those of ``html`` and ``body``."""
    if not joined:
        return True
    if less + 5 > len(data):
        return False
    a, b, c, d = data[less + 1] | 32, data[less + 2] | 32, data[less + 3] | 32, data[less + 4] | 32
    is_html = a == 104 and b == 116 and c == 109 and d == 108
    return is_html or (a == 98 and b == 111 and c == 100 and d == 121)


@njit(nogil=True)
def _step(counts: Integers, before: Integers, kind: int) -> tuple[int, int]:
    """Take all over a byte; return how many states are left, and the last. counts: -1 where none is."""
    before[:] = counts
    counts[:] = -1
    left = last = 0
    for state in range(_ENDED):
        after = _STEPS[state, kind]
        if before[state] >= 0 and after != _ENDED:
            left += counts[after] < 0
            counts[after] = max(counts[after], before[state] + (after == _NAME and state != _NAME))
            last = after
    return left, last


@njit(nogil=True)
def _end_of_value(data: Bytes, position: int, quote: int) -> int:
    """Return where the value may end, or another tag begin."""
    while position < len(data) and data[position] != quote and data[position] != _LESS:
        position += 1
    return position


def _compiled(made_of: str) -> Callable[[Bytes, bool], int]:
    @njit(cache=True, nogil=True)
    def most_attributes(data: Bytes, joined: bool) -> int:
        assert made_of  # see ``sources``
        size, most, position = len(data), 0, START
        counts, before = np.empty((2, _ENDED), np.int64)
        while True:
            position = find(data, position, size, _LESS, 0)
            if position == size:
                return most
            position += 1
            if not _begins(data, position - 1, joined):
                continue
            state, count = _OPEN, most if joined else 0
            while position < size and state != _ENDED:
                if state in (_QUOTED, _APOSTROPHED):
                    position = _end_of_value(data, position, _MARKS[state - _QUOTED])
                    if position == size:
                        break
                kind = _KINDS[data[position]]
                if data[position] != _LESS or not _begins(data, position, joined):
                    after = _STEPS[state, kind]
                    count += after == _NAME and state != _NAME
                    state = after
                    position += 1
                    continue
                counts[:] = -1
                counts[state], left = count, 2
                while position < size and left > 1:
                    left, state = _step(counts, before, _KINDS[data[position]])
                    most = max(most, counts.max())
                    if data[position] == _LESS and _begins(data, position, joined):
                        counts[_OPEN] = most if joined else 0
                        left, state = left + 1, _OPEN
                    position += 1
                state, count = (state, counts[state]) if left else (_ENDED, 0)
            most = max(most, count)

    return most_attributes


most_attributes = _compiled(sources(*PARTS))
"""Return at least as many attributes as a parser finds in any tag, repeated ones and closing tags counted in.

data: UTF-8. joined: whether to return instead at least as many as all tags ``html`` and ``body`` have, since
a parser adds those of later ones to the first. Each byte is passed once, for at most ten states.
"""
