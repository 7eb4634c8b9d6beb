"""Rules of C4 (Raffel et al. 2019, arXiv 1910.10683, section 2.2), with FineWeb's choice of them."""

import re

import polars as pl

from curation_assets.cleaning.config import C4Config
from curation_assets.cleaning.kernels.counts import Count, of
from curation_assets.cleaning.rules.rule import DType, Rule, Value, at_least, at_most
from curation_assets.text.sentences import ends_sentence
from curation_assets.text.words import unspaced_share, words

COLUMNS: dict[str, DType] = {
    "c4_removed_lines": pl.Int64,
    "c4_removed_citation_marks": pl.Int64,
    "c4_sentences": pl.Int64,
    "c4_lorem_ipsum": pl.Int64,
    "c4_curly_brackets": pl.Int64,
}
VALUES: dict[str, pl.Expr] = {
    # A line that does not end a sentence counts as one: headings and list items do.
    "c4_sentences": of(Count.SENTENCE_ENDS) + of(Count.UNWRAPPED_LINES) - of(Count.UNWRAPPED_ENDING),
    "c4_lorem_ipsum": of(Count.LOREM_IPSUM),
    "c4_curly_brackets": of(Count.CURLY_BRACKETS),
}
"""How the values behind the rules about whole documents follow from what was counted."""
POLICY_PHRASES = (
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)
_NOTICE = re.compile(
    r"(?:enabl|disabl|activat|turn(?:ed)? o[nf]|requir|support|allow|browser|without)"
    r"\w{0,12}.{0,60}javascript"
    r"|javascript.{0,60}(?:enabl|disabl|activat|turned o[nf]|requir|not supported|browser|must be|is off)"
)
# A bare [1] is an index in code: only after the end of a clause is it taken for a citation.
_CLAUSE_END = ".,;!?\u201d\u2019\u00bb"
_CITATION = re.compile(
    rf"\[(?:edit\]|citation needed\]|(?<=[{_CLAUSE_END}]\[)\d{{1,3}}\](?:\[\d{{1,3}}\])*(?=\s|$))",
    re.MULTILINE,
)
# What a text has that loses a mark or a line: one search in all texts is faster than one in each. The sign
# for kelvin is the one character outside ASCII that becomes a letter of these phrases in lower case.
_PERHAPS_CITATION = rf"\[(?:edit|citation needed)\]|[{_CLAUSE_END}]\[[^\[\]]{{1,3}}\]"
# The quotation mark of C4, the apostrophe that datatrove adds, and the mark that typography closes with.
_QUOTES = ('"', "'", "\u201d")
_SCRIPT, _KELVIN = "javascript", "\u212a"
UNEDITED: dict[str, Value] = {"c4_removed_lines": 0, "c4_removed_citation_marks": 0}


def may_change(texts: pl.Series, config: C4Config) -> pl.Series:
    """Return whether ``edit`` may do anything to each text (String, no nulls): false only if it does not."""
    if not config.enabled:
        return pl.repeat(False, len(texts), eager=True)
    if config.line_ends != "any" or config.minimum_line_words:
        return pl.repeat(True, len(texts), eager=True)
    phrases = [*POLICY_PHRASES] if config.remove_policy_lines else []
    phrases += [_SCRIPT] if config.javascript_lines != "off" else []
    found = _with_long_runs(texts, config.maximum_word_characters)
    if phrases:
        found |= texts.str.contains_any([*phrases, _KELVIN], ascii_case_insensitive=True)
    if config.remove_citation_marks:
        found |= texts.str.contains(_PERHAPS_CITATION)
    return found


def _with_long_runs(texts: pl.Series, limit: int | None) -> pl.Series:
    import numpy as np

    from curation_assets.cleaning.kernels.buffers import text_buffers
    from curation_assets.cleaning.kernels.long_runs import find_long_runs

    found = np.zeros(len(texts), np.bool_)
    if limit is not None:
        find_long_runs(*text_buffers(texts), limit, found)
    return pl.Series(found)


def edit(text: str, config: C4Config) -> tuple[str, dict[str, Value]]:
    """Return the text without the lines and marks the configuration removes, and how many those were."""
    if not config.enabled:
        return text, UNEDITED
    marks = 0
    if config.remove_citation_marks and "[" in text:
        text, marks = _CITATION.subn("", text)
    removed = 0
    if _may_lose_lines(text, config):
        lines = text.split("\n")
        kept = [line for line in lines if not line or not _is_removed(line, config)]
        removed = len(lines) - len(kept)
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n") if removed else text
    return text, {"c4_removed_lines": removed, "c4_removed_citation_marks": marks}


def _may_lose_lines(text: str, config: C4Config) -> bool:
    if config.line_ends != "any" or config.minimum_line_words:
        return True
    lowered = text.lower()
    if config.javascript_lines != "off" and _SCRIPT in lowered:
        return True
    if config.remove_policy_lines and any(phrase in lowered for phrase in POLICY_PHRASES):
        return True
    limit = config.maximum_word_characters
    return limit is not None and any(len(line) > limit for line in text.split("\n"))


def _is_removed(line: str, config: C4Config) -> bool:
    limit = config.maximum_word_characters
    # Before the expressions, which take their time on such lines.
    if limit is not None and len(line) > limit and any(len(word) > limit for word in line.split()):
        return True
    lowered = line.lower()
    if config.remove_policy_lines and any(phrase in lowered for phrase in POLICY_PHRASES):
        return True
    if config.javascript_lines != "off" and _SCRIPT in lowered:
        return config.javascript_lines == "all" or _NOTICE.search(lowered) is not None
    if config.line_ends != "any" and not _is_ended(line, config):
        return True
    return bool(config.minimum_line_words and _runs(line) < config.minimum_line_words)


def _is_ended(line: str, config: C4Config) -> bool:
    quoted = config.line_ends == "sentence_or_quote" and line.endswith(_QUOTES)
    return quoted or (ends_sentence(line) and not line.endswith("..."))


def _runs(line: str) -> int:
    """Count the words of a line as C4 does, parted by spaces; in scripts without spaces, letters."""
    return len(words(line)) if unspaced_share(line) > 0.5 else len(line.split())


def rules(config: C4Config) -> list[Rule]:
    """Return the rules that are on, in the order in which they name a reason."""
    if not config.enabled:
        return []
    return [
        *at_most("c4_lorem_ipsum", "c4_lorem_ipsum", config.maximum_lorem_ipsum),
        *at_most("c4_curly_brackets", "c4_curly_brackets", config.maximum_curly_brackets),
        *at_least("c4_too_few_sentences", "c4_sentences", config.minimum_sentences),
    ]
