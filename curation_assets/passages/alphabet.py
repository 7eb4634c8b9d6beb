"""What every character is to passages, in one table: its class, its lower case, whether digit or space."""

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.text.characters import CODE_POINTS, WORD, character_classes

CODE = 0x1FFFFF
"""Mask of the bits that hold the lower case; the class is above them."""
CLASS_SHIFT, DIGIT, SPACE = 21, 1 << 23, 1 << 24
SURROGATES = range(0xD800, 0xE000)
FINAL_SIGMA, SIGMA = 0x3C2, 0x3C3

ZEROS = (
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50,
    0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x1D7CE, 0x1D7D8,
    0x1D7E2, 0x1D7EC, 0x1D7F6,
)  # fmt: skip
"""The zero of every script whose digits are in use; the other nine follow it."""
SPACES = (
    *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029,
    0x202F, 0x205F, 0x3000,
)  # fmt: skip


@cache
def character_table() -> NDArray[np.uint32]:
    """Return uint32 [0x110000].

    Lower case is Polars' (Unicode's, no locale), one character for one: the letter I with a dot becomes i,
    and the sigma at the end of a word is the other one.
    """
    codes = np.arange(CODE_POINTS, dtype=np.uint32)
    valid = np.delete(codes, SURROGATES)
    letters = pl.Series([chr(code) for code in valid.tolist()]).str.to_lowercase()
    lower = codes.copy()
    lower[valid] = [ord(letter[0]) for letter in letters]
    lower[FINAL_SIGMA] = SIGMA
    table = lower | character_classes()[lower].astype(np.uint32) << np.uint32(CLASS_SHIFT)
    for zero in ZEROS:
        table[zero : zero + 10] |= DIGIT
    table[list(SPACES)] |= SPACE
    return table


@cache
def ascii_letters() -> NDArray[np.uint8]:
    """Return, for every byte (uint8 [256]), the lower case of the ASCII letter or digit that it is, or 0."""
    table = character_table()[:128]
    letters = np.zeros(256, dtype=np.uint8)
    letters[:128] = np.where(table >> np.uint32(CLASS_SHIFT) & 3 == WORD, table & CODE, 0)
    return letters
