"""The features of a text that a student looks at: float64, finite, from the text alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.text_bytes import batches
from curation_assets.quality.student.counts import GROUPS, Count, ascii_groups
from curation_assets.quality.student.stop_words import stop_word_hashes

_BY_WORDS = (
    Count.WORD_BYTES, Count.SHORT_WORDS, Count.LONG_WORDS, Count.CAPITALISED_WORDS, Count.CAPITAL_WORDS,
    Count.WORDS_WITH_DIGIT, Count.WORDS_WITHOUT_VOWEL, Count.STOP_WORDS, Count.ENGLISH_STOP_WORDS,
    Count.DIFFERENT_WORDS, Count.REPEATED_PAIRS, Count.REPEATED_TRIPLES, Count.SENTENCE_ENDS, Count.COMMAS,
    Count.LINES,
)  # fmt: skip
_BY_LINES = (
    Count.SHORT_LINES, Count.ENDED_LINES, Count.INDENTED_LINES, Count.CAPITAL_LINES, Count.REPEATED_LINES,
    Count.LINE_BREAKS,
)  # fmt: skip
_BY_CHARACTERS = (*map(Count, range(GROUPS)), Count.DOUBLED, Count.GAPS, Count.REPEATED_BYTES)
_PLAIN = (
    Count.WORDS,
    Count.LINES,
    Count.LONGEST_WORD,
    Count.LONGEST_LINE,
    Count.DIFFERENT_STOP_WORDS,
    Count.ENTROPY,
    Count.PAIR_ENTROPY,
)

NAMES: tuple[str, ...] = (
    "characters",
    "all_characters",
    *(f"{count.name.lower()}_per_character" for count in _BY_CHARACTERS),
    *(f"{count.name.lower()}_per_word" for count in _BY_WORDS),
    *(f"{count.name.lower()}_per_line" for count in _BY_LINES),
    *(count.name.lower() for count in _PLAIN),
    "word_deviation",
    "line_mean",
    "line_deviation",
    "vowels_per_letter",
)
"""Columns of ``measure``. Nothing is scaled: trees see no more than the order of values."""


def measure(texts: Sequence[str], characters: int | None = None) -> NDArray[np.float64]:
    """Return the features of each text, float64 [n, len(NAMES)], all finite.

    Args:
        characters: only so many from the start of a text are read, apart from its length; None: all.
    """
    from curation_assets.quality.student.counting_kernel import count_texts

    tables = [np.empty((0, len(Count)))]
    for batch in batches(text[:characters] for text in texts):
        table = np.zeros((len(batch.offsets) - 1, len(Count)))
        count_texts(*batch, ascii_groups(), *stop_word_hashes(), table)
        tables.append(table)
    return _features(np.concatenate(tables), np.array([len(text) for text in texts], dtype=np.float64))


def _features(table: NDArray[np.float64], lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    def column(count: Count) -> NDArray[np.float64]:
        return table[:, count]

    read = table[:, :GROUPS].sum(axis=1)
    words, lines = column(Count.WORDS), column(Count.LINES)
    letters = column(Count.UPPER) + column(Count.LOWER)
    columns = [
        read,
        lengths,
        *(_ratio(column(count), read) for count in _BY_CHARACTERS),
        *(_ratio(column(count), words) for count in _BY_WORDS),
        *(_ratio(column(count), lines) for count in _BY_LINES),
        *(column(count) for count in _PLAIN),
        _deviation(column(Count.WORD_SQUARES), column(Count.WORD_BYTES), words),
        _ratio(read, lines),
        _deviation(column(Count.LINE_SQUARES), read, lines),
        _ratio(column(Count.VOWELS), letters),
    ]
    return np.stack(columns, axis=1)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return part / np.maximum(whole, 1.0)


def _deviation(
    squares: NDArray[np.float64], sums: NDArray[np.float64], numbers: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.sqrt(np.maximum(_ratio(squares, numbers) - _ratio(sums, numbers) ** 2, 0.0))
