"""Text of documents for a terminal: shown, never obeyed.

Control characters, terminal escapes, marks that turn the writing direction, invisible characters and lone
surrogates are written as ``\\x1b``, ``\\u202e`` and so on; every other character stays what it is.
"""

import json
import unicodedata
from typing import Any

_JOINERS = "\u200c\u200d"  # part of words in Persian and in Indian scripts; they move nothing
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_MARKS = 4


def visible(text: str) -> str:
    """Return text on one line, with what a terminal may act on or hides written as escapes.

    A letter keeps four combining marks; the rest of them, which would run over the lines beside, are escaped.
    """
    if text.isascii() and text.isprintable():
        return text
    parts, marks = [], 0
    for letter in text:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        hidden = category in _HIDDEN and letter not in _JOINERS
        parts.append(_escaped(letter) if hidden or marks > _MOST_MARKS else letter)
    return "".join(parts)


def excerpt(text: str, most: int) -> str:
    """Return the start of a text, visible, with every run of blanks and line breaks as a single space.

    An ellipsis says that it was cut after about ``most`` characters."""
    words = visible(" ".join(text[: 4 * most].split()))
    if len(words) > most:
        return words[:most].rstrip() + "…"
    return words + "…" if len(text) > 4 * most else words


def ascii_json(value: Any) -> str:
    """Return JSON that a terminal cannot obey: ASCII alone, DEL escaped too, and no NaN."""
    return json.dumps(_finite(value), indent=1, ensure_ascii=True, allow_nan=False).replace("\x7f", "\\u007f")


def _finite(value: Any) -> Any:
    """Return the value with null for numbers that JSON has no word for."""
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def _escaped(letter: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(letter)
    code = ord(letter)
    if short:
        return short
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
