"""datatrove's filters, one for each rule with all others off, and its tokeniser replaced by ours."""

import contextlib
import re
import warnings
from collections.abc import Iterator
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.filters import c4_filters, fineweb_quality_filter, gopher_repetition_filter
from datatrove.pipeline.filters import gopher_quality_filter as gopher_filter
from datatrove.pipeline.filters.base_filter import BaseFilter

from curation_assets.text.sentences import CLOSING, TERMINAL, ends_sentence
from curation_assets.text.words import words

INFINITE = float("inf")
_WIDE = "".join(mark for mark in TERMINAL if mark >= "\u3000")
_OTHER = "".join(mark for mark in TERMINAL if mark < "\u3000")
_SENTENCE_END = re.compile(f"[{_OTHER}]+[{re.escape(CLOSING)}]*(?=\\s|$)|[{_WIDE}]+")


def quality(**limits: Any) -> BaseFilter:
    off = dict.fromkeys(
        (
            "min_doc_words",
            "max_doc_words",
            "min_avg_word_length",
            "max_avg_word_length",
            "max_symbol_word_ratio",
            "max_bullet_lines_ratio",
            "max_ellipsis_lines_ratio",
            "max_non_alpha_words_ratio",
            "min_stop_words",
        )
    )
    return gopher_filter.GopherQualityFilter(**(off | limits))


def repetition(**limits: Any) -> BaseFilter:
    off: dict[str, Any] = {f"dup_{part}_frac": None for part in ("line", "para", "line_char", "para_char")}
    off |= {"top_n_grams": (), "dup_n_grams": ()}
    return gopher_repetition_filter.GopherRepetitionFilter(**(off | limits))


def c4(**limits: Any) -> BaseFilter:
    switches = ("no_terminal_punct", "lorem_ipsum", "javascript", "curly_bracket", "policy")
    off: dict[str, Any] = {f"filter_{name}": False for name in switches}
    off |= {
        "remove_citations": False,
        "min_num_sentences": -1,
        "min_words_per_line": -1,
        "max_word_length": -1,
    }
    return c4_filters.C4QualityFilter(**(off | limits))


def fineweb(**limits: Any) -> BaseFilter:
    off = {"line_punct_thr": 0, "short_line_thr": INFINITE, "char_duplicates_ratio": INFINITE}
    return fineweb_quality_filter.FineWebQualityFilter(**(off | {"new_line_ratio": INFINITE} | limits))


DOCUMENT_RULES: dict[str, BaseFilter] = {
    "gopher_too_few_words": quality(min_doc_words=50),
    "gopher_too_many_words": quality(max_doc_words=100_000),
    "gopher_short_words": quality(min_avg_word_length=3),
    "gopher_long_words": quality(max_avg_word_length=10),
    "gopher_hash_ratio": quality(max_symbol_word_ratio=0.1),
    "gopher_ellipsis_ratio": quality(max_symbol_word_ratio=0.1),
    "gopher_bullet_lines": quality(max_bullet_lines_ratio=0.9),
    "gopher_ellipsis_lines": quality(max_ellipsis_lines_ratio=0.3),
    "gopher_alphabetic_words": quality(max_non_alpha_words_ratio=0.8),
    "gopher_stop_words": quality(min_stop_words=2),
    "gopher_duplicate_lines": repetition(dup_line_frac=0.3),
    "gopher_duplicate_paragraphs": repetition(dup_para_frac=0.3),
    "gopher_duplicate_line_characters": repetition(dup_line_char_frac=0.2),
    "gopher_duplicate_paragraph_characters": repetition(dup_para_char_frac=0.2),
    "gopher_top_2_gram": repetition(top_n_grams=((2, 0.20),)),
    "gopher_top_3_gram": repetition(top_n_grams=((3, 0.18),)),
    "gopher_top_4_gram": repetition(top_n_grams=((4, 0.16),)),
    "gopher_duplicate_5_grams": repetition(dup_n_grams=((5, 0.15),)),
    "gopher_duplicate_6_grams": repetition(dup_n_grams=((6, 0.14),)),
    "gopher_duplicate_7_grams": repetition(dup_n_grams=((7, 0.13),)),
    "gopher_duplicate_8_grams": repetition(dup_n_grams=((8, 0.12),)),
    "gopher_duplicate_9_grams": repetition(dup_n_grams=((9, 0.11),)),
    "gopher_duplicate_10_grams": repetition(dup_n_grams=((10, 0.10),)),
    "c4_lorem_ipsum": c4(filter_lorem_ipsum=True),
    "c4_curly_brackets": c4(filter_curly_bracket=True),
    # It counts a blank line as a sentence, unless lines without a word are taken out first, as by default.
    "c4_too_few_sentences": c4(min_num_sentences=5, min_words_per_line=1),
    "fineweb_few_terminal_lines": fineweb(line_punct_thr=0.12),
    "fineweb_short_lines": fineweb(short_line_thr=0.67),
    "fineweb_duplicate_lines": fineweb(char_duplicates_ratio=0.01),
    "fineweb_many_line_breaks": fineweb(new_line_ratio=0.3),
}
"""By the name of our rule; thresholds as published."""
LINE_RULES: dict[str, tuple[BaseFilter, dict[str, Any]]] = {
    "terminal punctuation": (
        c4(filter_no_terminal_punct=True),
        {"line_ends": "sentence_or_quote"},
    ),
    "lines of 3 words": (c4(min_words_per_line=3), {"minimum_line_words": 3}),
    "words of 1000 characters": (c4(max_word_length=1000), {"maximum_word_characters": 1000}),
    "javascript": (c4(filter_javascript=True), {"javascript_lines": "all"}),
    "policy phrases": (c4(filter_policy=True), {"remove_policy_lines": True}),
    "citations": (c4(remove_citations=True), {"remove_citation_marks": True}),
}
"""C4's rules on lines, each with the key of ours that switches it on."""
# One limit for two symbols: only this reason is the rule's own.
_REASONS = {
    "gopher_hash_ratio": "gopher_too_many_hashes",
    "gopher_ellipsis_ratio": "gopher_too_many_ellipsis",
}


def fails(rule: str, text: str) -> bool:
    """Say whether datatrove drops the text for this rule; one without a word, an error there, is dropped."""
    with warnings.catch_warnings(), contextlib.suppress(ZeroDivisionError):
        warnings.simplefilter("ignore")
        result = DOCUMENT_RULES[rule].filter(Document(text=text, id=""))
        kept, reason = result if isinstance(result, tuple) else (result, None)
        return not kept and reason in (_REASONS.get(rule, reason), None)
    return True


def sentences(line: str, language: str = "") -> list[str]:
    """Return one string for each sentence as our rules count them: one that has no end counts too."""
    return _SENTENCE_END.findall(line) + [""] * (not ends_sentence(line.strip()))


@contextlib.contextmanager
def our_words() -> Iterator[None]:
    """Make datatrove's filters count our words and sentences."""
    modules = (gopher_filter, gopher_repetition_filter, fineweb_quality_filter)
    before = gopher_filter.split_into_words, c4_filters.split_into_sentences
    for module in modules:
        module.split_into_words = lambda text, language="": words(text)
    c4_filters.split_into_sentences = sentences
    try:
        yield
    finally:
        for module in modules:
            module.split_into_words = before[0]
        c4_filters.split_into_sentences = before[1]
