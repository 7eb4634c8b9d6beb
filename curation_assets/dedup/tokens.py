"""What a word is to deduplication.

The text is lower-cased by Polars (Unicode's full case mapping, no locale) and cut by its characters' classes:

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

from curation_assets.dedup.characters import character_classes


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
