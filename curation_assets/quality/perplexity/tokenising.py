"""Cuts texts into tokens and hashes them, compiled by numba; see ``characters`` for what a token is.

Import this module inside functions only: importing numba takes long. Wraparound of integers is meant.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Table = NDArray[np.uint32]

# As in characters.py. Written here again, since numba compiles anew only what stands in a file that changed.
LETTER, MARK, JOINER, SINGLE, PUNCTUATION, LINE_END = 1, 2, 3, 4, 5, 6
KIND_SHIFT, FORM = 24, (1 << 24) - 1

END_OF_TEXT, END_OF_LINE = np.uint64(0), np.uint64(1)
"""In place of a token's hash; no token has one of these."""
RESERVED = np.uint64(2)
START, PRIME, HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD), np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def character_at(data: Bytes, at: int) -> tuple[np.int64, int]:
    """Return the code point at a position of valid UTF-8, and the position after it."""
    lead = np.int64(data[at])
    if lead < 0x80:
        return lead, at + 1
    code, width = lead & 0x1F, 2
    if lead >= 0xF0:
        code, width = lead & 0x07, 4
    elif lead >= 0xE0:
        code, width = lead & 0x0F, 3
    for behind in range(1, width):
        code = code << 6 | (np.int64(data[at + behind]) & 0x3F)
    return code, at + width


@njit(cache=True, nogil=True, inline="always")
def chained(state: np.uint64, form: np.int64) -> np.uint64:
    """Add a character to a hash; every step can be undone, so short tokens never collide."""
    state = (state ^ np.uint64(form)) * PRIME
    return state ^ state >> HALF


@njit(cache=True, nogil=True)
def next_token(data: Bytes, at: int, stop: int, table: Table) -> tuple[np.uint64, int, int]:
    """Return the hash of the next token at or after a position, where it begins and where it ends.

    END_OF_LINE stands for a line feed, END_OF_TEXT for nothing left.
    """
    while at < stop:
        begin = at
        code, at = character_at(data, begin)
        entry = np.int64(table[code])
        kind, form = entry >> KIND_SHIFT, entry & FORM
        if kind in (LETTER, SINGLE):
            state, at = rest_of_word(data, at, stop, table, chained(START, form), kind == LETTER)
            return state, begin, at
        if kind in (PUNCTUATION, JOINER):
            at = rest_of_marks(data, at, stop, table, form)
            return max(chained(START, form), RESERVED), begin, at
        if kind == LINE_END:
            return END_OF_LINE, begin, at
    return END_OF_TEXT, stop, stop


@njit(cache=True, nogil=True, inline="always")
def rest_of_marks(data: Bytes, at: int, stop: int, table: Table, form: np.int64) -> int:
    """Return where a run of one mark ends."""
    while at < stop:
        code, behind = character_at(data, at)
        entry = np.int64(table[code])
        kind = entry >> KIND_SHIFT
        if entry & FORM != form or (kind != PUNCTUATION and kind != JOINER):
            break
        at = behind
    return at


@njit(cache=True, nogil=True, inline="always")
def rest_of_word(
    data: Bytes, at: int, stop: int, table: Table, state: np.uint64, spaced: bool
) -> tuple[np.uint64, int]:
    """Return the hash of a whole word and where it ends; one of an unspaced script takes marks alone."""
    while at < stop:
        code, behind = character_at(data, at)
        entry = np.int64(table[code])
        kind, form = entry >> KIND_SHIFT, entry & FORM
        if kind == JOINER and spaced and behind < stop:
            following, after = character_at(data, behind)
            entry = np.int64(table[following])
            if entry >> KIND_SHIFT != LETTER:
                break
            state, at = chained(chained(state, form), entry & FORM), after
        elif kind == MARK or (kind == LETTER and spaced):
            state, at = chained(state, form), behind
        else:
            break
    return max(state, RESERVED), at


@njit(cache=True, nogil=True)
def hash_tokens(data: Bytes, offsets: NDArray[np.int64], hashes: NDArray[np.uint64]) -> None:
    """Hash tokens that are in normal form already, each as a whole: uint64 [n]."""
    for row in range(len(hashes)):
        state, at = START, offsets[row]
        while at < offsets[row + 1]:
            code, at = character_at(data, at)
            state = chained(state, code)
        hashes[row] = max(state, RESERVED)
