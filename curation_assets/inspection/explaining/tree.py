"""An explanation as a tree of lines for people. Every label passes ``visible``, whatever it is made of."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from curation_assets.text.visible import excerpt, visible

_FRACTION = re.compile(r"(?<![\w.])\d+\.\d{4,}(?:e-?\d+)?(?![\w.])")
Tone = Literal["plain", "good", "bad", "dim"]
Facts = Mapping[str, Any]


@dataclass
class Node:
    """A line and those below it; ``tone`` is for colours only and says nothing that the words do not."""

    label: str
    children: list["Node"] = field(default_factory=list)
    tone: Tone = "plain"

    def __post_init__(self) -> None:
        self.label = visible(self.label)

    def lines(self, guide: str = "") -> Iterator[str]:
        """Yield the lines of the whole tree, with guides."""
        yield self.label
        for child in self.children:
            last = child is self.children[-1]
            for number, line in enumerate(child.lines()):
                yield (
                    ("└── " if last else "├── ") + line if not number else ("    " if last else "│   ") + line
                )


def leaves(labels: Iterable[str], tone: Tone = "plain") -> list[Node]:
    return [Node(label, tone=tone) for label in labels]


def number(value: Any) -> str:
    """Return a number as people read it: thousands parted, four significant digits of fractions."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    return f"{value:.4g}"


def shortened(words: str) -> str:
    """Return words of the ledger with their fractions as ``number`` writes them."""
    return _FRACTION.sub(lambda found: number(float(found[0])), words)


def ranked(score: Facts) -> str:
    """Return a value and its rank, in words."""
    rank = score.get("rank")
    if score.get("value") is None:
        return "no value"
    told = number(score["value"])
    if not rank:
        return told
    return (
        f"{told}, rank {number(rank['place'])} of {number(rank['of'])} of its language and source "
        f"(above {rank['share']:.0%})"
    )


def changes(diff: Facts) -> list[Node]:
    """Return a line a change, as wdiff writes them: [-what went-] {+what came+} with the words around it."""
    told = [Node(" ".join(_change(one))) for one in diff["changes"]]
    if diff["more"]:
        told.append(Node("… and more changes", tone="dim"))
    return told


def _change(one: Facts) -> Iterator[str]:
    if one["left"]:
        yield "…" + excerpt(one["left"], 60)
    if one["before"]:
        yield f"[-{excerpt(one['before'], 200)}-]"
    if one["after"]:
        yield f"{{+{excerpt(one['after'], 200)}+}}"
    if one["right"]:
        yield excerpt(one["right"], 60) + "…"
