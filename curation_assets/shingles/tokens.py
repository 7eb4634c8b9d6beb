"""What a word is to deduplication.

The text is lower-cased and cut by its characters' classes, see ``characters``:

- separator: every ASCII character that is no letter and no digit, and Unicode's spaces, punctuation and
  symbols as listed in ``characters.SEPARATORS``; separators are dropped;
- single: the characters of scripts written without spaces, as listed in ``characters.SINGLES`` (ideographs,
  kana, bopomofo, Thai, Lao, Myanmar, Khmer); each is a token of its own;
- word: every other character; a token is a longest run of them.

Hangul is written with spaces, so its syllables are word characters. The ranges are listed rather than asked
of ``unicodedata``, since a hash must not change with the version of Python. Two texts are exact copies when
these token sequences are equal; their similarity is the Jaccard index of the sets of ``shingle_words``
consecutive tokens. A text with fewer tokens than that is one single shingle; a text without any token has
none.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

SLACK = 256
"""Bytes and items that the kernels write or read beyond the last that counts, generously."""


class TextBuffers(NamedTuple):
    """Texts one behind the other as UTF-8: ``data`` uint8, and ``offsets`` int64 [texts + 1] into it."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]


class Scratch(NamedTuple):
    """Memory for the steps of one text, see ``kernels``; of it only what a text needs is ever touched.

    Attributes:
        words: uint64, the folded text by 8 bytes.
        borders: uint32, begin and end of each token in the folded text.
        tokens: uint64, hash of each token.
        shingles: uint64.
        slots: uint64, three times as many, to sort them in.
    """

    words: NDArray[np.uint64]
    borders: NDArray[np.uint32]
    tokens: NDArray[np.uint64]
    shingles: NDArray[np.uint64]
    slots: NDArray[np.uint64]


def buffers(texts: pl.Series) -> TextBuffers:
    """Return the texts (String; null counts as empty) as one buffer."""
    array = texts.fill_null("").to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    begin, end = array.offset, array.offset + len(array) + 1
    bounds = np.frombuffer(offsets, dtype=np.int64)[begin:end] if len(array) else np.zeros(1, dtype=np.int64)
    return TextBuffers(np.frombuffer(data or b"", dtype=np.uint8), bounds)


def scratch_for(longest: int) -> Scratch:
    """Return memory for texts of at most so many bytes.

    Folding makes of the 3 bytes of a single character at most 5, and of 2 bytes of a capital at most 3; two
    tokens are at least a byte apart, or one of them is a single.
    """
    tokens = (longest + 1) // 2
    return Scratch(
        words=np.empty(longest // 4 + SLACK, dtype=np.uint64),
        borders=np.empty(2 * tokens + SLACK, dtype=np.uint32),
        tokens=np.empty(tokens + SLACK, dtype=np.uint64),
        shingles=np.empty(tokens + SLACK, dtype=np.uint64),
        slots=np.empty(3 * tokens + SLACK, dtype=np.uint64),
    )
