"""The loops that find n-grams of evaluation sets in texts, compiled by numba.

Import this module inside functions only. Every kernel works on arrays that its caller allocates. Words are
cut and hashed, and runs of them too, by ``shingles.kernels``, as deduplication does. A text is looked at by
one rolling hash alone, that of its runs of ``shortest`` words: where it is that of the first words of an
n-gram, which is rare, the n-grams of every length that begin so are looked up. Both hashes have 64 bits, and
both have to be right.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.shingles import bits, kernels
from curation_assets.shingles.bits import trailing_zeros
from curation_assets.shingles.kernels import CHAIN_1, HALF, MIX_1, STEP
from curation_assets.shingles.tokens import Scratch
from curation_assets.text.compiled import sources

Bytes = NDArray[np.uint8]
Hashes = NDArray[np.uint64]
Places = NDArray[np.uint32]
Indices = NDArray[np.int64]

FREE = np.uint32(0xFFFFFFFF)
ONE, NONE, SEVEN, THREE = np.uint64(1), np.uint64(0), np.uint64(7), np.uint64(3)


class Lookup(NamedTuple):
    """Where n-grams are looked up by the hash of their words.

    Attributes:
        grams: uint64, ascending, distinct: the hash of each n-gram.
        gram_places: uint32, a power of two of numbers of n-grams, at the place that the hash names or behind.
        anchors, anchor_places: the same of the first words of n-grams.
        lengths: uint64, of each anchor: bit i is set if one of its n-grams has ``shortest`` + i words.
        filter: uint8, a power of two: a bit for every anchor, others are mostly 0.
    """

    grams: Hashes
    gram_places: Places
    anchors: Hashes
    anchor_places: Places
    lengths: Hashes
    filter: Bytes


@njit(cache=True, nogil=True)
def fill_places(hashes: Hashes, places: Places) -> None:
    """Put the numbers of distinct hashes into places that are all ``FREE``, more of them than hashes."""
    mask = np.uint64(len(places) - 1)
    for number in range(len(hashes)):
        place = hashes[number] & mask
        while places[place] != FREE:
            place = (place + ONE) & mask
        places[place] = number


@njit(cache=True, nogil=True)
def fill_filter(hashes: Hashes, bits_of: Bytes) -> None:
    """Set the bit of every hash."""
    mask = np.uint64(8 * len(bits_of) - 1)
    for key in hashes:
        bit = (key >> HALF) & mask
        bits_of[bit >> THREE] |= np.uint8(ONE << (bit & SEVEN))


@njit(cache=True, nogil=True, inline="always")
def number_of(hashes: Hashes, places: Places, key: np.uint64) -> np.int64:
    """Return the number of a hash, or -1."""
    mask = np.uint64(len(places) - 1)
    place = key & mask
    while places[place] != FREE:
        if hashes[places[place]] == key:
            return np.int64(places[place])
        place = (place + ONE) & mask
    return np.int64(-1)


@njit(cache=True, nogil=True, inline="always")
def gram_hash(tokens: Hashes, at: int, length: int) -> np.uint64:
    """Hash some tokens as ``kernels.roll_shingles`` does."""
    value = NONE
    for token in range(at, at + length):
        value = value * CHAIN_1 + tokens[token]
    value += np.uint64(length) * STEP
    value = (value ^ value >> HALF) * MIX_1
    return value ^ value >> HALF


def _hashing(made_of: str) -> Callable[..., None]:
    """Return the pass over the texts of items, kept as long as its sources are the same."""

    @njit(cache=True, nogil=True)
    def hash_items(
        data: Bytes,
        offsets: Indices,
        table: Places,
        words: int,
        shortest: int,
        scratch: Scratch,
        counts: Indices,
        grams: Hashes,
        anchors: Hashes,
        gram_offsets: Indices,
    ) -> None:
        """Count the words of every text; write the hashes of its n-grams and of their first words.

        A text has an n-gram for every ``words`` consecutive ones, and one as a whole if there are fewer but
        at least ``shortest``. gram_offsets[0] is 0.
        """
        assert made_of  # see ``sources``
        stream = scratch.words.view(np.uint8)
        for text in range(len(offsets) - 1):
            length = kernels.fold_text(data, offsets[text], offsets[text + 1], table, stream)
            count = kernels.find_tokens(scratch.words, length, scratch.borders)
            counts[text], first = count, gram_offsets[text]
            number = 0
            if count >= shortest:
                kernels.hash_tokens(scratch.words, scratch.borders, count, scratch.tokens)
                kernels.roll_shingles(scratch.tokens, count, shortest, scratch.shingles)
                number = max(1, count - words + 1)
                anchors[first : first + number] = scratch.shingles[:number]
                kernels.roll_shingles(scratch.tokens, count, words, grams[first : first + number])
            gram_offsets[text + 1] = first + number

    return hash_items


def _scanning(made_of: str) -> Callable[..., None]:
    """Return the pass over documents, kept as long as its sources are the same."""

    @njit(cache=True, nogil=True)
    def scan_texts(
        data: Bytes,
        offsets: Indices,
        table: Places,
        words: int,
        shortest: int,
        lookup: Lookup,
        scratch: Scratch,
        seen: Indices,
        first: int,
        hits: Places,
        hit_offsets: Indices,
        longest: Indices,
    ) -> None:
        """Write, ascending, the numbers of the distinct n-grams that every text has, and its longest match.

        ``seen``: int64 [n-grams], below ``first``, and afterwards below that of the texts to come. See
        ``documents`` for the longest match. hit_offsets[0] is 0.
        """
        assert made_of
        stream, mask = scratch.words.view(np.uint8), np.uint64(8 * len(lookup.filter) - 1)
        for text in range(len(offsets) - 1):
            length = kernels.fold_text(data, offsets[text], offsets[text + 1], table, stream)
            count = kernels.find_tokens(scratch.words, length, scratch.borders)
            kernels.hash_tokens(scratch.words, scratch.borders, count, scratch.tokens)
            runs = kernels.roll_shingles(scratch.tokens, count, shortest, scratch.shingles)
            written, begin, best, run, before = hit_offsets[text], hit_offsets[text], 0, 0, -2
            for at in range(runs if count >= shortest else 0):
                anchor = scratch.shingles[at]
                bit = (anchor >> HALF) & mask
                if not (lookup.filter[bit >> THREE] >> np.uint8(bit & SEVEN)) & np.uint8(1):
                    continue
                entry = number_of(lookup.anchors, lookup.anchor_places, anchor)
                lengths = lookup.lengths[entry] if entry >= 0 else NONE
                here = 0
                while lengths != NONE:
                    size = shortest + trailing_zeros(lengths)
                    lengths &= lengths - ONE
                    if at + size > count:
                        break
                    gram = number_of(lookup.grams, lookup.gram_places, gram_hash(scratch.tokens, at, size))
                    if gram >= 0:
                        here = size
                        if seen[gram] != first + text:
                            seen[gram] = first + text
                            hits[written] = gram
                            written += 1
                if here > 0:
                    run = run + 1 if here == words and before == at - 1 else here
                    before = at if here == words else -2
                    best = max(best, run)
            hits[begin:written].sort()
            hit_offsets[text + 1], longest[text] = written, best

    return scan_texts


hash_items = _hashing(sources(bits, kernels))
scan_texts = _scanning(sources(bits, kernels))
