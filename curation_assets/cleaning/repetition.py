"""Repetition rules of Gopher (Rae et al. 2021, arXiv 2112.11446, appendix A.1.1 and table A1).

Details follow datatrove's implementation: a duplicate n-gram counts from its second occurrence on and is then
skipped over, and shares of characters are of the whole text. A top n-gram must occur twice here. In scripts
written without spaces, where a word of this project is one letter, two letters stand for a word.
"""

from collections.abc import Iterable
from itertools import chain

import polars as pl

from curation_assets.cleaning.config import GopherRepetitionConfig
from curation_assets.cleaning.document import Document, ratio
from curation_assets.cleaning.rules import DType, Rule, Value, at_most

_SHARES = (
    "duplicate_lines",
    "duplicate_paragraphs",
    "duplicate_line_characters",
    "duplicate_paragraph_characters",
)
_NGRAMS = (
    *(f"top_{size}_gram" for size in (2, 3, 4)),
    *(f"duplicate_{size}_grams" for size in (5, 6, 7, 8, 9, 10)),
)
_PREFIX = "gopher_"
COLUMNS: dict[str, DType] = {_PREFIX + name: pl.Float64 for name in chain(_SHARES, _NGRAMS)}


def measure(document: Document) -> dict[str, Value]:
    """Return the values behind the rules; the shares of n-grams may exceed 1 where sequences overlap."""
    characters = len(document.text)
    lines, line_characters = duplicates(document.lines)
    paragraphs, paragraph_characters = duplicates(document.paragraphs)
    values: dict[str, Value] = {
        "gopher_duplicate_lines": ratio(lines, len(document.lines)),
        "gopher_duplicate_paragraphs": ratio(paragraphs, len(document.paragraphs)),
        "gopher_duplicate_line_characters": ratio(line_characters, characters),
        "gopher_duplicate_paragraph_characters": ratio(paragraph_characters, characters),
    }
    repeated = _repeated_characters(document)
    values.update(
        (_PREFIX + name, ratio(count, characters)) for name, count in zip(_NGRAMS, repeated, strict=True)
    )
    return values


def duplicates(parts: list[str]) -> tuple[int, int]:
    """Return how many parts equal an earlier one, and their characters."""
    seen: set[str] = set()
    count = characters = 0
    for part in parts:
        if part in seen:
            count += 1
            characters += len(part)
        else:
            seen.add(part)
    return count, characters


def _repeated_characters(document: Document) -> Iterable[int]:
    import numpy as np

    from curation_assets.cleaning.ngrams import repeated_characters

    words, vocabulary = document.words, document.vocabulary
    codes = np.fromiter(map(vocabulary.__getitem__, words), dtype=np.int64, count=len(words))
    sizes = np.fromiter(map(len, vocabulary), dtype=np.int64, count=len(vocabulary))
    found = repeated_characters(codes, sizes[codes], document.unspaced)
    return [int(count) for count in found]


def rules(config: GopherRepetitionConfig) -> list[Rule]:
    """Return the rules that are on, in the order in which they name a reason."""
    if not config.enabled:
        return []
    names = [*_SHARES, *_NGRAMS]
    return [rule for name in names for rule in at_most(_PREFIX + name, _PREFIX + name, getattr(config, name))]
