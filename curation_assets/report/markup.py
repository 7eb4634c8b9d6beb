"""Markup that is safe by construction: what is not Html is a text of somebody and is escaped."""

import html
import json
import math
from typing import Any

from curation_assets.charts.svg import printable

NOT_KNOWN, TIMES = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"
_EMPTY = frozenset({"meta", "rect", "path", "circle", "input", "col"})


class Html(str):
    """Markup that goes into a page as it is. Only functions that escape what they are given make it."""

    __slots__ = ()


def escaped(value: object) -> Html:
    """Return text for a page: what cannot be shown, and marks that turn the reading round, as U+FFFD.

    Line breaks stay. Quotes are escaped, too, so that the text may stand in an attribute.
    """
    if isinstance(value, Html):
        return value
    return Html(html.escape("\n".join(printable(line) for line in str(value).split("\n"))))


def joined(*parts: object) -> Html:
    """Return parts one after the other; None is nothing."""
    return Html("".join(escaped(part) for part in parts if part is not None))


def tag(name: str, /, *content: object, **attributes: object) -> Html:
    """Return an element. ``_`` in an attribute is ``-``, at its end nothing; None and False leave it out."""
    told = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_attribute(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _EMPTY:
        return Html(f"<{name}{told}/>")
    return Html(f"<{name}{told}>{joined(*content)}</{name}>")


def _attribute(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else escaped(value)


def told_text(text: object) -> Html:
    """Return a text out of a document: in whatever direction it is read, its neighbours are not touched."""
    return tag("bdi", text, dir="auto")


def brief(name: str | None, nothing: str = "(none)", most: int = 60) -> str:
    """Return a name that somebody gave, cut where it is no name any more."""
    if not name:
        return nothing
    return name if len(name) <= most else name[:most] + "…"


def data(value: Any, name: str) -> Html:
    """Return plain values as JSON in a block that is not run; ``<`` is written as an escape."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return Html(f'<script type="application/json" id="{escaped(name)}">{written}</script>')


def number(value: float | None, digits: int = 3) -> str:
    """Return a number for a reader: whole ones with commas, others with some significant digits."""
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    if isinstance(value, int):
        return f"{value:,}"
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        rounded = f"{value:,.{max(0, digits - 1 - _exponent(value))}f}"
    else:
        rounded = f"{value:.{digits - 1}e}"
    return rounded.replace("-", "\N{MINUS SIGN}")


def _exponent(value: float) -> int:
    return math.floor(math.log10(abs(value))) if value else 0


def share(part: float, whole: float) -> str:
    """Return a part in percent; a dash of nothing."""
    if not whole:
        return NOT_KNOWN
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "< 0.1 %"
    return f"{percent:.1f} %"


def counted(documents: int, one: str = "document") -> str:
    return f"{documents:,} {one}{'s' * (documents != 1)}"


def moment(time: str) -> str:
    """Return a time (ISO 8601, UTC) to the minute."""
    return f"{time[:16].replace('T', ' ')} UTC"


def words(name: str | None) -> str:
    """Return the name of a reason or a stage as words."""
    return "(none)" if name is None else name.replace("_", " ") or "(none)"
