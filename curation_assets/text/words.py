"""What a word is, for the whole project.

A word is a maximal run of letters, digits and the combining marks on them (Unicode ``isalnum`` and the
categories Mn, Mc and Me), which may hold single apostrophes (``'`` or U+2019) and hyphens (``-`` or U+2010)
between two such characters: ``don't`` and ``well-known`` are one word, ``3.14`` and ``snake_case`` are two.
Scripts written without spaces have no such runs: every Han ideograph, kana and bopomofo letter, and every
Thai, Lao, Myanmar and Khmer letter with the marks that follow it, is a word of its own. Punctuation, symbols,
emoji and the underscore are never part of a word. Case is kept.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN_BEYOND = "\U00020000-\U0003ffff"
_KANA = (
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\u3105-\u312f\u31a0-\u31bf"
)
_SOUTH_EAST_ASIAN = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"
UNSPACED = _HAN + _HAN_BEYOND + _KANA + _SOUTH_EAST_ASIAN
"""Body of a character class: the scripts in which every letter is a word."""

HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
"""Body of a character class: Hangul syllables and letters."""
_JOINERS = "\u200c\u200d"
_LAST_MARK = 0x1E95B
_VARIATION_SELECTORS = "\U000e0100-\U000e01ef"

_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:['-][A-Za-z0-9]+)*")
_SPACED_WORD = re.compile(r"[^\W_]+(?:['\u2019\u2010-][^\W_]+)*")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_SYLLABLES = re.compile(f"[{HANGUL}]")
# All but the ranges that have neither marks nor unspaced scripts: a cheap test that errs on the safe side.
_PERHAPS_MARKS_OR_UNSPACED = re.compile(
    "[^\0-\u02ff\u0370-\u0482\u048a-\u0590\u1e00-\u200b\u200e-\u20cf\u2100-\u2bff]"
)


def words(text: str) -> list[str]:
    """Return the words of the text in order. Never raises for a ``str``."""
    return _pattern_for(text).findall(text)


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """Return where each of ``words(text)`` starts and ends, in characters."""
    return (found.span() for found in _pattern_for(text).finditer(text))


def _pattern_for(text: str) -> re.Pattern[str]:
    """Return the simplest expression that finds all words of the text."""
    if text.isascii():
        return _ASCII_WORD
    if _PERHAPS_MARKS_OR_UNSPACED.search(text) is None:
        return _SPACED_WORD
    return _full_pattern()


def unspaced_share(text: str) -> float:
    """Return the share of non-space characters that belong to scripts written without spaces, 0 to 1."""
    return _share(_UNSPACED, text)


def hangul_share(text: str) -> float:
    """Return the share of non-space characters that are Hangul, 0 to 1."""
    return _share(_SYLLABLES, text)


def _share(letters: re.Pattern[str], text: str) -> float:
    if text.isascii() or _PERHAPS_MARKS_OR_UNSPACED.search(text) is None:
        return 0.0
    found = len(letters.findall(text))
    return found / (len(text) - text.count(" ") - text.count("\n")) if found else 0.0


@lru_cache(maxsize=1)
def _full_pattern() -> re.Pattern[str]:
    mark = f"[{marks()}]"
    letter = f"[^\\W_{UNSPACED}]"
    run = f"{letter}+(?:{mark}+{letter}*)*"
    return re.compile(f"(?=\\w)[{UNSPACED}]{mark}*|{run}(?:['\u2019\u2010-]{run})*")


@lru_cache(maxsize=1)
def marks() -> str:
    """Return the body of a character class of all combining marks, as ranges."""
    ranges: list[list[int]] = []
    for code in range(0x300, _LAST_MARK):
        if not unicodedata.category(chr(code)).startswith("M"):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    body = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    return body + _JOINERS + _VARIATION_SELECTORS
