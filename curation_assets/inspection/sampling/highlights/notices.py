"""Sentences of licences, copyright and policies, as ``cleaning.rules.notices`` counts them."""

import re

import polars as pl

from curation_assets.cleaning.rules.notices import ABBREVIATED, END, GOES_ON, of_kinds
from curation_assets.inspection.sampling.highlights.lines import Span

_GOES_ON, _ABBREVIATED, _END = re.compile(GOES_ON), re.compile(ABBREVIATED), re.compile(END)


def notice_sentences(text: str, column: str) -> list[Span]:
    """Return the sentences that count for a column of ``notices.COLUMNS``, without the spaces around."""
    joined = _GOES_ON.sub(r" \1", text)  # as long as the text
    places = [place for place in _sentences(joined) if place[0] < place[1]]
    sentences = pl.Series(
        [_ABBREVIATED.sub("copr.", joined[start:end]) for start, end in places], dtype=pl.String
    )
    (counted,) = [kind for kind in of_kinds(sentences) if kind.name == column]
    found = [places[index] for index in counted.arg_true().to_list()]
    return [_stripped(text, *place) for place in found]


def _sentences(joined: str) -> list[Span]:
    kept_together = {found.end() for found in _ABBREVIATED.finditer(joined)}
    found, start = [], 0
    for mark in _END.finditer(joined):
        if mark.end() not in kept_together:
            found.append((start, mark.start()))
            start = mark.end()
    return [*found, (start, len(joined))]


def _stripped(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
