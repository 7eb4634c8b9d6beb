"""Names, messages and texts that others wrote, so that they do nothing to the terminal that shows them."""

import json
from typing import Any


def written_out(text: str) -> str:
    """Return text with what cannot be printed (escapes, C1, NUL, marks of direction, surrogates) as \\uXXXX.

    Line ends stay; U+2028 and the like, which are line ends to some programs, do not.
    """
    if text.isprintable():
        return text
    return "".join(ch if ch.isprintable() or ch == "\n" else _code(ord(ch)) for ch in text)


def visible_json(value: Any, indent: int | None = None) -> str:
    """Return JSON in which letters of all languages stand as they are, and nothing that acts or hides."""
    plain = json.dumps(value, indent=indent, ensure_ascii=False)
    return "".join(ch if ch.isprintable() or ch == "\n" else _json_code(ch) for ch in plain)


def _json_code(letter: str) -> str:
    return "\\u007f" if letter == "\x7f" else json.dumps(letter)[1:-1]


def _code(point: int) -> str:
    return f"\\u{point:04x}" if point < 1 << 16 else f"\\U{point:08x}"
