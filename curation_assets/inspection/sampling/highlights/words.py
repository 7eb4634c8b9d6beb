"""Words and characters that rules count, as places in a text."""

import re
from collections.abc import Iterator

from curation_assets.cleaning.languages.stop_words import STOP_WORDS
from curation_assets.cleaning.rules.word_lists import Entries
from curation_assets.inspection.sampling.highlights.lines import Span
from curation_assets.text.words import word_spans

_NO_LETTER = re.compile(r"[\d'\u2019\u2010-]+")
_HYPHEN = re.compile("[-\u2010]")
NUMBER_SIGN = re.compile("#")
BRACKET = re.compile("{")
ELLIPSIS = re.compile(r"\.\.\.|\u2026")
LOREM_IPSUM = re.compile("lorem ipsum", re.IGNORECASE | re.ASCII)


def matches(text: str, pattern: re.Pattern[str]) -> list[Span]:
    return [found.span() for found in pattern.finditer(text)]


def longer_words(text: str, characters: float) -> list[Span]:
    return [(start, end) for start, end in word_spans(text) if end - start > characters]


def shorter_words(text: str, characters: float) -> list[Span]:
    return [(start, end) for start, end in word_spans(text) if end - start < characters]


def words_without_letter(text: str) -> list[Span]:
    return [(start, end) for start, end in word_spans(text) if _NO_LETTER.fullmatch(text, start, end)]


def stop_words(text: str, language: str | None) -> list[Span]:
    """Return the first occurrence of each function word of a language; nothing for one without a list."""
    missing = set(STOP_WORDS.get(language or "", ()))
    found = []
    for start, end in word_spans(text):
        if (word := text[start:end].lower()) in missing:
            missing.discard(word)
            found.append((start, end))
            if not missing:
                break
    return found


def listed(text: str, entries: Entries) -> list[Span]:
    """Return where the entries of a word list occur, none within another, as ``rules.word_lists`` counts."""
    parts = list(_parts(text)) if entries else []
    found, at = [], 0
    while at < len(parts):
        length = 0
        for entry in entries.get(parts[at][0], ()):
            if tuple(word for word, _, _ in parts[at : at + len(entry)]) == entry:
                length = len(entry)
                found.append((parts[at][1], parts[at + length - 1][2]))
                break
        at += length or 1
    return found


def phrase(text: str, wanted: str) -> list[Span]:
    """Return where a phrase occurs, whatever lies between its words, and in small letters or capitals."""
    split = tuple(word for word, _, _ in _parts(wanted))
    return listed(text, {split[0]: (split,)}) if split else []


def _parts(text: str) -> Iterator[tuple[str, int, int]]:
    """Return the words in lower case, parted at hyphens, and where each starts and ends."""
    for start, end in word_spans(text):
        for part in _HYPHEN.split(text[start:end]):
            if part:
                yield part.lower(), start, start + len(part)
            start += len(part) + 1
