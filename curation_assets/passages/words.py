"""What a word, a line and a paragraph are to passages.

Words are cut as deduplication cuts them (``shingles.tokens``): runs of letters and digits in lower case, and
every ideograph, kana or letter of Thai, Lao, Myanmar and Khmer by itself. But they are looked for in the text
as it stands, so that their places are known; lower case is that of ``alphabet``.

A line is what is between line feeds; a paragraph what is between empty lines. Two are equal if their letters
and digits are, in lower case, with every digit as 0: as in CCNet (Wenzek et al. 2019, arXiv 1911.00359,
section 3.1), except that spaces do not count and accents do.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.passages.alphabet import ascii_letters, character_table
from curation_assets.passages.config import PassagesConfig

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
Places = NDArray[np.uint32]


class TextBuffers(NamedTuple):
    """Texts one behind the other as UTF-8: ``data`` uint8, and ``offsets`` int64 [texts + 1] into it."""

    data: NDArray[np.uint8]
    offsets: Indices

    @property
    def bytes(self) -> int:
        return int(self.offsets[-1] - self.offsets[0])


class Words(NamedTuple):
    """Words of texts one behind the other: ``offsets`` int64 [texts + 1] into the others.

    ``hashes``: 64 bits, of the word in lower case. ``starts`` and ``stops``: where it lies in its text, in
    bytes; empty where they were not asked for.
    """

    hashes: Hashes
    offsets: Indices
    starts: Places
    stops: Places


class Lines(NamedTuple):
    """Lines of texts one behind the other: ``offsets`` int64 [texts + 1] into the others.

    ``hashes``: 64 bits. ``starts`` and ``stops``: the line's words, by their number in the text.
    ``words``: int64 [texts], of the whole text.
    """

    hashes: Hashes
    offsets: Indices
    starts: Places
    stops: Places
    words: Indices


def buffers(texts: pl.Series) -> TextBuffers:
    """Return the texts (String; null counts as empty) as one buffer."""
    array = texts.fill_null("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    begin, end = array.offset, array.offset + len(array) + 1
    bounds = np.frombuffer(offsets, dtype=np.int64)[begin:end] if len(array) else np.zeros(1, dtype=np.int64)
    return TextBuffers(np.frombuffer(data or b"", dtype=np.uint8), bounds)


def words_of(texts: TextBuffers, *, placed: bool = False) -> Words:
    """Cut texts into words; ``placed`` says where they lie, too."""
    from curation_assets.passages import walking

    count = len(texts.offsets) - 1
    most = (texts.bytes + count) // 2 + 1  # words are parted by a byte at least, ideographs have three
    hashes = np.empty(most, dtype=np.uint64)
    starts, stops = (np.empty(most if placed else 0, dtype=np.uint32) for _ in range(2))
    offsets = np.zeros(count + 1, dtype=np.int64)
    walking.tokens_of_texts(*texts, character_table(), ascii_letters(), hashes, offsets, starts, stops)
    return Words(hashes[: offsets[-1]], offsets, starts[: offsets[-1]], stops[: offsets[-1]])


def lines_of(texts: TextBuffers, config: PassagesConfig) -> Lines:
    """Return the lines (or paragraphs) that have ``config.line_characters`` letters and digits."""
    from curation_assets.passages import walking

    count = len(texts.offsets) - 1
    most = texts.bytes // config.line_characters + 1
    hashes = np.empty(most, dtype=np.uint64)
    starts, stops = (np.empty(most, dtype=np.uint32) for _ in range(2))
    offsets = np.zeros(count + 1, dtype=np.int64)
    words = np.empty(count, dtype=np.int64)
    line_feeds = {"line": 1, "paragraph": 2}[config.line_unit]
    walking.lines_of_texts(
        *texts, character_table(), line_feeds, config.line_characters, hashes, offsets, starts, stops, words
    )
    found = offsets[-1]
    return Lines(hashes[:found], offsets, starts[:found], stops[:found], words)
