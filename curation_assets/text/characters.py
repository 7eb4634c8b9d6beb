"""The class of every character: what separates words, what is a word of its own, what makes up words.

Letters are lower-cased one by one, by Unicode's mapping in the version that Polars has. Where that gives two
characters (of the capital I with a dot only) the first counts, and the small sigma at a word's end counts as
any other, so that no context has to be looked at.
"""

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

SEPARATOR, WORD, SINGLE = 0, 1, 2
CODE_POINTS = 0x110000
CASED_END = 0x20000
"""No character from here on is a capital letter."""
SURROGATES = range(0xD800, 0xE000)
SPACE, SINGLE_MARK = 0x20, 1 << 31
FINAL_SIGMA, SIGMA = 0x3C2, 0x3C3

SEPARATORS = (
    (0x0000, 0x002F), (0x003A, 0x0040), (0x005B, 0x0060), (0x007B, 0x007F),  # ASCII
    (0x0080, 0x00A9), (0x00AB, 0x00B1), (0x00B4, 0x00B4),
    (0x00B6, 0x00B8), (0x00BB, 0x00BB), (0x00BF, 0x00BF), (0x00D7, 0x00D7), (0x00F7, 0x00F7),  # Latin-1
    (0x037E, 0x037E), (0x0387, 0x0387), (0x055A, 0x055F), (0x0589, 0x058A),  # Greek, Armenian
    (0x05BE, 0x05BE), (0x05C0, 0x05C0), (0x05C3, 0x05C3), (0x05C6, 0x05C6), (0x05F3, 0x05F4),  # Hebrew
    (0x0609, 0x060D), (0x061B, 0x061F), (0x066A, 0x066D), (0x06D4, 0x06D4),  # Arabic
    (0x0964, 0x0965), (0x0970, 0x0970), (0x0E4F, 0x0E4F), (0x0E5A, 0x0E5B), (0x0F04, 0x0F14),
    (0x0F3A, 0x0F3D), (0x104A, 0x104F), (0x17D4, 0x17D6), (0x17D8, 0x17DA),  # South and South-East Asia
    (0x1360, 0x1368), (0x1680, 0x1680), (0x180E, 0x180E),  # Ethiopic, Ogham, Mongolian
    (0x2000, 0x206F), (0x20A0, 0x20CF), (0x2190, 0x245F), (0x249C, 0x24FF), (0x2500, 0x2775),
    (0x2794, 0x2BFF), (0x2E00, 0x2E2E), (0x2E30, 0x2E7F),  # general punctuation, currency, arrows, symbols
    (0x3000, 0x3004), (0x3008, 0x3020), (0x3030, 0x3030), (0x303D, 0x303F), (0x30A0, 0x30A0),
    (0x30FB, 0x30FB),  # East Asia
    (0xFE10, 0xFE1F), (0xFE30, 0xFE6F), (0xFEFF, 0xFEFF),  # vertical and small forms, byte order mark
    (0xFF00, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40), (0xFF5B, 0xFF65), (0xFFE0, 0xFFFF),  # full width
    (0x1F000, 0x1FAFF),  # pictographs
)  # fmt: skip
SINGLES = (
    (0x0E01, 0x0E4E), (0x0E50, 0x0E59), (0x0E80, 0x0EFF), (0x1000, 0x1049), (0x1050, 0x109F),
    (0x1780, 0x17D3), (0x17D7, 0x17D7), (0x17DB, 0x17FF),  # Thai, Lao, Myanmar, Khmer
    (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x302F), (0x3031, 0x303C), (0x3041, 0x309F),
    (0x30A1, 0x30FA), (0x30FC, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9D), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip


@cache
def character_classes() -> NDArray[np.uint8]:
    """Return the class of every code point (uint8 [0x110000])."""
    classes = np.full(CODE_POINTS, WORD, dtype=np.uint8)
    for ranges, kind in ((SEPARATORS, SEPARATOR), (SINGLES, SINGLE)):
        for first, last in ranges:
            classes[first : last + 1] = kind
    return classes


@cache
def character_table() -> NDArray[np.uint32]:
    """Return what folding makes of every code point (uint32 [0x110000]).

    A space of a separator, else the lower-cased code point, plus ``SINGLE_MARK`` for a token of its own.
    """
    table = np.arange(CODE_POINTS, dtype=np.uint32)
    codes = np.concatenate([table[1 : SURROGATES.start], table[SURROGATES.stop : CASED_END]])
    table[codes] = _lowered(codes)
    table[FINAL_SIGMA] = SIGMA
    kinds = character_classes()
    table[kinds == SINGLE] |= np.uint32(SINGLE_MARK)
    table[kinds == SEPARATOR] = SPACE
    return table


def _lowered(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the first character of each one's lower case; all in one string with NUL between, to be fast."""
    apart = np.zeros((len(codes), 2), dtype="<u4")
    apart[:, 1] = codes
    low = pl.Series([apart.tobytes().decode("utf-32-le")]).str.to_lowercase()[0]
    characters = np.frombuffer(low.encode("utf-32-le"), dtype="<u4")
    first: NDArray[np.uint32] = characters[np.flatnonzero(characters == 0) + 1]
    return first
