"""Elements of SVG pictures: text that is always well-formed and fits, shapes, and the card they lie on.

A picture is a white card, for Dagster shows it on white or on near-black and an SVG in an image cannot know
which. It has no scripts, no fonts and no references of its own, and coordinates are rounded to a tenth of a
pixel, so equal input gives equal bytes.
"""

import html
import re
import unicodedata
from collections.abc import Iterable

from curation_assets.text.visible import is_harmless

WIDTH = 700
"""Width of every picture, in pixels."""

INK, GREY, PALE, GRID = "#1f2933", "#52606d", "#9aa5b1", "#e8ebef"

_SPACE = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
_MOST_LETTERS = 120
_WIDE, _USUAL, _CAPITAL = 1.05, 0.62, 0.75


def printable(text: str) -> str:
    """Return text with line breaks as spaces, and with U+FFFD for what cannot be in a label, or in XML."""
    return "".join(letter if is_harmless(letter) else "\ufffd" for letter in _SPACE.sub(" ", text))


def text_width(text: str, size: float) -> float:
    """Return about how wide text is, in pixels: rather too much, for nobody knows the reader's font."""
    return size * sum(_letter_width(letter) for letter in text)


def shortened(text: str, size: float, most: float) -> str:
    """Return printable text that is at most ``most`` pixels wide, with an ellipsis where it was cut."""
    # A letter can carry any number of marks that have no width.
    whole = printable(text[: _MOST_LETTERS + 1])
    if len(text) <= _MOST_LETTERS and text_width(whole, size) <= most:
        return whole
    letters, left = 0, most - text_width("…", size)
    for letter in whole[:_MOST_LETTERS]:
        left -= size * _letter_width(letter)
        if left < 0:
            break
        letters += 1
    return whole[:letters].rstrip() + "…"


def element(name: str, content: str = "", /, **attributes: float | str) -> str:
    """Return an element; ``content`` is markup, and ``_`` in the name of an attribute stands for ``-``."""
    told = "".join(f' {key.replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"


def text(x: float, y: float, words: str, most: float = WIDTH, size: float = 11, **attributes: str) -> str:
    """Return a line of text at a baseline, cut to ``most`` pixels."""
    if size != 11:
        attributes["font_size"] = _value(size)
    return element("text", html.escape(shortened(words, size, most)), x=x, y=y, **attributes)


def nothing(title: str) -> bytes:
    """Return the picture of no documents."""
    return card(180, title, "", [_NOTHING])


def is_nothing(svg: bytes) -> bool:
    """Return whether a picture is one of no documents."""
    return _NOTHING.encode() in svg


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    return element(
        "path", d=f"M{_value(x1)} {_value(y1)}L{_value(x2)} {_value(y2)}", stroke=colour, stroke_width=width
    )


def dots(points: Iterable[tuple[float, float]], colour: str) -> str:
    """Return round points of one colour as one path: a third of the bytes of as many circles."""
    path = "".join(f"M{_value(x)} {_value(y)}h0" for x, y in points)
    return element("path", d=path, stroke=colour, stroke_width=5, stroke_linecap="round", opacity=0.85)


def card(height: float, title: str, subtitle: str, parts: Iterable[str]) -> bytes:
    """Return a whole picture: title and subtitle at the top left, and the parts."""
    ground = element("rect", x=0.5, y=0.5, width=WIDTH - 1, height=height - 1, rx=6, fill="#fff", stroke=GRID)
    heading = text(20, 30, title, WIDTH - 40, 15, fill=INK, font_weight="600")
    below = text(20, 48, subtitle, WIDTH - 40, 12)
    return element(
        "svg",
        "\n".join(
            [element("title", html.escape(printable(title)) or "plot"), ground, heading, below, *parts]
        ),
        xmlns="http://www.w3.org/2000/svg",
        width=WIDTH,
        height=height,
        viewBox=f"0 0 {WIDTH} {_value(height)}",
        font_family="system-ui, sans-serif",
        font_size=11,
        fill=GREY,
    ).encode()


def _letter_width(letter: str) -> float:
    """Return the width of a letter as a part of the size of the font (that of DejaVu Sans, a wide one)."""
    if letter < "\x7f":
        return _WIDE if letter in "mwMW%@" else _CAPITAL if letter.isupper() else _USUAL
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0.0
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" or letter > "\uffff" else _CAPITAL


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


_NOTHING = text(WIDTH / 2, 120, "no documents", size=14, fill=PALE, text_anchor="middle")
