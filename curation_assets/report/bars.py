"""Tables whose rows hold bars: the picture and its figures are one."""

from collections.abc import Sequence
from dataclasses import dataclass

from curation_assets.report.markup import Html, joined, tag, told_text

_BAR, _GAP = 6, 2


@dataclass(frozen=True)
class Row:
    """A line of a table: its name, bars as (class, part of the full length, 0 to 1), and figures."""

    name: object
    bars: Sequence[tuple[str, float]]
    figures: Sequence[object]


def bars(parts: Sequence[tuple[str, float]]) -> Html:
    """Return bars one below the other, as wide as there is room."""
    height = len(parts) * (_BAR + _GAP) - _GAP
    drawn = [
        tag(
            "rect",
            class_=f"bar {kind}",
            y=at * (_BAR + _GAP),
            width=f"{100 * min(max(part, 0.0), 1.0):.2f}",
            height=_BAR,
        )
        for at, (kind, part) in enumerate(parts)
    ]
    return tag(
        "svg",
        *drawn,
        viewBox=f"0 0 100 {height}",
        preserveAspectRatio="none",
        class_=f"bars bars-{len(parts)}",
        aria_hidden="true",
        focusable="false",
    )


def bar_table(caption: object, headings: Sequence[str], rows: Sequence[Row], class_: str = "") -> Html:
    """Return a table: name, bars, figures. ``headings`` are those of the name and of the figures."""
    head = tag(
        "tr",
        tag("th", headings[0], scope="col"),
        tag("td", class_="picture", aria_hidden="true"),
        *(tag("th", heading, scope="col", class_="figure") for heading in headings[1:]),
    )
    body = [
        tag(
            "tr",
            tag("th", row.name if isinstance(row.name, Html) else told_text(row.name), scope="row"),
            tag("td", bars(row.bars), class_="picture", aria_hidden="true"),
            *(tag("td", figure, class_="figure") for figure in row.figures),
        )
        for row in rows
    ]
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", head),
        tag("tbody", *body),
        class_=f"bar-table {class_}".strip(),
    )


def plain_table(
    caption: object, headings: Sequence[object], rows: Sequence[Sequence[object]], left: int = 1
) -> Html:
    """Return a table of texts and figures; the first ``left`` columns are texts.

    A wide one is pushed sideways within its own frame, and the page stays where it is.
    """
    head = tag(
        "tr",
        *(
            tag("th", heading, scope="col", class_="figure" if at >= left else None)
            for at, heading in enumerate(headings)
        ),
    )
    body = [
        tag(
            "tr",
            *(
                tag("th", cell, scope="row")
                if at == 0
                else tag("td", cell, class_="figure" if at >= left else None)
                for at, cell in enumerate(row)
            ),
        )
        for row in rows
    ]
    table = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def legend(*entries: tuple[str, str]) -> Html:
    """Return what the colours mean: (class, meaning)."""
    parts = [tag("li", tag("span", class_=f"key {kind}"), meaning) for kind, meaning in entries]
    return tag("ul", *parts, class_="legend")


def below(summary: str, *content: object) -> Html:
    """Return what is told to those who open it."""
    return tag("details", tag("summary", summary), joined(*content))
