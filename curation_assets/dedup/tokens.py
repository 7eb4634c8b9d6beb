"""What a word is to deduplication.

The text is lower-cased by Polars (Unicode's full case mapping, no locale) and cut by its characters' classes:

- separator: every ASCII character that is no letter and no digit, and Unicode's spaces, punctuation and
  symbols as listed in ``SEPARATORS``; separators are dropped;
- single: the characters of scripts written without spaces, as listed in ``SINGLES`` (ideographs, kana,
  bopomofo, Thai, Lao, Myanmar, Khmer); each is a token of its own;
- word: every other character; a token is a longest run of them.

Hangul is written with spaces, so its syllables are word characters. The ranges are listed rather than asked
of ``unicodedata``, since a hash must not change with the version of Python. Two texts are exact copies when
these token sequences are equal; their similarity is the Jaccard index of the sets of ``shingle_words``
consecutive tokens. A text with fewer tokens than that is one single shingle; a text without any token has
none.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

SEPARATOR, WORD, SINGLE = 0, 1, 2
CODE_POINTS = 0x110000

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


class TextBuffers(NamedTuple):
    """Texts one behind the other as UTF-8: ``data`` uint8, and ``offsets`` int64 [texts + 1] into it."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]


class TokenBuffers(NamedTuple):
    """The tokens of the texts one behind the other.

    ``hashes``: uint64, one a token; ``token_offsets``: int64 [texts + 1] into it. ``words``: uint8, the
    tokens of each text joined by a space; ``word_offsets``: int64 [texts + 1] into it.
    """

    hashes: NDArray[np.uint64]
    token_offsets: NDArray[np.int64]
    words: NDArray[np.uint8]
    word_offsets: NDArray[np.int64]


@cache
def character_classes() -> NDArray[np.uint8]:
    """Return the class of every code point (uint8 [0x110000])."""
    classes = np.full(CODE_POINTS, WORD, dtype=np.uint8)
    for ranges, kind in ((SEPARATORS, SEPARATOR), (SINGLES, SINGLE)):
        for first, last in ranges:
            classes[first : last + 1] = kind
    return classes


def lowered(texts: pl.Series) -> TextBuffers:
    """Return the lower-cased texts (String; null counts as empty) as one buffer."""
    array = texts.fill_null("").str.to_lowercase().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    begin, end = array.offset, array.offset + len(array) + 1
    bounds = np.frombuffer(offsets, dtype=np.int64)[begin:end] if len(array) else np.zeros(1, dtype=np.int64)
    return TextBuffers(np.frombuffer(data or b"", dtype=np.uint8), bounds)


def tokenise(texts: pl.Series) -> TokenBuffers:
    """Cut the texts (String) into tokens as this module's description says."""
    from curation_assets.dedup import kernels

    data, offsets = lowered(texts)
    count, size = len(texts), int(offsets[-1] - offsets[0])
    hashes = np.empty((size + count) // 2 + 1, dtype=np.uint64)
    words = np.empty(size + size // 2 + count + 1, dtype=np.uint8)
    token_offsets = np.zeros(count + 1, dtype=np.int64)
    word_offsets = np.zeros(count + 1, dtype=np.int64)
    kernels.tokenise_texts(data, offsets, character_classes(), hashes, token_offsets, words, word_offsets)
    return TokenBuffers(hashes[: token_offsets[-1]], token_offsets, words[: word_offsets[-1]], word_offsets)
