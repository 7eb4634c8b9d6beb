"""The language of every text of a column, and of its lines, compiled. Importing this module imports numba."""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.cleaning.kernels import utf8
from curation_assets.cleaning.kernels.utf8 import Bytes
from curation_assets.cleaning.languages import fasttext_kernel, fasttext_model
from curation_assets.cleaning.languages.fasttext_kernel import (
    HASH_START,
    Found,
    Vector,
    add,
    continues,
    hashed,
    known_word,
    likeliest,
    write_ngrams,
)
from curation_assets.cleaning.languages.fasttext_model import BUCKETS, DIMENSIONS, LONGEST, Arrays
from curation_assets.text.compiled import sources

_LINE_BREAK, _BEFORE_WORD, _AFTER_WORD = np.uint8(ord("\n")), np.uint8(ord("<")), np.uint8(ord(">"))
_BYTES_OF_CHARACTER, _KNUTH = 4, 2654435761
_BEHIND = 2
"""How much is looked at behind the sample, as a multiple of it.

On 9,474 documents of 3,500 characters on average the lines cost 20 us each, where all lines cost 39 us and
the sample 34 us; the shares of those that are not looked at as a whole are off by 0.016 on average.
"""
_COLUMNS, _SPACE, _PERHAPS_SPACE = 3, 4, 8


def _kinds() -> Bytes:
    """Return for each byte that starts a character: columns if it is a letter, whether it is white space."""
    kinds = np.zeros(256, dtype=np.uint8)
    kinds[0x41:0x5B] = kinds[0x61:0x7B] = 1
    # By blocks: U+00C0 to U+1FFF one column; kana, ideographs, Hangul two; symbols and emoji none.
    kinds[0xC3:0xE2], kinds[0xE3:0xEE] = 1, 2
    kinds[[0, 9, 10, 11, 12, 13, 28, 29, 30, 31, 32]] = _SPACE
    kinds[[0xC2, 0xE1, 0xE2, 0xE3]] |= _PERHAPS_SPACE
    return kinds


_KINDS = _kinds()


def _compiled(made_of: str) -> Callable[..., None]:
    """Return the pass, to be kept as long as the hash of its sources is the same; see ``compiled``."""

    @njit(cache=True, nogil=True)
    def identify_texts(
        data: Bytes,
        offsets: NDArray[np.int64],
        characters: int,
        line_columns: int,
        model: Arrays,
        labels: NDArray[np.int64],
        scores: NDArray[np.float64],
        shares: NDArray[np.float64],
    ) -> None:
        assert made_of
        longest = np.diff(offsets).max()
        longest = min(longest, _BYTES_OF_CHARACTER * min(characters, longest))
        marked = np.empty(longest + 2, dtype=np.uint8)
        found = np.empty(LONGEST * (longest + 2), dtype=np.uint32)
        total, line = np.empty(DIMENSIONS, dtype=np.float32), np.empty(DIMENSIONS, dtype=np.float32)
        votes = np.empty(len(model.nodes) + 1, dtype=np.int64)
        for text in range(len(offsets) - 1):
            start, stop = offsets[text], offsets[text + 1]
            limit = _sample_end(data, start, stop, characters)
            spacing = 1 + (stop - limit) // max(_BEHIND * (limit - start), 1)
            stop = stop if line_columns else limit
            total[:], votes[:], rows, behind = 0, 0, 0, 0
            while start < stop:
                end = _line_end(data, start, stop)
                weight = 1 if line_columns and end - start >= line_columns else 0
                if start >= limit and weight:
                    weight = spacing if _scattered(behind) % spacing == 0 else 0
                    behind += 1
                if start < limit:
                    count, columns = _add_words(data, start, min(end, limit), marked, found, model, line)
                    total += line
                    rows += count
                if weight and end > limit:
                    part = _sample_end(data, start, end, characters)
                    count, columns = _add_words(data, start, part, marked, found, model, line)
                if weight and columns >= line_columns:
                    votes[likeliest(line, count, model)[0]] += weight * columns
                start = end + 1
            labels[text], scores[text] = likeliest(total, rows, model)
            columns = votes.sum()
            shares[text] = votes[labels[text]] / columns if columns else np.nan

    return identify_texts


@njit(nogil=True)
def _sample_end(data: Bytes, start: int, stop: int, characters: int) -> int:
    """Return where the first ``characters`` of a text end."""
    if stop - start <= characters:
        return stop
    left, at = characters, start
    while left > 0 and at < stop:
        part = min(at + left, stop)
        for index in range(at, part):
            left -= not continues(data[index])
        at = part
    while at < stop and continues(data[at]):
        at += 1
    return at


@njit(nogil=True)
def _line_end(data: Bytes, start: int, stop: int) -> int:
    """Return the position of the next line break, or ``stop``."""
    while start < stop and data[start] != _LINE_BREAK:
        start += 1
    return start


@njit(nogil=True)
def _scattered(number: int) -> int:
    """Return 16 bits in which no pattern of the numbers is left: Knuth's multiplicative hash."""
    return (number * _KNUTH >> 16) & 0xFFFF


@njit(nogil=True)
def _add_words(
    data: Bytes, start: int, stop: int, marked: Bytes, found: Found, model: Arrays, total: Vector
) -> tuple[int, int]:
    """Write the sum of the vectors of all words between two positions to ``total``.

    Returns how many vectors there are, and how many columns of letters.
    """
    # Looked up once: numba counts references at each look.
    kept, letters, word_offsets, slots = model.kept, model.letters, model.word_offsets, model.slots
    count, columns, at = 0, 0, start
    marked[0] = _BEFORE_WORD
    while at < stop:
        width = _space_width(data, at)
        if width:
            at += width
            continue
        size, state = 1, HASH_START
        while at < stop:
            byte = data[at]
            kind = _KINDS[byte]
            if kind >= _SPACE and (kind == _SPACE or _space_width(data, at)):
                break
            columns += kind & _COLUMNS
            marked[size] = byte
            state = hashed(state, byte)
            size += 1
            at += 1
        marked[size] = _AFTER_WORD
        word = known_word(marked, size + 1, state, letters, word_offsets, slots)
        if word >= 0:
            found[count] = BUCKETS + word
            count += 1
        count = write_ngrams(marked, size + 1, kept, found, count)
    total[:] = 0
    add(found, count, kept, model.before, model.vectors, total)
    return count, columns


@njit(nogil=True, inline="always")
def _space_width(data: Bytes, at: int) -> int:
    """Return the bytes of the white space (``str.isspace``, or NUL) that starts here; 0 = none."""
    byte = data[at]
    if _KINDS[byte] < _SPACE:
        return 0
    if byte <= 0x20:
        return 1
    if byte == 0xC2:
        return 2 if data[at + 1] == 0x85 or data[at + 1] == 0xA0 else 0
    code = np.int64(byte & 0x0F) << 12 | np.int64(data[at + 1] & 0x3F) << 6 | np.int64(data[at + 2] & 0x3F)
    rare = code == 0x1680 or code == 0x2028 or code == 0x2029 or code == 0x202F or code == 0x205F
    return 3 if rare or 0x2000 <= code <= 0x200A or code == 0x3000 else 0


identify_texts = _compiled(sources(fasttext_kernel, fasttext_model, utf8))
"""Identify the language of each text, and of each of its lines, from its first characters.

Arguments: data: texts one behind the other and ``utf8.PADDING`` bytes. offsets: int64 [texts + 1] into it, at
least one text. characters: how many are looked at. line_columns: the fewest columns of letters of a line that
tells, 0 = lines are not looked at. model.
Of the lines behind the first characters of a long text only one in so many is looked at that it is about
_BEHIND times these; it stands for the others.
Written, one a text: labels: int64, the number of the label. scores: float64, its probability. shares:
float64, of the letters in lines that tell, the share in lines with this label; NaN where no line tells.
"""
