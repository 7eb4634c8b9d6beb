"""Text of documents as a terminal may be sent it: nothing in it moves, hides or reorders anything."""

import re
import unicodedata
from functools import lru_cache

# Letters of Persian and of Indian scripts are joined and parted by these; emoji are, too.
_JOINERS = "\u200c\u200d"
_NOT_PLAIN = re.compile(r"[^\n\t -~]")
_LINE_ENDS = re.compile(r"[\n\t]")
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def escaped(text: str) -> str:
    """Return the text with every character that cannot be seen escaped; line breaks and tabs stay.

    Escaped are control and format characters (terminal escapes, bidirectional marks, BOM), separators of
    lines, surrogates, private and unassigned characters: ``\\x1b``, ``\\u202e``, ``\\U000e0041``.
    """
    return _NOT_PLAIN.sub(lambda found: escaped_character(found[0]), text)


def escaped_line(text: str) -> str:
    """Return the same in one line, for names and addresses."""
    return _LINE_ENDS.sub(lambda found: _SHORT[found[0]], escaped(text))


@lru_cache(maxsize=4096)
def escaped_character(character: str) -> str:
    """Return a character, or how it is written if it cannot be seen."""
    if character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs":
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
