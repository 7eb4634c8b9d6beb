"""Lines, paragraphs and ends of sentences that rules count, as places in a text.

The definitions are those of the compiled pass (``cleaning.kernels.lines``); all here is linear in the text.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from curation_assets.text.sentences import BULLETS, CLOSING, TERMINAL, WRAPPED, ends_sentence
from curation_assets.text.words import hangul_share, unspaced_share

Span = tuple[int, int]
"""Where something starts and ends, in characters."""

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_BULLETS = (*BULLETS, "* ")
_ELLIPSES = ("...", "\u2026")
_WIDE_FROM = "\u3000"
_ENDS = re.escape("".join(mark for mark in TERMINAL if mark < _WIDE_FROM))
_WIDE_ENDS = re.escape("".join(mark for mark in TERMINAL if mark >= _WIDE_FROM))
_SENTENCE_END = re.compile(f"[{_ENDS}]+[{re.escape(CLOSING)}]*(?=\\s|$)|[{_WIDE_ENDS}]+")


class Line(NamedTuple):
    """A line without the spaces around it, or several that only a line width parts.

    ``characters`` are those that rules count: of each line, and one between two of them.
    """

    start: int
    end: int
    characters: int
    ends_sentence: bool


def lines(text: str) -> Iterator[Span]:
    """Return where the lines that are not blank are, without the spaces around them."""
    at = 0
    for raw in text.split("\n"):
        if stripped := raw.strip():
            start = at + len(raw) - len(raw.lstrip())
            yield start, start + len(stripped)
        at += len(raw) + 1


def paragraphs(text: str) -> Iterator[Span]:
    """Return where the parts between blank lines are."""
    start, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    for gap in _BLANK_LINES.finditer(text, start, stop):
        yield start, gap.start()
        start = gap.end()
    if start < stop:
        yield start, stop


def repeated(text: str, parts: Iterable[Span]) -> list[Span]:
    """Return the parts whose text stood before, in an earlier part."""
    seen: set[str] = set()
    found = []
    for start, end in parts:
        part = text[start:end]
        if part in seen:
            found.append((start, end))
        seen.add(part)
    return found


def bullet_lines(text: str) -> list[Span]:
    return [(start, end) for start, end in lines(text) if text[start:end].startswith(_BULLETS)]


def ellipsis_lines(text: str) -> list[Span]:
    return [(start, end) for start, end in lines(text) if text[start:end].endswith(_ELLIPSES)]


def unwrapped(text: str) -> Iterator[Line]:
    """Return the lines, those as one that only a line width parts (``sentences.WRAPPED``)."""
    current: Line | None = None
    width = previous_end = 0
    for start, end in lines(text):
        after_blank = current is not None and text.count("\n", previous_end, start) > 1
        goes_on = width >= WRAPPED and not after_blank and text[start].islower()
        ended = ends_sentence(text[start:end])
        if current is not None and goes_on and not current.ends_sentence:
            current = Line(current.start, end, current.characters + 1 + end - start, ended)
        else:
            if current is not None:
                yield current
            current = Line(start, end, end - start, ended)
        width, previous_end = end - start, end
    if current is not None:
        yield current


def open_lines(text: str) -> list[Span]:
    """Return the unwrapped lines that end no sentence."""
    return [(line.start, line.end) for line in unwrapped(text) if not line.ends_sentence]


def short_lines(text: str, short_line: int) -> list[Span]:
    """Return the unwrapped lines of at most so many characters, half as many where one fills two columns."""
    compact = unspaced_share(text) > 0.5 or hangul_share(text) > 0.5
    most = (short_line + 1) // 2 if compact else short_line
    return [(line.start, line.end) for line in unwrapped(text) if line.characters <= most]


def line_breaks(text: str) -> list[Span]:
    """Return the line breaks between unwrapped lines, the last one where several are in a row."""
    starts = [line.start for line in unwrapped(text)][1:]
    breaks = [text.rindex("\n", 0, start) for start in starts]
    return [(at, at + 1) for at in breaks]


def sentence_ends(text: str) -> list[Span]:
    """Return what ends a sentence, and the last character of every unwrapped line that ends none."""
    ends = [found.span() for found in _SENTENCE_END.finditer(text)]
    return sorted([*ends, *((end - 1, end) for _, end in open_lines(text))])
