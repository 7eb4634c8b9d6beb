"""Fingerprints of texts by winnowing, and the passages around some of them, compiled by numba.

Schleimer, Wilkerson and Aiken 2003, Winnowing: Local Algorithms for Document Fingerprinting, SIGMOD: of the
hashes of every n-gram of words the smallest of each ``sampled_of`` consecutive ones is kept, the last one
where several are. So which is kept depends on the ``gram + sampled_of - 1`` words around it alone: two equal
passages of that many words have the same fingerprint at the same place in them, two places of one text too.

As for ``walking``: import it inside functions only; every kernel works on arrays that its caller allocates.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
Places = NDArray[np.uint32]
Flags = NDArray[np.bool_]

# Odd, of no structure: the fractional parts of the square roots of 2, 3 and 5.
BASE_1, BASE_2, SPREADER = (
    np.uint64(0x6A09E667F3BCC909),
    np.uint64(0xBB67AE8584CAA73B),
    np.uint64(0x3C6EF372FE94F82B),
)
HALF, THIRD, FREE, ONE = np.uint64(32), np.uint64(29), np.uint64(0), np.uint64(1)


@njit(cache=True, nogil=True, inline="always")
def spread(value: np.uint64) -> np.uint64:
    """Let every bit have a part in the high and the low ones; never 0, which stands for a free place."""
    value ^= value >> HALF
    value *= SPREADER
    value ^= value >> THIRD
    return max(value, ONE)


@njit(cache=True, nogil=True, inline="always")
def contains(places: Hashes, key: np.uint64) -> bool:
    at = key & np.uint64(len(places) - 1)
    while places[at] != FREE:
        if places[at] == key:
            return True
        at = (at + ONE) & np.uint64(len(places) - 1)
    return False


@njit(cache=True, nogil=True)
def insert(places: Hashes, keys: Hashes) -> None:
    """Put keys into a set, a power of two of ``places`` that are 0 where they are free; some must stay so."""
    for key in keys:
        at = key & np.uint64(len(places) - 1)
        while places[at] != FREE and places[at] != key:
            at = (at + ONE) & np.uint64(len(places) - 1)
        places[at] = key


@njit(cache=True, nogil=True)
def count_members(places: Hashes, keys: Hashes, offsets: Indices, counts: Indices) -> None:
    """Count, for every row, whose keys lie between its offsets, those that are in the set."""
    for row in range(len(offsets) - 1):
        for at in range(offsets[row], offsets[row + 1]):
            counts[row] += contains(places, keys[at])


@njit(cache=True, nogil=True)
def members(places: Hashes, keys: Hashes, found: Flags) -> None:
    for at in range(len(keys)):
        found[at] = contains(places, keys[at])


@njit(cache=True, nogil=True)
def hash_grams(tokens: Hashes, width: int, base: np.uint64, grams: Hashes) -> int:
    """Hash every ``width`` consecutive tokens by a polynomial modulo 2^64; return how many there are."""
    highest = ONE
    for _ in range(width):
        highest *= base
    state = FREE
    for at in range(min(width, len(tokens))):
        state = state * base + tokens[at]
    if len(tokens) >= width:
        grams[0] = spread(state)
    for at in range(width, len(tokens)):
        state = state * base + tokens[at] - tokens[at - width] * highest
        grams[at - width + 1] = spread(state)
    return max(0, len(tokens) - width + 1)


@njit(cache=True, nogil=True, inline="always")
def smallest(grams: Hashes, first: int, last: int) -> int:
    """Return the position of the smallest, the last one of several."""
    found = first
    for at in range(first + 1, last + 1):
        if grams[at] <= grams[found]:
            found = at
    return found


@njit(cache=True, nogil=True)
def fingerprints_of_texts(
    tokens: Hashes,
    offsets: Indices,
    width: int,
    sampled_of: int,
    grams: Hashes,
    keys: Hashes,
    key_offsets: Indices,
) -> None:
    """Keep the fingerprints of every text; of more than two equal ones in a row two."""
    count = 0
    for text in range(len(offsets) - 1):
        number = hash_grams(tokens[offsets[text] : offsets[text + 1]], width, BASE_1, grams)
        first, kept = count, -1
        for start in range(number - sampled_of + 1):
            last = start + sampled_of - 1
            if kept < start:
                kept = smallest(grams, start, last)
            elif grams[last] <= grams[kept]:
                kept = last
            else:
                continue
            key = grams[kept]
            if count < first + 2 or keys[count - 1] != key or keys[count - 2] != key:
                keys[count] = key
                count += 1
        key_offsets[text + 1] = count


@njit(cache=True, nogil=True)
def windows_of_texts(
    tokens: Hashes,
    offsets: Indices,
    width: int,
    sampled_of: int,
    wanted: Hashes,
    grams: Hashes,
    windows: tuple[Hashes, Hashes],
    left: Hashes,
    right: Hashes,
    starts: Places,
    window_offsets: Indices,
) -> None:
    """Hash, to 128 bits, every passage of ``width + sampled_of - 1`` words whose fingerprint is wanted.

    ``wanted`` is a set as ``insert`` makes it; ``left`` and ``right`` are the hashes' halves.
    """
    count = 0
    for text in range(len(offsets) - 1):
        own = tokens[offsets[text] : offsets[text + 1]]
        number = hash_grams(own, width, BASE_1, grams)
        hash_grams(own, width + sampled_of - 1, BASE_1, windows[0])
        hash_grams(own, width + sampled_of - 1, BASE_2, windows[1])
        kept, is_wanted = -1, False
        for start in range(number - sampled_of + 1):
            last = start + sampled_of - 1
            if kept < start:
                kept = smallest(grams, start, last)
                is_wanted = contains(wanted, grams[kept])
            elif grams[last] <= grams[kept]:
                kept = last
                is_wanted = contains(wanted, grams[kept])
            if is_wanted:
                left[count], right[count], starts[count] = windows[0][start], windows[1][start], start
                count += 1
        window_offsets[text + 1] = count
