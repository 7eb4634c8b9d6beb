"""What is highlighted for each rule of cleaning, and what is said where nothing can be."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from curation_assets.cleaning.config import CleaningConfig
from curation_assets.cleaning.rules.rule import Rule
from curation_assets.cleaning.rules.word_lists import entries_of
from curation_assets.inspection.sampling.highlights import lines, ngrams, notices, words
from curation_assets.inspection.sampling.highlights.lines import Span


@dataclass(frozen=True)
class Subject:
    """A text as it is stored, and what its rule goes by."""

    text: str
    language: str | None
    rule: Rule
    config: CleaningConfig

    @property
    def threshold(self) -> float:
        """The number that the value is compared with, in the document's language."""
        return threshold_of(self.rule, self.language)


@dataclass(frozen=True)
class Highlight:
    """Places in a text, in order, and what they are in words."""

    spans: list[Span]
    legend: str


Finder = Callable[[Subject], list[Span]]


def threshold_of(rule: Rule, language: str | None) -> float:
    """Return the number that a rule compares with in a language.

    Raises:
        ValueError: it compares with names.
    """
    if isinstance(rule.threshold, tuple):
        raise ValueError(f"{rule.name} compares with names")
    return dict(rule.by_language).get(language or "", rule.threshold)


def highlight(subject: Subject) -> Highlight:
    """Return what a rule counted in a text; without places where it goes by the text as a whole."""
    known = _FINDERS.get(subject.rule.column)
    if subject.rule.name in _FOR_RULE:
        known = _FOR_RULE[subject.rule.name]
    if known is None:
        return Highlight([], _WHOLE.get(subject.rule.column, "this rule has no place in the text"))
    legend, find = known
    spans = find(subject)
    return Highlight(spans, legend if spans else f"there are no {legend}")


def _of_text(find: Callable[[str], list[Span]]) -> Finder:
    return lambda subject: find(subject.text)


def _pattern(name: str) -> Finder:
    return lambda subject: words.matches(subject.text, getattr(words, name))


def _listed(name: str) -> Finder:
    return lambda subject: words.listed(
        subject.text, entries_of(name, subject.language, subject.config.word_lists)
    )


def _notices(column: str) -> Finder:
    return lambda subject: notices.notice_sentences(subject.text, column)


def _duplicate_lines(text: str) -> list[Span]:
    return lines.repeated(text, lines.lines(text))


def _duplicate_paragraphs(text: str) -> list[Span]:
    return lines.repeated(text, lines.paragraphs(text))


def _short_lines(subject: Subject) -> list[Span]:
    return lines.short_lines(subject.text, subject.config.fineweb.short_line)


_LINES = ("lines that stood before", _of_text(_duplicate_lines))
_PARAGRAPHS = ("paragraphs that stood before", _of_text(_duplicate_paragraphs))
_STOP_WORDS = "the different function words that were found, each where it is first"
_FINDERS: dict[str, tuple[str, Finder]] = {
    "gopher_duplicate_lines": _LINES,
    "gopher_duplicate_line_characters": _LINES,
    "fineweb_duplicate_line_characters": _LINES,
    "gopher_duplicate_paragraphs": _PARAGRAPHS,
    "gopher_duplicate_paragraph_characters": _PARAGRAPHS,
    **{
        f"gopher_top_{size}_gram": (
            f"the most frequent sequence of {size} words",
            _of_text(partial(ngrams.top_ngram, size=size)),
        )
        for size in (2, 3, 4)
    },
    **{
        f"gopher_duplicate_{size}_grams": (
            f"sequences of {size} words that stood before",
            _of_text(partial(ngrams.duplicate_ngrams, size=size)),
        )
        for size in (5, 6, 7, 8, 9, 10)
    },
    "gopher_hash_ratio": ("'#'", _pattern("NUMBER_SIGN")),
    "gopher_ellipsis_ratio": ("ellipses", _pattern("ELLIPSIS")),
    "gopher_bullet_lines": ("lines that start with a bullet", _of_text(lines.bullet_lines)),
    "gopher_ellipsis_lines": ("lines that end with an ellipsis", _of_text(lines.ellipsis_lines)),
    "gopher_alphabetic_words": ("words without a letter", _of_text(words.words_without_letter)),
    "gopher_stop_words": (_STOP_WORDS, lambda subject: words.stop_words(subject.text, subject.language)),
    "c4_lorem_ipsum": ("'lorem ipsum'", _pattern("LOREM_IPSUM")),
    "c4_curly_brackets": ("opening curly brackets", _pattern("BRACKET")),
    "c4_sentences": (
        "what ends a sentence, and the last character of lines that end none",
        _of_text(lines.sentence_ends),
    ),
    "fineweb_terminal_lines": ("lines without terminal punctuation", _of_text(lines.open_lines)),
    "fineweb_short_lines": ("short lines", _short_lines),
    "fineweb_line_breaks_per_word": ("line breaks", _of_text(lines.line_breaks)),
    "bad_words": ("words of the list of obscene words", _listed("bad_words")),
    "bad_word_share": ("words of the list of obscene words", _listed("bad_words")),
    "toxic_words": ("words of the list of insults and threats", _listed("toxic_words")),
    "toxic_word_share": ("words of the list of insults and threats", _listed("toxic_words")),
    "notice_licence_lines": ("sentences of licences", _notices("notice_licence_lines")),
    "notice_copyright_lines": ("copyright lines", _notices("notice_copyright_lines")),
    "notice_policy_lines": ("sentences of policies", _notices("notice_policy_lines")),
}
_FOR_RULE: dict[str, tuple[str, Finder]] = {
    "gopher_short_words": (
        "words shorter than the least mean length",
        lambda subject: words.shorter_words(subject.text, subject.threshold),
    ),
    "gopher_long_words": (
        "words longer than the greatest mean length",
        lambda subject: words.longer_words(subject.text, subject.threshold),
    ),
}
_ADDRESS = "this rule goes by the address, not by the text"
_LANGUAGE = "the language is told from the whole of the first characters"
_WHOLE = {
    "characters": "this rule counts all characters",
    "gopher_words": "this rule counts all words",
    "url_blocked": _ADDRESS,
    "url_hard_words": _ADDRESS,
    "url_soft_words": _ADDRESS,
    "page_link_density": "links are not in the text any more; the page's are counted before they go",
    "language": _LANGUAGE,
    "language_score": _LANGUAGE,
    "language_lines": "the language of each line is told by a model, which is not run again here",
    "refinedweb_removed_words": "what was removed is not in the text any more",
}
