"""What a token is to an n-gram model, as a table over all characters.

``words``: the words of ``curation_assets.text.words``, lower-cased letter by letter (of a capital I with a
dot the first character counts), every decimal digit as 0, the typographic apostrophe and hyphen inside a word
as the ASCII ones. Other marks are read as CCNet reads them (arXiv 1911.00359; ``text_normalizer.py``): a
typographic one becomes its ASCII form, and a run of one and the same mark is one token, so that a ruled line
counts once. Spaces, control and format characters separate. A line feed ends a sentence.

``spaces``: texts that another program has cut into tokens (CCNet's SentencePiece models): what stands between
ASCII's spaces, unchanged.

Differences from CCNet: accents stay, since house words keep them; ``...`` and the ellipsis are one ``.``; the
full-width one is a digit, not a quotation mark.
"""

import unicodedata
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curation_assets.text.words import UNSPACED, marks

Tokens = Literal["words", "spaces"]

SEPARATOR, LETTER, MARK, JOINER, SINGLE, PUNCTUATION, LINE_END = range(7)
KIND_SHIFT = 24
"""Bits below hold the character that one is read as; those above its class."""
CODE_POINTS = 0x110000
_CLASSIFIED = 0x40000
"""Characters from here on are no words; the variation selectors among them are marks."""
_VARIATION_SELECTORS = range(0xE0100, 0xE01F0)

_ASCII_FORMS = {
    '"': "\u00ab\u00bb\u201c\u201d\u201e\u201f\u300a\u300b\u300c\u300d\u300e\u300f\uff02",
    "'": "\u00b4\u2018\u2019\u201a\u201b\uff07`",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501\u25ba\uff0d",
    ",": "\u3001\uff0c\uff64",
    ".": "\u2026\u3002\uff0e\uff61",
    ":": "\u2236\uff1a",
    ";": "\uff1b",
    "?": "\uff1f",
    "!": "\uff01",
    "(": "\uff08",
    ")": "\uff09",
    "[": "\u3010\uff3b",
    "]": "\u3011\uff3d",
    "<": "\u3008\u2039\uff1c",
    ">": "\u3009\u203a\uff1e",
    "%": "\uff05",
    "~": "\uff5e",
}
_JOINERS = "'\u2019-\u2010"


@cache
def character_table(tokens: Tokens) -> NDArray[np.uint32]:
    """Return the class and the normal form of every code point (uint32 [0x110000])."""
    if tokens == "spaces":
        return _spaces()
    table = np.zeros(CODE_POINTS, dtype=np.uint32)
    table[list(_VARIATION_SELECTORS)] = [_entry(MARK, code) for code in _VARIATION_SELECTORS]
    combining, unspaced = _members(marks()), _members(UNSPACED)
    forms = {ord(one): ord(form) for form, others in _ASCII_FORMS.items() for one in others}
    for code in range(_CLASSIFIED):
        character = chr(code)
        if code in combining:
            table[code] = _entry(MARK, code)
        elif character.isalnum():
            table[code] = _entry(SINGLE if code in unspaced else LETTER, _lowered(character))
        elif character in _JOINERS:
            table[code] = _entry(JOINER, forms.get(code, code))
        elif unicodedata.category(character)[0] in "PS":
            table[code] = _entry(PUNCTUATION, forms.get(code, code))
    table[ord("\n")] = _entry(LINE_END, 0)
    return table


def fold(token: str, tokens: Tokens) -> str:
    """Return the normal form of a token as it stands in a text; lone surrogates are question marks."""
    table = character_table(tokens)
    if token and table[ord(token[0])] >> KIND_SHIFT in (PUNCTUATION, JOINER):
        token = token[0]  # a run of one mark
    low = (1 << KIND_SHIFT) - 1
    return "".join(
        chr(table[ord(character)] & low) for character in token.encode("utf-8", "replace").decode()
    )


def _spaces() -> NDArray[np.uint32]:
    table = np.arange(CODE_POINTS, dtype=np.uint32) + np.uint32(LETTER << KIND_SHIFT)
    table[[ord(character) for character in "\0\t\v\f\r "]] = 0  # those that KenLM takes for spaces
    table[ord("\n")] = _entry(LINE_END, 0)
    return table


def _entry(kind: int, code: int) -> int:
    return kind << KIND_SHIFT | code


def _lowered(character: str) -> int:
    return ord("0") if character.isdecimal() else ord(character.lower()[0])


def _members(ranges: str) -> set[int]:
    """Return the code points of the body of a character class."""
    found: set[int] = set()
    at = 0
    while at < len(ranges):
        last = at + 2 if ranges[at + 1 : at + 2] == "-" else at
        found.update(range(ord(ranges[at]), ord(ranges[last]) + 1))
        at = last + 1
    return found
