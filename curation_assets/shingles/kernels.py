"""The loops that turn texts into hashes, compiled by numba over Arrow's buffers.

Import this module inside functions only: importing numba takes longer than importing the rest of the package.
Wraparound of unsigned integers is meant throughout. Every kernel works on arrays that its caller allocates,
see ``tokens.Scratch``. A text goes through four steps, each over memory that is in the processor's cache:

1. ``fold_text`` writes it lower-cased, with separators as spaces and a space around each single character.
2. ``find_tokens`` finds where words begin and end, 64 bytes at a time.
3. ``hash_tokens`` hashes each word by pieces of 8 bytes, and all of them to 128 bits.
4. ``roll_shingles`` hashes each run of words from the last run, whatever its width.

Eight bytes are read as a word of the machine, which is little-endian wherever numba's wheels run.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.shingles.bits import eight_bytes, ones, trailing_zeros

Bytes = NDArray[np.uint8]
Hashes = NDArray[np.uint64]
Words32 = NDArray[np.uint32]
Indices = NDArray[np.int64]

# As in characters.py. Written here again, since numba compiles anew only what stands in a file that changed.
SPACE, SINGLE_MARK = np.uint8(0x20), 1 << 31
ASCII_END, CASE_BIT = np.uint8(0x80), np.uint8(0x20)
FIRST_LETTER, LETTERS, FIRST_DIGIT, DIGITS = np.uint8(0x61), np.uint8(26), np.uint8(0x30), np.uint8(10)
BLOCK = 64
"""Bytes folded and searched at a time; the stream is filled up with as many spaces."""

# The multipliers are those of SplitMix64, MurmurHash3's 64-bit finaliser, and xxHash's primes 64-1 and 64-2.
STEP = np.uint64(0x9E3779B97F4A7C15)
MIX_1, MIX_2, MIX_SHIFT = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(33)
CHAIN_1, CHAIN_2 = np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F)
HALF, ALL, NONE, ONE = np.uint64(32), np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0), np.uint64(1)
TOP_BITS, GATHER = np.uint64(0x8080808080808080), np.uint64(0x0102040810204080)
THREE, SEVEN, EIGHT, TOP_BYTE = np.uint64(3), np.uint64(7), np.uint64(8), np.uint64(56)
LAST_BIT, BITS = np.uint64(63), np.uint64(64)


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


@njit(cache=True, nogil=True, inline="always")
def write_character(code: np.int64, stream: Bytes, at: int) -> int:
    """Write a code point as UTF-8; return where it ends."""
    if code < 0x80:
        stream[at] = code
        return at + 1
    if code < 0x800:
        stream[at] = 0xC0 | code >> 6
    else:
        if code < 0x10000:
            stream[at] = 0xE0 | code >> 12
        else:
            stream[at] = 0xF0 | code >> 18
            at += 1
            stream[at] = 0x80 | (code >> 12) & 0x3F
        at += 1
        stream[at] = 0x80 | (code >> 6) & 0x3F
    stream[at + 1] = 0x80 | code & 0x3F
    return at + 2


@njit(cache=True, nogil=True, inline="always")
def fold_ascii(data: Bytes, stream: Bytes) -> np.uint8:
    """Fold bytes as if all were ASCII; the result is below 0x80 if they are. LLVM makes vectors of it."""
    seen = np.uint8(0)
    for at in range(len(data)):
        seen |= data[at]
    for at in range(len(data)):
        byte = data[at]
        low = np.uint8(byte | CASE_BIT)  # of digits the bit is set already
        word = (np.uint8(low - FIRST_LETTER) < LETTERS) | (np.uint8(byte - FIRST_DIGIT) < DIGITS)
        stream[at] = low if word else SPACE
    return seen


@njit(cache=True, nogil=True, inline="always")
def fold_character(data: Bytes, at: int, table: Words32, stream: Bytes, written: int) -> tuple[int, int]:
    """Fold the character at a position; return the position after it and where the stream ends."""
    code, width = character(data, at)
    entry = np.int64(table[code])
    if entry < SINGLE_MARK:
        return at + width, write_character(entry, stream, written)
    if written > 0 and stream[written - 1] != SPACE:
        stream[written] = SPACE
        written += 1
    written = write_character(entry - SINGLE_MARK, stream, written)
    stream[written] = SPACE
    return at + width, written + 1


@njit(cache=True, nogil=True)
def fold_text(data: Bytes, start: int, stop: int, table: Words32, stream: Bytes) -> int:
    """Write a text's words to the stream as the module says, and spaces behind it; return its length."""
    at, written = start, 0
    while at < stop:
        if at + BLOCK <= stop:
            if fold_ascii(data[at : at + BLOCK], stream[written : written + BLOCK]) < ASCII_END:
                at += BLOCK
                written += BLOCK
                continue
            while data[at] < ASCII_END:  # up to the first other character the block is right
                at += 1
                written += 1
        else:
            while at < stop and data[at] < ASCII_END:
                stream[written] = table[data[at]]
                at += 1
                written += 1
        while at < stop and data[at] >= ASCII_END:
            at, written = fold_character(data, at, table, stream, written)
    for behind in range(2 * BLOCK):
        stream[written + behind] = SPACE
    return written


@njit(cache=True, nogil=True)
def find_tokens(words: Hashes, length: int, borders: Words32) -> int:
    """Write the begin and the end of every word of the stream, in turn; return how many words there are.

    ``words`` is the stream by 8 bytes. A space is 0x20; any other byte has a bit of 0x10, 0x40 or 0x80.
    """
    found, inside = 0, NONE
    for block in range(length // BLOCK + 1):
        eight, mask = words[8 * block : 8 * block + 8], NONE
        for at in range(8):
            tops = (eight[at] | eight[at] << ONE | eight[at] << THREE) & TOP_BITS
            mask |= ((tops >> SEVEN) * GATHER >> TOP_BYTE) << np.uint64(8 * at)
        changes = mask ^ (mask << ONE | inside)
        inside = mask >> LAST_BIT
        own, count = borders[found : found + BLOCK], ones(changes)
        for at in range(0, count, 4):  # four at a time; what is too many is overwritten
            for ahead in range(at, at + 4):
                own[ahead] = BLOCK * block + trailing_zeros(changes)
                changes &= changes - ONE
        found += count
    return found // 2


@njit(cache=True, nogil=True, inline="always")
def hash_token(words: Hashes, at: np.uint64, stop: np.uint64) -> np.uint64:
    """Hash the bytes of a word that has any.

    Up to 8 bytes two words never have the same hash, since every step can be undone.
    """
    state = STEP
    while stop - at > EIGHT:
        state = (state ^ eight_bytes(words, at)) * MIX_1
        state ^= state >> HALF
        at += EIGHT
    state = (state ^ eight_bytes(words, at) & (ALL >> (BITS - (stop - at << THREE)))) * MIX_1
    state = (state ^ state >> HALF) * MIX_2
    return state ^ state >> HALF


@njit(cache=True, nogil=True)
def hash_tokens(words: Hashes, borders: Words32, count: int, tokens: Hashes) -> None:
    """Write the hash of every word."""
    for token in range(count):
        tokens[token] = hash_token(words, np.uint64(borders[2 * token]), np.uint64(borders[2 * token + 1]))


@njit(cache=True, nogil=True)
def hash_text(words: Hashes, borders: Words32, count: int, tokens: Hashes, exact: Hashes) -> None:
    """Write the hash of every word, and that of their sequence to exact[0] and exact[1].

    Two chains of 64 bits, in which again every step can be undone. So texts in which one word differs are
    never taken for equal unless that word's hash collides (by a chance of 2^-64, only beyond 8 bytes);
    others are by a chance of 2^-128: among 10^12 documents one pair in 10^15 lakes. A collision can be made
    on purpose, as this is no cryptographic hash, but whoever wants to take a document's place needs none: a
    longer text of nearly the same words takes it anyway.
    """
    one, other = STEP, MIX_1
    for token in range(count):
        state = hash_token(words, np.uint64(borders[2 * token]), np.uint64(borders[2 * token + 1]))
        tokens[token] = state
        one = (one ^ state) * CHAIN_1
        one ^= one >> HALF
        other = (other ^ state) * CHAIN_2
        other ^= other >> HALF
    exact[0], exact[1] = mix(one ^ np.uint64(count)), mix(other ^ np.uint64(count))


@njit(cache=True, nogil=True)
def roll_shingles(tokens: Hashes, count: int, width: int, shingles: Hashes) -> int:
    """Hash every ``width`` consecutive tokens; fewer are one shingle, none give none. Return how many.

    A run's value is a polynomial in CHAIN_1, so the next run's follows from it in constant time.
    """
    taken = min(width, count)
    if taken == 0:
        return 0
    value, power = NONE, ONE
    for at in range(taken):
        value = value * CHAIN_1 + tokens[at]
        power *= CHAIN_1
    salt = np.uint64(taken) * STEP
    for at in range(count - taken + 1):
        mixed = value + salt
        mixed = (mixed ^ mixed >> HALF) * MIX_1
        shingles[at] = mixed ^ mixed >> HALF
        if at + taken < count:
            value = value * CHAIN_1 + (tokens[at + taken] - tokens[at] * power)
    return count - taken + 1
