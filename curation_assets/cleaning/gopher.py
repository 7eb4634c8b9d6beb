"""Quality rules of Gopher (Rae et al. 2021, arXiv 2112.11446, appendix A.1.1).

Words are those of :mod:`curation_assets.text.words`, which leaves symbols out; Gopher splits at spaces.
"""

import re
from itertools import filterfalse

import polars as pl

from curation_assets.cleaning.config import GopherQualityConfig
from curation_assets.cleaning.document import Document, ratio
from curation_assets.cleaning.rules import DType, Rule, Value, at_least, at_most
from curation_assets.cleaning.stop_words import STOP_WORDS

COLUMNS: dict[str, DType] = {
    "gopher_words": pl.Int64,
    "gopher_mean_word_length": pl.Float64,
    "gopher_hash_ratio": pl.Float64,
    "gopher_ellipsis_ratio": pl.Float64,
    "gopher_bullet_lines": pl.Float64,
    "gopher_ellipsis_lines": pl.Float64,
    "gopher_alphabetic_words": pl.Float64,
    "gopher_stop_words": pl.Int64,
}
_ELLIPSIS = ("...", "\u2026")
_BULLETS = ("\u2022", "-", "\u2023", "\u25e6", "\u2043", "\u25aa", "\u25cf", "* ", "\u00b7")
_NO_LETTER = re.compile(r"[\d'\u2019\u2010-]+")


def measure(document: Document) -> dict[str, Value]:
    """Return the values behind the rules.

    The mean word length is None in scripts where it has no meaning (unspaced ones and Hangul), and the number
    of function words is None for languages without a list.
    """
    words, lines, text = document.words, document.lines, document.text
    ellipses = text.count("...") + text.count("\u2026")
    return {
        "gopher_words": len(words),
        "gopher_mean_word_length": _mean_length(document),
        "gopher_hash_ratio": ratio(text.count("#"), len(words)),
        "gopher_ellipsis_ratio": ratio(ellipses, len(words)),
        "gopher_bullet_lines": ratio(sum(line.startswith(_BULLETS) for line in lines), len(lines)),
        "gopher_ellipsis_lines": ratio(sum(line.endswith(_ELLIPSIS) for line in lines), len(lines)),
        "gopher_alphabetic_words": ratio(len(words) - _without_letter(words), len(words)),
        "gopher_stop_words": _stop_words(document),
    }


def _mean_length(document: Document) -> float | None:
    if document.unspaced or document.hangul:
        return None
    return ratio(sum(map(len, document.words)), len(document.words))


def _without_letter(words: list[str]) -> int:
    return sum(_NO_LETTER.fullmatch(word) is not None for word in filterfalse(str.isalpha, words))


def _stop_words(document: Document) -> int | None:
    known = STOP_WORDS.get(document.language or "")
    if known is None:
        return None
    return len(known.intersection(map(str.lower, document.vocabulary)))


def rules(config: GopherQualityConfig) -> list[Rule]:
    """Return the rules that are on, in the order in which they name a reason."""
    if not config.enabled:
        return []
    return [
        *at_least("gopher_too_few_words", "gopher_words", config.minimum_words),
        *at_most("gopher_too_many_words", "gopher_words", config.maximum_words),
        *at_least("gopher_short_words", "gopher_mean_word_length", config.minimum_mean_word_length),
        *at_most("gopher_long_words", "gopher_mean_word_length", config.maximum_mean_word_length),
        *at_most("gopher_hash_ratio", "gopher_hash_ratio", config.maximum_hash_ratio),
        *at_most("gopher_ellipsis_ratio", "gopher_ellipsis_ratio", config.maximum_ellipsis_ratio),
        *at_most("gopher_bullet_lines", "gopher_bullet_lines", config.maximum_bullet_lines),
        *at_most("gopher_ellipsis_lines", "gopher_ellipsis_lines", config.maximum_ellipsis_lines),
        *at_least("gopher_alphabetic_words", "gopher_alphabetic_words", config.minimum_alphabetic_words),
        *at_least("gopher_stop_words", "gopher_stop_words", config.minimum_stop_words),
    ]
