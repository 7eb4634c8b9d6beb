"""One document as the rules see it: split once, shared by all of them."""

import re
from dataclasses import dataclass

from curation_assets.text.words import hangul_share, unspaced_share, words

_WRAPPED = 40
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
    vocabulary: dict[str, int]
    """Its different words, numbered in the order in which they first occur."""
    lines: list[str]
    paragraphs: list[str]
    unwrapped: list[str]
    """The lines, those joined that only a line width parts."""
    unspaced: bool
    """Whether most of it is in a script written without spaces."""
    hangul: bool
    """Whether most of it is in Hangul."""


def read(text: str, language: str | None = None) -> Document:
    """Split a text for the rules."""
    found = words(text)
    lines = [stripped for line in text.split("\n") if (stripped := line.strip())]
    stripped_text = text.strip()
    paragraphs = _BLANK_LINES.split(stripped_text) if stripped_text else []
    return Document(
        text=text,
        language=language,
        words=found,
        vocabulary={word: number for number, word in enumerate(dict.fromkeys(found))},
        lines=lines,
        paragraphs=paragraphs,
        unwrapped=_unwrapped(text),
        unspaced=unspaced_share(text) > 0.5,
        hangul=hangul_share(text) > 0.5,
    )


def _unwrapped(text: str) -> list[str]:
    """Return the stripped lines that are not blank, each with its continuation lines.

    A line continues one of at least _WRAPPED characters that ends no sentence when it begins with a small
    letter: so mail, manual pages and other text broken at 60 to 80 columns is told from lists and headings.
    """
    lines: list[str] = []
    width = 0
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            width = 0
            continue
        if width >= _WRAPPED and line[0].islower() and not ends_sentence(lines[-1]):
            lines[-1] = f"{lines[-1]} {line}"
        else:
            lines.append(line)
        width = len(line)
    return lines


def ends_sentence(line: str) -> bool:
    """Say whether a line ends with terminal punctuation, quotes and brackets after it left aside."""
    last = line[-1:]
    if last in CLOSING and last:
        last = line.rstrip(CLOSING)[-1:]
    return bool(last) and last in TERMINAL


def ratio(part: float, whole: float) -> float:
    """Return part / whole, and 0 for an empty whole."""
    return part / whole if whole else 0.0
