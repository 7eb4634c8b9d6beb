"""Text of documents for a terminal: shown, never obeyed.

What a terminal may act on, or what hides or reorders other letters, is written as ``\\x1b``, ``\\u202e``
and so on: control characters (C0, DEL, C1: terminal escapes), format characters (marks that turn the writing
direction, zero-width space, BOM, tags), separators of lines, lone surrogates, private and unassigned
characters. Every other character stays what it is.
"""

import json
import re
import unicodedata
from functools import lru_cache
from typing import Any

# Letters of Persian and of Indian scripts are joined and parted by these, emoji too; they move nothing.
_JOINERS = "\u200c\u200d"
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 4
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NOT_PLAIN = re.compile("[^ -~]+")
_NOT_PLAIN_LINES = re.compile("[^\n\t -~]+")


def visible(text: str) -> str:
    """Return text on one line, with what a terminal may act on or hides written as escapes.

    A letter keeps four combining marks; the rest of them, which would run over the lines beside, are escaped.
    """
    return _NOT_PLAIN.sub(_escaped_run, text)


def visible_lines(text: str) -> str:
    """Return the same of a text of several lines: line feeds and tabs stay."""
    return _NOT_PLAIN_LINES.sub(_escaped_run, text)


@lru_cache(maxsize=4096)
def is_harmless(letter: str) -> bool:
    """Tell whether a character is shown as itself, wherever it stands; line feeds and tabs are not."""
    return letter in _JOINERS or unicodedata.category(letter) not in _HARMFUL


def excerpt(text: str, most: int) -> str:
    """Return the start of a text, visible, with every run of blanks and line breaks as a single space.

    An ellipsis says that it was cut after about ``most`` characters."""
    words = visible(" ".join(text[: 4 * most].split()))
    if len(words) > most:
        return words[:most].rstrip() + "…"
    return words + "…" if len(text) > 4 * most else words


def ascii_json(value: Any) -> str:
    """Return JSON that a terminal cannot obey: ASCII alone, DEL escaped too, null for numbers it has not."""
    told = json.dumps(_finite(value), indent=1, ensure_ascii=True, allow_nan=False)
    return told.replace("\x7f", "\\u007f")


def readable_json(value: Any) -> str:
    """Return the same in one line, with only what is harmful escaped: for people who read texts in it."""
    told = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)
    return _NOT_PLAIN.sub(lambda run: "".join(map(_in_json, run[0])), told)


def _finite(value: Any) -> Any:
    """Return the value with null for numbers that JSON has no word for."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def _in_json(letter: str) -> str:
    if is_harmless(letter):
        return letter
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _escaped_run(found: re.Match[str]) -> str:
    parts, marks = [], 0
    for letter in found[0]:
        marks = marks + 1 if unicodedata.category(letter) in _MARKS else 0
        parts.append(letter if is_harmless(letter) and marks <= _MOST_MARKS else _escaped(letter))
    return "".join(parts)


def _escaped(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
