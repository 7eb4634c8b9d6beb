"""Sequences of words that occur several times, as places in a text, as Gopher's rules count them."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.inspection.sampling.highlights.lines import Span
from curation_assets.text.words import unspaced_share, word_spans

Integers = NDArray[np.int64]


def top_ngram(text: str, size: int) -> list[Span]:
    """Return every occurrence of the most frequent sequence of ``size`` words, the first of equals.

    Nothing where none occurs twice. Occurrences may overlap. In scripts written without spaces, where a
    word is one letter, two of them stand for a word.
    """
    spans, numbers = _numbered(text, size)
    if not len(numbers):
        return []
    _, firsts, counts = np.unique(numbers, return_index=True, return_counts=True)
    most = counts.max()
    if most < 2:
        return []
    first = firsts[counts == most].min()
    return _places(spans, np.flatnonzero(numbers == numbers[first]), len(spans) - len(numbers) + 1)


def duplicate_ngrams(text: str, size: int) -> list[Span]:
    """Return the sequences of ``size`` words that stood before; each is skipped over, so none overlap."""
    spans, numbers = _numbered(text, size)
    if not len(numbers):
        return []
    length = len(spans) - len(numbers) + 1
    _, own, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    found, seen, free = [], set(), 0
    for start in np.flatnonzero(counts[own] > 1).tolist():
        if start < free:
            continue
        if (number := int(numbers[start])) in seen:
            found.append(start)
            free = start + length
        seen.add(number)
    return _places(spans, np.array(found, np.int64), length)


def _numbered(text: str, size: int) -> tuple[Integers, Integers]:
    """Return the words (int64 [words, 2]) and a number for the sequence that starts at each, equal for equal.

    The second is int64 [words - length + 1], and empty where there are too few words.
    """
    spans = np.array(list(word_spans(text)), np.int64).reshape(-1, 2)
    length = 2 * size if unspaced_share(text) > 0.5 else size
    if len(spans) < length:
        return spans, np.empty(0, np.int64)
    known: dict[str, int] = {}
    words = [known.setdefault(text[start:end], len(known)) for start, end in spans.tolist()]
    single = np.array(words, np.int64)
    numbers = single
    for taken in range(1, length):
        # Both factors are numbers of words or less, so that no product comes near 2**63.
        _, numbers = np.unique(numbers[:-1] * len(known) + single[taken:], return_inverse=True)
    return spans, numbers


def _places(spans: Integers, starts: Integers, length: int) -> list[Span]:
    places = np.stack([spans[starts, 0], spans[starts + length - 1, 1]], axis=1)
    return [(start, end) for start, end in places.tolist()]
