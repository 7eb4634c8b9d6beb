"""One document as the rules see it: split once, shared by all of them."""

import re
from dataclasses import dataclass

from curation_assets.text.words import compact_share, words

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")

TERMINAL = ".!?\u2026\u3002\uff01\uff1f\uff61\uff0e\u061f\u06d4\u0964\u0965\u1362\u104b\u17d4"
"""Characters that end a sentence: Latin, CJK, Arabic, Urdu, Devanagari, Ethiopic, Myanmar and Khmer."""
CLOSING = "\"'\u2019\u201d\u00bb\u300d\u300f\uff09)]"
"""Characters that may follow them on the same line: quotes and brackets."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its words, its lines that are not blank and its paragraphs, all stripped."""

    text: str
    language: str | None
    words: list[str]
    lines: list[str]
    paragraphs: list[str]
    compact: bool
    """Whether most of it is in a script where words are not told apart by spaces, or in Hangul."""


def read(text: str, language: str | None = None) -> Document:
    """Split a text for the rules."""
    lines = [stripped for line in text.split("\n") if (stripped := line.strip())]
    stripped_text = text.strip()
    paragraphs = _BLANK_LINES.split(stripped_text) if stripped_text else []
    return Document(text, language, words(text), lines, paragraphs, compact_share(text) > 0.5)


def ends_sentence(line: str) -> bool:
    """Say whether a line ends with terminal punctuation, quotes and brackets after it left aside."""
    last = line[-1:]
    if last in CLOSING and last:
        last = line.rstrip(CLOSING)[-1:]
    return bool(last) and last in TERMINAL


def ratio(part: float, whole: float) -> float:
    """Return part / whole, and 0 for an empty whole."""
    return part / whole if whole else 0.0
