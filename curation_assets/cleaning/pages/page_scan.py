"""One pass over the bytes of a page that finds its tags, as regular expressions would. It imports numba.

The tables of names are arguments, since numba keeps what it compiled until this file changes.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.cleaning.pages import page_bytes, page_code, page_cuts
from curation_assets.cleaning.pages.page_bytes import Bytes, Integers, blank, has_marks, in_characters
from curation_assets.cleaning.pages.page_code import (
    in_block,
    is_block_tag,
    new_block,
    note_paired,
    open_or_close,
)
from curation_assets.cleaning.pages.page_cuts import BEFORE, CUTS, LINKS, OPEN, find_cut
from curation_assets.text.compiled import sources

PARTS = (page_bytes, page_code, page_cuts)
SLOTS, LONGEST_NAME = 1024, 12
"""Places for names, a power of two; and letters of the longest name: more do not fit an int64."""
NESTED, PAIRED, FORMATS, IS_CODE, OF_CUTS = 1, 2, 4, 8, 16
"""What is true of a known element; the last: ``find_cut`` looks at its tags."""
LOWER, UPPER, MIXED, CLOSED = range(4)
"""Opening tags of a known element by how they are written, and its closing ones."""
_LESS, _GREATER, _SLASH, _EXCLAMATION, _QUESTION, _F = map(ord, "<>/!?f")


class Fact(IntEnum):
    """Where ``scan_tags`` puts what it finds."""

    LINKS = page_cuts.LINKS
    """Rows of ``links``."""
    CUTS = page_cuts.CUTS
    """Rows of ``cuts``."""
    UNSURE = page_cuts.UNSURE
    """1 where ``cuts`` may differ from what the regular expressions take out."""
    UNKNOWN = 3
    """Tags whose name is no known element's."""
    CAPITALS = 4
    """Opening tags whose name is one capital."""
    DEEPEST = 5
    """At least as many as there are elements within each other anywhere."""
    UNCLOSED = 6
    """Elements that format text, opened more often than closed."""
    CODE = 7
    """Opening tags of elements that hold code."""
    SURPLUS = 8
    """1 where an element that has a closing tag is opened more often than closed."""
    DOUBTFUL = 9
    """0 where no code block holds what ``page_source.escape_code`` escapes, marks aside."""
    FRAGMENTS = 10
    """1 where there may be the comment that ends Doxygen's code."""
    MARKS = 11
    """1 where there is one of the control characters U+0002 to U+0005."""
    REOPENED = 12
    """At least as often as a parser opens an element that formats text again, in each block after it."""


_FACTS = len(Fact)
# A character of a name: its digit to the base of 37, and what it is. One aside ends it, or is not ASCII.
_SMALL, _CAPITAL, _OTHER, _ASIDE = (np.uint16(1 << bit) for bit in range(6, 10))
_KELVIN = np.uint16(11) | _SMALL | _CAPITAL


def _codes() -> NDArray[np.uint16]:
    codes = np.full(256, _OTHER)
    codes[list(b"/> \t\n\r\v\f\x1c\x1d\x1e\x1f")] = _ASIDE
    codes[0x80:] = _ASIDE
    codes[ord("0") : ord("9") + 1] = np.arange(27, 37)
    codes[ord("a") : ord("z") + 1] = np.arange(1, 27) | _SMALL
    codes[ord("A") : ord("Z") + 1] = np.arange(1, 27) | _CAPITAL
    return codes


_CODES = _codes()


@njit(nogil=True)
def _name(data: Bytes, first: int, keys: Integers, names: Integers) -> tuple[int, int, int]:
    """Return where the name ends, which known one it is, in lower case, or -1, and how it is written."""
    key, seen = 0, np.uint16(0)
    position = start = first
    while position < len(data):
        code = _CODES[data[position]]
        if code & _ASIDE:
            if data[position] < 0x80 or blank(data, position):
                break
            if position + 2 < len(data) and _is_kelvin(data, position):
                code, position, start = _KELVIN, position + 2, start + 2
            else:
                code = _OTHER
        seen |= code
        key = key * 37 + (code & 63)
        position += 1
    letters = seen & (_SMALL | _CAPITAL)
    case = LOWER if letters == _SMALL else UPPER if letters == _CAPITAL else MIXED
    if seen & _OTHER or position - start > LONGEST_NAME:
        return position, -1, case
    slot = _slot_of(key)
    while keys[slot] and keys[slot] != key:
        slot = (slot + 1) & (SLOTS - 1)
    return position, names[slot], case


@njit(nogil=True)
def _slot_of(key: int) -> int:
    """Return the first place to look for a name."""
    return (key ^ (key >> 11) ^ (key >> 23)) & (SLOTS - 1)


def slots_of(names: Sequence[str]) -> tuple[Integers, Integers]:
    """Return the tables in which names of lower-case letters and digits, at most LONGEST_NAME, are found.

    int64 [SLOTS] each: a name as a number, 0 where there is none, and its index, -1 where there is none.
    """
    keys, places = np.zeros(SLOTS, np.int64), np.full(SLOTS, -1, np.int64)
    for index, name in enumerate(names):
        if len(name) > LONGEST_NAME:
            raise ValueError(f"name of more than {LONGEST_NAME} letters: {name}")
        key = 0
        for byte in name.encode():
            key = key * 37 + int(_CODES[byte] & 63)
        slot = _slot_of.py_func(key)
        while keys[slot]:
            slot = (slot + 1) % SLOTS
        keys[slot], places[slot] = key, index
    return keys, places


@njit(nogil=True)
def _is_kelvin(data: Bytes, position: int) -> bool:
    """Say whether the sign for kelvin stands there, the one other character whose lower case is a letter."""
    return data[position] == 0xE2 and data[position + 1] == 0x84 and data[position + 2] == 0xAA


@njit(nogil=True)
def _is_odd(byte: int, block: Integers) -> bool:
    """Say whether a byte after "<" begins what may be text, or a letter that Python takes for a k or s."""
    return byte in (0xC5, 0xE2) or (byte in (_EXCLAMATION, _QUESTION) and in_block(block))


@njit(nogil=True)
def _sum_up(facts: Integers, counts: Integers, traits: Integers) -> None:
    for name in range(len(traits)):
        opened = counts[name, LOWER] + counts[name, UPPER] + counts[name, MIXED]
        surplus = max(opened - counts[name, CLOSED], 0)
        if traits[name] & FORMATS:
            facts[Fact.UNCLOSED] += surplus
        if traits[name] & PAIRED and surplus:
            facts[Fact.SURPLUS] = 1
        if traits[name] & IS_CODE:
            facts[Fact.CODE] += opened


def _compiled(made_of: str) -> Callable[..., Integers]:
    @njit(cache=True, nogil=True)
    def scan_tags(
        data: Bytes,
        keys: Integers,
        names: Integers,
        traits: Integers,
        counts: Integers,
        links: Integers,
        cuts: Integers,
    ) -> Integers:
        assert made_of  # see ``sources``
        facts = np.zeros(_FACTS, np.int64)
        facts[Fact.MARKS] = has_marks(data)
        within, place = np.zeros(len(traits), np.int64), np.zeros(5, np.int64)
        block, seen = new_block(len(traits))
        size = len(data)
        position = name_end = depth = formats = 0
        while True:
            while position < size and data[position] != _LESS:
                position += 1
            if position == size:
                break
            start = position
            position += 1
            while position < size and data[position] != _LESS and data[position] != _GREATER:
                position += 1
            closing = start + 1 < size and data[start + 1] == _SLASH
            first = start + 1 + closing
            is_open = position == size or data[position] == _LESS
            if first >= size or not 97 <= data[first] | 32 <= 122:
                facts[Fact.DOUBTFUL] |= first < size and _is_odd(data[first], block)
                facts[Fact.FRAGMENTS] |= first + 4 < size and data[first + 4] == _F  # "<!-- f"
                place[BEFORE], place[OPEN] = 0, is_open
                continue
            name = -1
            if start < name_end:
                facts[Fact.DOUBTFUL] = 1
            else:
                name_end, name, case = _name(data, first, keys, names)
                if name < 0:
                    facts[Fact.UNKNOWN] += 1
                    depth += not closing
                else:
                    counts[name, CLOSED if closing else case] += 1
                    change = -1 if closing else 1
                    if traits[name] & NESTED and within[name] + change >= 0:
                        within[name] += change
                        depth += change
                        if traits[name] & FORMATS:
                            formats += change
                    if not closing and not traits[name] & FORMATS:
                        facts[Fact.REOPENED] += formats
                facts[Fact.DEEPEST] = max(facts[Fact.DEEPEST], depth)
                is_capital = not closing and name_end == first + 1 and data[first] <= 90
                facts[Fact.CAPITALS] += is_capital
                own = traits[name] if name >= 0 else 0
                if own & IS_CODE and is_block_tag(data, name_end, position):
                    facts[Fact.DOUBTFUL] |= open_or_close(block, seen, name, closing)
                elif in_block(block):
                    facts[Fact.DOUBTFUL] |= name < 0 or is_capital
                    if own & PAIRED:
                        note_paired(block, seen, name, closing)
            if name >= 0 and not traits[name] & OF_CUTS:
                place[BEFORE], place[OPEN] = 0, is_open
                continue
            find_cut(data, start, position, place, links, cuts, facts)
        _sum_up(facts, counts, traits)
        in_characters(data, links[: facts[LINKS]])
        in_characters(data, cuts[: facts[CUTS]])
        return facts

    return scan_tags


scan_tags = _compiled(sources(*PARTS))
"""Return the facts, and fill ``counts``, ``links`` and ``cuts``. Every byte is passed a few times at most.

data: UTF-8. keys, names: int64 [SLOTS], by ``slots_of``. traits: int64 [known elements], bits. counts: zeros,
int64 [known elements, 4]. links: int64 [rows, 2], a row for every three bytes: the characters from start to
end of the tags ``a`` that start no link. cuts: the same, but with what is to go at both ends of cells.
"""
