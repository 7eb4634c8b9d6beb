"""The loops that walk over texts: words with their places, and lines, compiled by numba over Arrow's buffers.

Import it inside functions only: importing numba takes longer than importing the rest of the package.
Wraparound of unsigned integers is meant throughout. Every kernel works on arrays that its caller allocates.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
Places = NDArray[np.uint32]

# As in alphabet.py. Written here again, since numba compiles anew only what stands in a file that changed.
CODE, CLASS_SHIFT, CLASSES = np.uint32(0x1FFFFF), np.uint32(21), np.uint32(3)
DIGIT, SPACE = np.uint32(1 << 23), np.uint32(1 << 24)
SEPARATOR, WORD, SINGLE = np.uint32(0), np.uint32(1), np.uint32(2)
ONE, ZERO, LINE_FEED, ASCII_END = np.uint64(1), np.uint32(0x30), np.uint8(0x0A), np.uint8(0x80)
# The multipliers are those of FNV-1a and of MurmurHash3's 64-bit finaliser.
START, MULTIPLIER = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
MIX_1, MIX_2, MIX_SHIFT = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(33)


@njit(cache=True, nogil=True, inline="always")
def mix(value: np.uint64) -> np.uint64:
    """Spread every bit of the value over all 64: the finaliser of MurmurHash3."""
    value ^= value >> MIX_SHIFT
    value *= MIX_1
    value ^= value >> MIX_SHIFT
    value *= MIX_2
    return value ^ (value >> MIX_SHIFT)


@njit(cache=True, nogil=True, inline="always")
def character(data: Bytes, at: int) -> tuple[np.int64, int]:
    """Return the code point at a position of valid UTF-8, and its width in bytes."""
    lead = np.int64(data[at])
    if lead < 0x80:
        return lead, 1
    second = np.int64(data[at + 1]) & 0x3F
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | second, 2
    third = np.int64(data[at + 2]) & 0x3F
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | second << 6 | third, 3
    return (lead & 0x07) << 18 | second << 12 | third << 6 | (np.int64(data[at + 3]) & 0x3F), 4


@njit(cache=True, nogil=True)
def tokens_of_texts(
    data: Bytes,
    offsets: Indices,
    table: Places,
    letters: Bytes,
    hashes: Hashes,
    token_offsets: Indices,
    starts: Places,
    stops: Places,
) -> None:
    """Hash the words of every text; write where they lie in it (bytes) unless ``starts`` is empty.

    ``letters``: for every byte the lower case of the ASCII letter or digit that it is, or 0.
    """
    count, placed = 0, len(starts) > 0
    for text in range(len(offsets) - 1):
        begin, stop = offsets[text], offsets[text + 1]
        at = begin
        while at < stop:
            code, width = character(data, at)
            entry = table[code]
            kind = (entry >> CLASS_SHIFT) & CLASSES
            if kind == SEPARATOR:
                at += width
                continue
            if placed:
                starts[count] = at - begin
            state = START
            while True:
                state = (state ^ np.uint64(entry & CODE)) * MULTIPLIER
                at += width
                if kind == SINGLE:
                    break
                while at < stop and letters[data[at]] != 0:  # the common case by itself
                    state = (state ^ np.uint64(letters[data[at]])) * MULTIPLIER
                    at += 1
                if at >= stop or data[at] < ASCII_END:
                    break
                code, width = character(data, at)
                entry = table[code]
                if (entry >> CLASS_SHIFT) & CLASSES != WORD:
                    break
            hashes[count] = mix(state)
            if placed:
                stops[count] = at - begin
            count += 1
        token_offsets[text + 1] = count


@njit(cache=True, nogil=True)
def lines_of_texts(
    data: Bytes,
    offsets: Indices,
    table: Places,
    line_feeds: int,
    minimum: int,
    hashes: Hashes,
    line_offsets: Indices,
    starts: Places,
    stops: Places,
    words: Indices,
) -> None:
    """Hash the letters and digits of every line that has at least ``minimum`` of them, any digit as 0.

    ``line_feeds`` part two lines, with nothing but spaces between them: 1 for lines, 2 for paragraphs.
    ``starts`` and ``stops``: the line's words, by their number in the text; ``words``: how many the text has.
    """
    count = 0
    for text in range(len(offsets) - 1):
        at, stop = offsets[text], offsets[text + 1]
        tokens, inside, state, characters, first, feeds = 0, False, START, 0, 0, 0
        while at < stop:
            code, width = character(data, at)
            entry = table[code]
            kind = (entry >> CLASS_SHIFT) & CLASSES
            at += width
            if kind == SEPARATOR:
                inside = False
                if code == LINE_FEED:
                    feeds += 1
                    if feeds == line_feeds:
                        if characters >= minimum:
                            hashes[count], starts[count], stops[count] = max(mix(state), ONE), first, tokens
                            count += 1
                        state, characters, first = START, 0, tokens
                elif not entry & SPACE:
                    feeds = 0
                continue
            feeds = 0
            if not inside or kind == SINGLE:
                tokens += 1
            inside = kind == WORD
            characters += 1
            letter = ZERO if entry & DIGIT else entry & CODE
            state = (state ^ np.uint64(letter)) * MULTIPLIER
        if characters >= minimum:
            hashes[count], starts[count], stops[count] = max(mix(state), ONE), first, tokens
            count += 1
        line_offsets[text + 1], words[text] = count, tokens
