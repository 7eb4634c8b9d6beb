"""The flow of documents through the stages: a Sankey diagram, lying for wide pages, standing for phones.

What stays runs along one edge; what a stage drops leaves towards the other, reason by reason. Widths are
proportional to documents (hairlines at least). No two flows cross.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from curation_assets.charts.svg import shortened
from curation_assets.report.figures import Step
from curation_assets.report.markup import Html, escaped, tag, words

WIDE, TALL = 1000.0, 340.0
_REASONS = 3
_NODE = 10.0
_LEAST, _PITCH, _APART = 1.2, 17.0, 3.0


@dataclass(frozen=True)
class Flow:
    """A node (its name and documents) and what leaves it: (name, documents), drawn in this order."""

    name: str
    documents: int
    dropped: Sequence[tuple[str, int]] = ()


def flows(steps: Sequence[Step], names: dict[str, str], last: str) -> list[Flow]:
    """Return the nodes: what was read, what each stage that drops any left, and the last by its own name."""
    dropping = [step for step in steps if step.drops]
    if not dropping:
        return [Flow("read", steps[0].came if steps else 0)]
    found = []
    title = "read"
    for step in dropping:
        shown = [(words(drop.reason), drop.documents) for drop in step.drops[:_REASONS]]
        rest = step.drops[_REASONS:]
        if rest:
            more = f"{len(rest)} more reason{'s' * (len(rest) != 1)}"
            shown.append((more, sum(drop.documents for drop in rest)))
        found.append(Flow(title, step.came, shown))
        title = names.get(step.stage, f"after {words(step.stage)}")
    return [*found, Flow(last, dropping[-1].left)]


def wide(nodes: Sequence[Flow], label: str) -> Html:
    """Return the flow from left to right: what is dropped falls, the earliest the deepest."""
    top, height = 48.0, 250.0
    unit = height / max(nodes[0].documents, 1)
    columns = max(len(nodes) - 1, 1)
    apart = (WIDE - 220) / columns
    parts, texts, floor = [], [], 0.0
    for at in reversed(range(len(nodes))):
        node, left = nodes[at], at * apart
        size = max(node.documents * unit, _LEAST)
        parts.append(tag("rect", class_="node", x=left, y=top, width=_NODE, height=size))
        texts.append(_text(left, 18.0, node.name, apart - 8 if at < columns else 180, "node-name"))
        texts.append(_text(left, 38.0, f"{node.documents:,}", 180, "node-count"))
        if at == len(nodes) - 1:
            floor = top + size
            continue
        right, after = left + apart, nodes[at + 1].documents * unit
        parts.append(_ribbon(left + _NODE, top, right, top, max(after, _LEAST), "kept"))
        source, place = top + after, max(top + after + 30, floor + 16)
        for name, documents in node.dropped:
            thick = max(documents * unit, _LEAST)
            slot = max(thick, _PITCH)  # the label has it, the node is in its middle
            end = place + (slot - thick) / 2
            parts.append(_ribbon(left + _NODE, source, right, end, thick, "dropped"))
            parts.append(tag("rect", class_="node gone", x=right, y=end, width=_NODE * 0.6, height=thick))
            texts.append(_label(right + 12, place + slot / 2 + 4, name, documents, WIDE - right - 12))
            source, place = source + documents * unit, place + slot + _APART
        floor = max(floor, place)
    return _svg(WIDE, floor + 4, label, "wide", parts, texts)


def tall(nodes: Sequence[Flow], label: str) -> Html:
    """Return the flow from top to bottom: what is dropped turns to the right."""
    unit = 118.0 / max(nodes[0].documents, 1)
    left, across, y = 2.0, 142.0, 4.0
    parts, texts = [], []
    for at, node in enumerate(nodes):
        size = max(node.documents * unit, _LEAST)
        parts.append(tag("rect", class_="node", x=left, y=y, width=size, height=_NODE))
        texts.append(
            _label(left + size + 8, y + 10, node.name, node.documents, TALL - size - 10, "node-name")
        )
        y += _NODE
        if at == len(nodes) - 1:
            break
        start, place = left + size, y + 16
        for name, documents in node.dropped:
            thick = max(documents * unit, _LEAST)
            slot, edge = max(thick, _PITCH), start - documents * unit
            end = place + (slot - thick) / 2
            parts.append(_turn(edge, start, y, across, end, end + thick))
            parts.append(tag("rect", class_="node gone", x=across, y=end, width=6, height=thick))
            texts.append(_label(across + 12, place + slot / 2 + 4, name, documents, TALL - across - 12))
            start, place = edge, place + slot + _APART
        after = max(nodes[at + 1].documents * unit, _LEAST)
        parts.append(tag("rect", class_="flow kept", x=left, y=y, width=after, height=place - y + 8))
        y = place + 8
    return _svg(TALL, y + 4, label, "tall", parts, texts)


def _ribbon(x1: float, y1: float, x2: float, y2: float, thick: float, kind: str) -> Html:
    middle = (x1 + x2) / 2
    upper = f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    lower = f"V{y2 + thick:.1f}C{middle:.1f} {y2 + thick:.1f} {middle:.1f} {y1 + thick:.1f}"
    return tag("path", class_=f"flow {kind}", d=f"{upper}{lower} {x1:.1f} {y1 + thick:.1f}Z")


def _turn(x1: float, x2: float, y: float, across: float, top: float, bottom: float) -> Html:
    outer = f"M{x2:.1f} {y:.1f}Q{x2:.1f} {top:.1f} {across:.1f} {top:.1f}"
    inner = f"V{bottom:.1f}Q{x1:.1f} {bottom:.1f} {x1:.1f} {y:.1f}Z"
    return tag("path", class_="flow dropped", d=outer + inner)


def _text(x: float, y: float, text: str, room: float, kind: str) -> Html:
    return tag("text", shortened(text, 13, room), x=x, y=y, class_=kind)


def _label(x: float, y: float, name: str, documents: int, room: float, kind: str = "drop-name") -> Html:
    count = f"{documents:,}"
    short = shortened(name, 12, room - 9 * len(count))
    return tag("text", escaped(short + " "), tag("tspan", count, class_="drop-count"), x=x, y=y, class_=kind)


def _svg(width: float, height: float, label: str, kind: str, parts: list[Html], texts: list[Html]) -> Html:
    return tag(
        "svg",
        *parts,
        *texts,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        class_=f"sankey {kind}",
        role="img",
        aria_label=label,
    )
