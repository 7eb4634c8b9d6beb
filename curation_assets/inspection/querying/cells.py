"""Values of a lake in a terminal: a text is shown as it is written, and does nothing to the terminal."""

from collections.abc import Sequence

import orjson

LONGEST = 60
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """Return a text in which line ends, escapes, marks of direction and the like are written out."""
    if text.isprintable():
        return text
    return "".join(ch if ch.isprintable() else _SHORT.get(ch) or _code(ord(ch)) for ch in text)


def _code(point: int) -> str:
    return f"\\u{point:04x}" if point < 1 << 16 else f"\\U{point:08x}"


def visible_lines(text: str) -> str:
    """Return a text of several lines, such as a message of DuckDB's, with nothing else that acts."""
    return "\n".join(visible(line) for line in text.split("\n"))


def cell(value: object, longest: int | None = LONGEST) -> str:
    """Return a value in one line: null is empty, a list or a struct is JSON, a long text is cut."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Sequence | dict) and not isinstance(value, str | bytes):
        value = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    text = str(value)
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return visible(text)
