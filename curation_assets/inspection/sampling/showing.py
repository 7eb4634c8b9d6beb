"""Examples as text for a terminal or a file. Everything that comes from documents is escaped on its way."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from curation_assets.inspection.sampling.asking import number
from curation_assets.inspection.sampling.example import Beside, Example, Kind, Mark, Sample
from curation_assets.inspection.sampling.excerpt import abridged, gap, windows
from curation_assets.text.visible import visible, visible_lines

_MARKERS: Mapping[str, tuple[str, str]] = {
    "counted": ("⟦", "⟧"),
    "masked": ("⟪", "⟫"),
    "cut": ("⦃", "⦄"),
    "removed": ("[-", "-]"),
    "added": ("{+", "+}"),
}
"""What stands around marks where there is no colour."""
_STYLES: Mapping[str, str] = {
    "counted": "black on yellow",
    "masked": "black on bright_magenta",
    "cut": "white on red strike",
    "removed": "red strike",
    "added": "green",
}
_ORDER: tuple[Kind, ...] = ("counted", "cut", "masked")
_LINE_BREAK = "⏎\n"


def heading(sample: Sample) -> Text:
    """Return what was asked for, and out of how many the examples are."""
    shown = f"{len(sample.examples):,} of {sample.matching:,}"
    told = (
        f"{sample.question}: {shown} ({sample.looked_at:,} looked at)" if sample.examples else sample.question
    )
    return Text("\n".join([visible(told), *map(visible, sample.notes)]))


def shown(example: Example, place: str, limit: int, *, colour: bool) -> Text:
    """Return an example; ``place`` is its number, ``limit`` the characters of a text to show (0: all)."""
    found = Text()
    found.append(f"── {place} ── {visible(example.doc_id)}\n", "bold")
    about = [example.shard, example.source, example.language, example.url]
    found.append(" · ".join(visible(part) for part in about if part) + "\n", "dim")
    found.append(visible(example.why) + "\n", "bold cyan")
    _add_facts(found, example.facts)
    for kind, meaning in example.legend.items():
        _add_legend(
            found, kind, meaning, marked=any(mark.kind == kind for mark in example.marks), colour=colour
        )
    found.append("\n")
    _add_text(found, example.text, example.marks, limit, colour=colour)
    for other in example.beside:
        _add_beside(found, other, limit, colour=colour)
    return found


def _add_facts(found: Text, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        if value is None:
            continue
        for one in value if isinstance(value, list) else [value]:
            found.append(f"{name}: {visible(number(one))}\n", "dim")


def _add_legend(found: Text, kind: str, meaning: str, *, marked: bool, colour: bool) -> None:
    if not marked:
        found.append(f"nothing is highlighted: {visible(meaning)}\n", "dim")
        return
    _add_marked(found, "like this", kind, colour=colour)
    found.append(f": {visible(meaning)}\n", "dim")


def _add_text(found: Text, text: str, marks: Sequence[Mark], limit: int, *, colour: bool) -> None:
    at = 0
    for start, end in windows(len(text), marks, limit):
        if start > at:
            found.append(f"\n{gap(start - at)}\n", "dim")
        for kind, part in _pieces(text, marks, start, end):
            _add_marked(found, part, kind, colour=colour)
        at = end
    if at < len(text):
        found.append(f"\n{gap(len(text) - at)}", "dim")
    if not text:
        found.append("(no text)", "dim")
    found.append("\n")


def _pieces(text: str, marks: Sequence[Mark], start: int, end: int) -> Iterator[tuple[str, str]]:
    """Yield a window of a text in pieces, each with the kind of its mark, or "" ."""
    painted = array("q", bytes(8 * (end - start)))  # per character 0, or the number of its mark
    named = [""]
    for kind in _ORDER:
        for first, last in _merged(mark for mark in marks if mark.kind == kind):
            low, high = max(first, start) - start, min(last, end) - start
            if low < high:
                painted[low:high] = array("q", [len(named)]) * (high - low)
                named.append(kind)
    at = 0
    for place in range(1, len(painted) + 1):
        if place == len(painted) or painted[place] != painted[at]:
            yield named[painted[at]], text[start + at : start + place]
            at = place


def _merged(marks: Iterator[Mark]) -> list[tuple[int, int]]:
    """Return the places of marks in order, those that overlap as one; those that only touch stay apart."""
    found: list[tuple[int, int]] = []
    for mark in marks:
        if found and mark.start < found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], mark.end)
        else:
            found.append((mark.start, mark.end))
    return found


def _add_marked(found: Text, text: str, kind: str, *, colour: bool) -> None:
    """Add a piece of a document's text; a line break that is marked itself is made visible."""
    told = visible_lines(text)
    if kind and not text.strip():
        told = told.replace("\n", _LINE_BREAK)
    if not kind or colour:
        found.append(told, _STYLES.get(kind, ""))
        return
    before, behind = _MARKERS[kind]
    found.append(f"{before}{told.removesuffix(_LINE_BREAK)}")
    found.append(f"⏎{behind}\n" if told.endswith(_LINE_BREAK) else behind)


def _add_beside(found: Text, other: Beside, limit: int, *, colour: bool) -> None:
    found.append(f"\n   {other.what}: {visible(other.doc_id)} of {visible(other.shard)}\n", "bold")
    _add_facts(found, other.facts)
    if other.difference is None:
        _add_text(found, other.text, [], limit, colour=colour)
    elif all(piece.kind == "same" for piece in other.difference):
        found.append("the same text, character by character\n", "dim")
    else:
        found.append(_difference_legend(colour=colour))
        for piece in abridged(other.difference, limit):
            kind = "" if piece.kind == "same" else piece.kind
            _add_marked(found, piece.text, kind, colour=colour)
        found.append("\n")


def _difference_legend(*, colour: bool) -> Text:
    found = Text()
    _add_marked(found, "only above", "removed", colour=colour)
    found.append("  ")
    _add_marked(found, "only in this one", "added", colour=colour)
    found.append("\n")
    return found
