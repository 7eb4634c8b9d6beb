"""Counts in texts, compiled: characters, words, lines, repetition. Importing this module imports numba.

Words are runs of ASCII letters and digits and of bytes beyond ASCII. What stood before is looked up in a
table of fixed size without probing: in texts of several thousand words some repetitions are missed, always
the same ones, and time and memory stay linear whatever the text is.
"""

import math
from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.quality.student import counts
from curation_assets.quality.student.counts import Count
from curation_assets.text.compiled import sources

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Row = NDArray[np.float64]

PARTS = (counts,)
SLOT_BITS = 15
PAIR_BITS = 12
_SLOT_SHIFT = np.uint64(64 - SLOT_BITS)
_FNV_START, _FNV_MULTIPLIER = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_STEP, _STEP_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_WORD, _PAIR, _TRIPLE, _LINE, _RUN = (np.uint64(number) for number in range(1, 6))
_LOW_48 = np.uint64((1 << 48) - 1)
_SHORT_LINE = 40


@njit(nogil=True, inline="always")
def _seen(key: np.uint64, kind: np.uint64, text: int, keys: NDArray[np.uint64], owners: Offsets) -> bool:
    """Say whether the key was passed before for this text, and remember it."""
    mixed = (key + kind) * _STEP
    mixed = (mixed ^ (mixed >> np.uint64(32))) * _STEP_2
    slot = np.int64(mixed >> _SLOT_SHIFT)
    if owners[slot] == text and keys[slot] == mixed:
        return True
    owners[slot], keys[slot] = text, mixed
    return False


@njit(nogil=True, inline="always")
def _code(data: Bytes, at: int) -> np.int64:
    """Return the code point at the lead byte, beyond ASCII, of a character of valid UTF-8."""
    lead, second = np.int64(data[at]), np.int64(data[at + 1]) & 0x3F
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | second
    third = np.int64(data[at + 2]) & 0x3F
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | second << 6 | third
    return (lead & 0x07) << 18 | second << 12 | third << 6 | (np.int64(data[at + 3]) & 0x3F)


@njit(nogil=True, inline="always")
def _group(code: np.int64) -> int:
    """Return the group of a character beyond ASCII."""
    if code < 0x370:
        return Count.LATIN
    if code < 0x530:
        return Count.GREEK_AND_CYRILLIC
    if code < 0x2000:
        return Count.HANGUL if 0x1100 <= code < 0x1200 else Count.MIDDLE_SCRIPTS
    if code < 0x2070:
        return Count.TYPOGRAPHY
    if code < 0x2E80:
        return Count.SYMBOLS
    if code < 0xA000 or 0xF900 <= code < 0xFB00 or 0xFF00 <= code < 0xFFF0 or 0x20000 <= code < 0x40000:
        return Count.IDEOGRAPHS
    if 0xAC00 <= code < 0xD800:
        return Count.HANGUL
    return Count.SYMBOLS if 0x1F000 <= code < 0x1FB00 else Count.OTHER


@njit(nogil=True)
def _count_characters(data: Bytes, start: int, stop: int, groups: Bytes, row: Row) -> None:
    before = np.uint8(0)
    for at in range(start, stop):
        byte = data[at]
        if byte < 0x80:
            row[groups[byte]] += 1
            if byte == before:
                if byte == 0x20:
                    row[Count.GAPS] += 1
                elif byte != 0x0A:
                    row[Count.DOUBLED] += 1
            elif (byte == 0x20 or byte == 0x0A) and (before == 0x2E or before == 0x21 or before == 0x3F):
                row[Count.SENTENCE_ENDS] += 1
        elif byte >= 0xC0:
            row[_group(_code(data, at))] += 1
        before = byte


@njit(nogil=True)
def _count_word(data: Bytes, begin: int, end: int, row: Row) -> None:
    """Count what the letters of a word say."""
    uppers, vowels, digits, letters = 0, 0, 0, 0
    for at in range(begin, end):
        byte = data[at]
        if byte >= 0x80:
            letters, vowels = letters + 1, vowels + 1
        elif byte < 0x3A:
            digits += 1
        else:
            letters += 1
            uppers += byte < 0x60
            low = byte | 0x20
            vowels += low == 0x61 or low == 0x65 or low == 0x69 or low == 0x6F or low == 0x75 or low == 0x79
    size = end - begin
    row[Count.WORDS] += 1
    row[Count.WORD_BYTES] += size
    row[Count.WORD_SQUARES] += size * size
    row[Count.SHORT_WORDS] += size <= 2
    row[Count.LONG_WORDS] += size >= 10
    row[Count.LONGEST_WORD] = max(row[Count.LONGEST_WORD], size)
    row[Count.CAPITAL_WORDS] += uppers == size and size > 1
    row[Count.CAPITALISED_WORDS] += uppers > 0 and uppers < size and 0x41 <= data[begin] <= 0x5A
    row[Count.WORDS_WITH_DIGIT] += digits > 0
    row[Count.WORDS_WITHOUT_VOWEL] += vowels == 0 and letters > 2
    row[Count.VOWELS] += vowels


@njit(nogil=True)
def _count_words(
    data: Bytes,
    start: int,
    stop: int,
    stops: NDArray[np.uint64],
    english: NDArray[np.uint8],
    text: int,
    keys: NDArray[np.uint64],
    owners: Offsets,
    row: Row,
) -> None:
    begin, hashed, one_before, two_before = -1, _FNV_START, np.uint64(0), np.uint64(0)
    for at in range(start, stop + 1):
        byte = data[at] if at < stop else np.uint8(0x20)
        low = byte | 0x20 if 0x41 <= byte <= 0x5A else byte
        if 0x61 <= low <= 0x7A or 0x30 <= low <= 0x39 or low >= 0x80:
            begin = at if begin < 0 else begin
            hashed = (hashed ^ np.uint64(low)) * _FNV_MULTIPLIER
        elif begin >= 0:
            _count_word(data, begin, at, row)
            new = not _seen(hashed, _WORD, text, keys, owners)
            row[Count.DIFFERENT_WORDS] += new
            found = np.searchsorted(stops, hashed)
            if found < len(stops) and stops[found] == hashed:
                row[Count.STOP_WORDS] += 1
                row[Count.ENGLISH_STOP_WORDS] += english[found]
                row[Count.DIFFERENT_STOP_WORDS] += new
            pair = hashed + one_before * _STEP
            row[Count.REPEATED_PAIRS] += _seen(pair, _PAIR, text, keys, owners)
            row[Count.REPEATED_TRIPLES] += _seen(pair + two_before * _STEP_2, _TRIPLE, text, keys, owners)
            two_before, one_before, begin, hashed = one_before, hashed, -1, _FNV_START


@njit(nogil=True)
def _count_lines(
    data: Bytes, start: int, stop: int, text: int, keys: NDArray[np.uint64], owners: Offsets, row: Row
) -> None:
    begin, first, last, size, hashed = start, np.uint8(0), np.uint8(0), 0, _FNV_START
    for at in range(start, stop + 1):
        byte = data[at] if at < stop else np.uint8(0x0A)
        if byte != 0x0A:
            if byte > 0x20:
                first = byte if size == 0 else first
                last = byte
                hashed = (hashed ^ np.uint64(byte)) * _FNV_MULTIPLIER
                size += 1
            continue
        if size:
            width = at - begin
            row[Count.LINES] += 1
            row[Count.LINE_SQUARES] += np.float64(width) * width
            row[Count.LONGEST_LINE] = max(row[Count.LONGEST_LINE], width)
            row[Count.SHORT_LINES] += width < _SHORT_LINE
            row[Count.ENDED_LINES] += last == 0x2E or last == 0x21 or last == 0x3F
            row[Count.INDENTED_LINES] += data[begin] <= 0x20
            row[Count.CAPITAL_LINES] += 0x41 <= first <= 0x5A
            row[Count.REPEATED_LINES] += _seen(hashed, _LINE, text, keys, owners)
        begin, size, hashed = at + 1, 0, _FNV_START


@njit(nogil=True)
def _measure_repetition(
    data: Bytes, start: int, stop: int, text: int, keys: NDArray[np.uint64], owners: Offsets, row: Row
) -> None:
    singles, pairs = np.zeros(256, np.int64), np.zeros(1 << PAIR_BITS, np.int64)
    firsts = np.zeros(64, np.int64)
    run, before = np.uint64(0), np.int64(0)
    for at in range(start, stop):
        byte = np.int64(data[at])
        run = (run << np.uint64(8) | np.uint64(byte)) & _LOW_48
        if at - start >= 5:
            row[Count.REPEATED_BYTES] += _seen(run, _RUN, text, keys, owners)
        singles[byte] += 1
        folded = (byte ^ byte >> 6) & 63
        if at > start:
            pairs[before << 6 | folded] += 1
            firsts[before] += 1
        before = folded
    if stop > start:
        row[Count.ENTROPY] = _entropy(singles)
    if stop > start + 1:
        row[Count.PAIR_ENTROPY] = _entropy(pairs) - _entropy(firsts)


@njit(nogil=True)
def _entropy(occurrences: Offsets) -> float:
    total, weighted = 0, 0.0
    for count in occurrences:
        if count:
            total += count
            weighted += count * math.log2(count)
    return math.log2(total) - weighted / total


def _compiled(made_of: str) -> Callable[..., None]:
    @njit(cache=True, nogil=True)
    def count_texts(
        data: Bytes,
        offsets: Offsets,
        groups: Bytes,
        stops: NDArray[np.uint64],
        english: Bytes,
        table: NDArray[np.float64],
    ) -> None:
        assert made_of  # see ``sources``
        keys, owners = np.zeros(1 << SLOT_BITS, np.uint64), np.full(1 << SLOT_BITS, -1, np.int64)
        for text in range(len(offsets) - 1):
            start, stop, row = offsets[text], offsets[text + 1], table[text]
            _count_characters(data, start, stop, groups, row)
            _count_words(data, start, stop, stops, english, text, keys, owners, row)
            _count_lines(data, start, stop, text, keys, owners, row)
            _measure_repetition(data, start, stop, text, keys, owners, row)

    return count_texts


count_texts = _compiled(sources(*PARTS))
"""Fill a row of a table (float64 [texts, Count], zeros) for each text.

Arguments: data: texts one behind the other. offsets: int64 [texts + 1] into it. groups: see
``counts.ascii_groups``. stops, english: see ``stop_words.stop_word_hashes``. table.
"""
