"""A document that was chosen: what is known of it, its text, and what is marked in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal, NamedTuple

Kind = Literal["counted", "masked", "cut"]


class Mark(NamedTuple):
    """Characters of a text that something is said of: what a rule counted, what was masked, what was cut."""

    start: int
    end: int
    kind: Kind


class Piece(NamedTuple):
    """A part of two texts: in both, only in the first ("removed"), or only in the second ("added")."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True)
class Beside:
    """Another document that is shown beside one: what it is to it, and how they differ.

    ``difference`` leads from the text of the example to this one's; None where they are not compared.
    """

    what: str
    doc_id: str
    shard: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    difference: Sequence[Piece] | None = None


@dataclass(frozen=True)
class Example:
    """One document.

    Attributes:
        why: what it was chosen for, in a sentence.
        facts: what is known of it: names, and text or numbers.
        legend: what marks of each kind are, or for "counted" why there are none.
    """

    doc_id: str
    shard: str
    source: str | None
    language: str | None
    url: str | None
    why: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    marks: Sequence[Mark] = ()
    legend: Mapping[str, str] = field(default_factory=dict)
    beside: Sequence[Beside] = ()


@dataclass(frozen=True)
class Sample:
    """What ``curate sample`` found.

    Attributes:
        question: what was asked for, in words.
        looked_at: documents that were looked at.  matching: those that answer the question.
        notes: what else to know; where there are no examples, why.
    """

    question: str
    looked_at: int
    matching: int
    examples: Sequence[Example]
    notes: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values; a mark is {start, end, kind}, a piece [kind, text]."""
        return {
            "question": self.question,
            "looked_at": self.looked_at,
            "matching": self.matching,
            "notes": list(self.notes),
            "examples": [_json(example) for example in self.examples],
        }


def _numbers(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts with null for what JSON has no number for."""
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in facts.items()
    }


def _json(example: Example) -> dict[str, Any]:
    values = {**vars(example), "facts": _numbers(example.facts), "legend": dict(example.legend)}
    values["marks"] = [mark._asdict() for mark in example.marks]
    values["beside"] = [
        {
            **vars(other),
            "facts": _numbers(other.facts),
            "difference": other.difference and [*map(list, other.difference)],
        }
        for other in example.beside
    ]
    return values
