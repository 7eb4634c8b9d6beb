"""The features of fastText's classifiers, compiled. Importing this module imports numba.

A text's features are rows of the input matrix: those of its known words, of its words' character n-grams, of
"</s>", which ends every text, and of runs of up to ``word_ngrams`` words, hashed into buckets (Joulin et al.
2016, arXiv 1607.01759; ``Dictionary::getLine`` and ``addWordNgrams``). White space is fastText's: space, tab
to carriage return, and NUL; a line break does not end the text, as DCLM joins lines by spaces. ``</s>`` and
``__label__...`` in a text are words like any other, where fastText stops at the first and passes over the
second, so that no text can hide its end.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Found = NDArray[np.int32]

_HASH_START, _HASH_MULTIPLIER = np.uint32(2166136261), np.uint32(16777619)
_RUN_MULTIPLIER = np.uint64(116049371)
_BEFORE_WORD, _AFTER_WORD = np.uint8(ord("<")), np.uint8(ord(">"))


class Dictionary(NamedTuple):
    """What makes rows of words.

    letters: uint8, the words as UTF-8, one behind the other; word_offsets: int64 [words + 1] into it.
    slots: int32 [a power of two], open hash table of the words' rows by ``word_hash``; -1 = empty.
    bucket_rows: int32, the row of each bucket, -1 = pruned; of length 0 where bucket b has row words + b.
    end_of_line: the row of "</s>"; -1 = none. end_hash: its hash, as all below a signed number of 32 bits.
    """

    letters: Bytes
    word_offsets: Offsets
    slots: Found
    bucket_rows: Found
    end_of_line: int
    end_hash: int
    word_ngrams: int
    buckets: int
    shortest: int
    longest: int


@njit(cache=True, nogil=True, inline="always")
def _hashed(state: np.uint32, byte: np.uint8) -> np.uint32:
    """Take a byte into fastText's FNV-1a, which widens it as a signed number."""
    return np.uint32((state ^ np.uint32(np.int32(np.int8(byte)))) * _HASH_MULTIPLIER)


@njit(cache=True, nogil=True)
def word_hash(data: Bytes, start: int, stop: int) -> np.uint32:
    """Return the hash of the bytes between two positions."""
    state = _HASH_START
    for at in range(start, stop):
        state = _hashed(state, data[at])
    return state


@njit(cache=True, nogil=True)
def fill_slots(letters: Bytes, word_offsets: Offsets, slots: Found) -> None:
    """Put every word into the hash table, which is empty (-1) and larger than the number of words."""
    last = np.uint32(len(slots) - 1)
    for word in range(len(word_offsets) - 1):
        slot = word_hash(letters, word_offsets[word], word_offsets[word + 1]) & last
        while slots[slot] >= 0:
            slot = (slot + np.uint32(1)) & last
        slots[slot] = word


@njit(cache=True, nogil=True)
def known(
    data: Bytes,
    start: int,
    stop: int,
    state: np.uint32,
    letters: Bytes,
    word_offsets: Offsets,
    slots: Found,
) -> int:
    """Return the row of a word with this hash; -1 = unknown."""
    last = np.uint32(len(slots) - 1)
    slot = state & last
    while slots[slot] >= 0:
        word = slots[slot]
        begin = word_offsets[word]
        if word_offsets[word + 1] - begin == stop - start:
            same = 0
            while same < stop - start and letters[begin + same] == data[start + same]:
                same += 1
            if same == stop - start:
                return word
        slot = (slot + np.uint32(1)) & last
    return -1


@njit(cache=True, nogil=True, inline="always")
def _bucket_row(bucket: np.int64, words: int, bucket_rows: Found) -> np.int64:
    return words + bucket if len(bucket_rows) == 0 else np.int64(bucket_rows[bucket])


@njit(cache=True, nogil=True)
def _write_characters(
    data: Bytes, start: int, stop: int, words: int, model: Dictionary, found: Found, count: int
) -> int:
    """Write the rows of the character n-grams of ``<word>``; of one character only inside the word."""
    size = stop - start + 2
    for first in range(size):
        state, at, length = _HASH_START, first, 0
        if 0 < first < size - 1 and (data[start + first - 1] & 0xC0) == 0x80:
            continue
        while at < size and length < model.longest:
            state = _hashed(state, _marked(data, start, size, at))
            at += 1
            while at < size - 1 and (data[start + at - 1] & 0xC0) == 0x80:
                state = _hashed(state, data[start + at - 1])
                at += 1
            length += 1
            if length >= model.shortest and not (length == 1 and (first == 0 or at == size)):
                row = _bucket_row(np.int64(state % np.uint32(model.buckets)), words, model.bucket_rows)
                if row >= 0:
                    found[count] = row
                    count += 1
    return count


@njit(cache=True, nogil=True, inline="always")
def _marked(data: Bytes, start: int, size: int, at: int) -> np.uint8:
    """Return a byte of ``<word>``."""
    if at == 0:
        return _BEFORE_WORD
    return _AFTER_WORD if at == size - 1 else data[start + at - 1]


@njit(cache=True, nogil=True)
def write_rows(data: Bytes, start: int, stop: int, model: Dictionary, hashes: Found, found: Found) -> int:
    """Write the rows of a text's features; return how many. For room see ``Features.scratch``."""
    letters, word_offsets, slots = model.letters, model.word_offsets, model.slots
    count, tokens, begin = 0, 0, start
    state, words = _HASH_START, len(word_offsets) - 1
    for at in range(start, stop + 1):
        byte = data[at] if at < stop else np.uint8(0)
        if not (byte == 0x20 or 0x09 <= byte <= 0x0D or byte == 0):
            state = _hashed(state, byte)
            continue
        if at > begin:
            row = known(data, begin, at, state, letters, word_offsets, slots)
            if row >= 0:
                found[count] = row
                count += 1
            if model.longest > 0:
                count = _write_characters(data, begin, at, words, model, found, count)
            hashes[tokens] = np.int32(state)
            tokens += 1
        begin, state = at + 1, _HASH_START
    if model.end_of_line >= 0:
        found[count] = model.end_of_line
        count += 1
    hashes[tokens] = model.end_hash
    return _write_runs(hashes, tokens + 1, words, model, found, count)


@njit(cache=True, nogil=True)
def _write_runs(hashes: Found, tokens: int, words: int, model: Dictionary, found: Found, count: int) -> int:
    """Write the rows of the runs of two and more words."""
    bucket_rows, longest, buckets = model.bucket_rows, model.word_ngrams, np.uint64(max(model.buckets, 1))
    for first in range(tokens):
        state = np.uint64(np.int64(hashes[first]))
        for last in range(first + 1, min(first + longest, tokens)):
            state = state * _RUN_MULTIPLIER + np.uint64(np.int64(hashes[last]))
            row = _bucket_row(np.int64(state % buckets), words, bucket_rows)
            if row >= 0:
                found[count] = row
                count += 1
    return count


@njit(cache=True, nogil=True)
def mean_logits(
    data: Bytes,
    offsets: Offsets,
    model: Dictionary,
    logits: NDArray[np.float32],
    hashes: Found,
    found: Found,
    means: NDArray[np.float64],
) -> None:
    """Write for every text the mean of its rows' logits, float64 [texts, labels]; 0 where it has no row."""
    for text in range(len(means)):
        count = write_rows(data, offsets[text], offsets[text + 1], model, hashes, found)
        means[text] = 0.0
        for index in range(count):
            for label in range(means.shape[1]):
                means[text, label] += np.float64(logits[found[index], label])
        means[text] /= max(count, 1)


@njit(cache=True, nogil=True)
def write_all_rows(
    data: Bytes, offsets: Offsets, model: Dictionary, hashes: Found, found: Found, counts: Offsets
) -> None:
    """Write the rows of all texts one behind the other, and how many each has."""
    written = 0
    for text in range(len(counts)):
        count = write_rows(data, offsets[text], offsets[text + 1], model, hashes, found[written:])
        counts[text] = count
        written += count
