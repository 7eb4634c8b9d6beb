"""What is highlighted is what the rule counted: the value of the rule follows from the places alone."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.cleaning.clean import judge, measure
from curation_assets.cleaning.config import CleaningConfig
from curation_assets.cleaning.judging import grouped_reasons
from curation_assets.cleaning.languages.stop_words import STOP_WORDS
from curation_assets.cleaning.rules import features, notices, word_lists
from curation_assets.cleaning.rules.presets import PRESETS
from curation_assets.cleaning.rules.rule import Rule
from curation_assets.inspection.sampling.highlights import lines, ngrams
from curation_assets.inspection.sampling.highlights.registry import Highlight, Subject, highlight
from curation_assets.text.words import unspaced_share, word_spans, words

CONFIG = CleaningConfig()
PIECES = [
    "the", "The", "cat", "of", "12", "3-4", "don't", "well-known", "copyright (c) 2020", "lorem ipsum",
    "permission is hereby granted", "We collect cookies", "Copr. 1999 Foo", "you idiot", "shit",
    "all rights reserved", "你", "好", "日本", "สวัสดี", "한국어", "é", "e\u0301", "\u202e", "İstanbul", "ΟΔΟΣ",
    "a line of prose that is long enough to have been broken at a width of columns",
]  # fmt: skip
MARKS = [
    " ", " ", " ", "\n", "\n", "\n\n", "\n \n", "\t", ". ", ".\n", "! ", "...", "…\n", "。", "\n- ", "\n• ",
    "\n* ", "#", "{", ".) ", '."\n', ": ", "\r", "\x0b", "\u2028", "\u00a0",
]  # fmt: skip
TEXTS = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(MARKS)), max_size=40).map(
    lambda parts: "".join(piece + mark for piece, mark in parts)
)
REPETITIVE = st.lists(
    st.tuples(st.sampled_from(["a", "b", "A line", "你", "好"]), st.sampled_from([" ", " ", "\n", "\n\n"])),
    max_size=80,
).map(lambda parts: "".join(piece + mark for piece, mark in parts))


def found(text: str, column: str, language: str = "en") -> Highlight:
    rule = Rule(column, column, "at most", 0.5)
    return highlight(Subject(text, language, rule, CONFIG))


def measured(text: str, language: str = "en") -> dict[str, float]:
    texts, languages = pl.Series([text], dtype=pl.String), pl.Series([language])
    frames = [
        features.measure(texts, languages, CONFIG),
        word_lists.measure(texts, languages, CONFIG.word_lists),
        notices.measure(texts),
    ]
    return pl.concat(frames, how="horizontal").row(0, named=True)


def characters(spans: list[tuple[int, int]]) -> int:
    return sum(end - start for start, end in spans)


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


@settings(max_examples=150)
@given(TEXTS | REPETITIVE)
def test_counts_of_lines_and_characters_are_those_of_the_rules(text: str) -> None:
    values, count = measured(text), len(list(lines.lines(text)))
    unwrapped, size = len(list(lines.unwrapped(text))), len(text)
    paragraphs = len(list(lines.paragraphs(text)))
    expected = {
        "gopher_duplicate_lines": lambda spans: ratio(len(spans), count),
        "gopher_duplicate_line_characters": lambda spans: ratio(characters(spans), size),
        "fineweb_duplicate_line_characters": lambda spans: ratio(characters(spans), size - text.count("\n")),
        "gopher_duplicate_paragraphs": lambda spans: ratio(len(spans), paragraphs),
        "gopher_duplicate_paragraph_characters": lambda spans: ratio(characters(spans), size),
        "gopher_bullet_lines": lambda spans: ratio(len(spans), count),
        "gopher_ellipsis_lines": lambda spans: ratio(len(spans), count),
        "gopher_hash_ratio": lambda spans: ratio(len(spans), len(words(text))),
        "gopher_ellipsis_ratio": lambda spans: ratio(len(spans), len(words(text))),
        "gopher_alphabetic_words": lambda spans: ratio(len(words(text)) - len(spans), len(words(text))),
        "gopher_stop_words": len,
        "c4_lorem_ipsum": len,
        "c4_curly_brackets": len,
        "c4_sentences": len,
        "fineweb_terminal_lines": lambda spans: ratio(unwrapped - len(spans), unwrapped),
        "fineweb_short_lines": lambda spans: ratio(len(spans), unwrapped),
        "fineweb_line_breaks_per_word": lambda spans: ratio(len(spans), len(words(text))),
        "bad_words": len,
        "toxic_words": len,
    }
    told = {column: value(found(text, column).spans) for column, value in expected.items()}
    assert told == pytest.approx({column: values[column] for column in expected})


@settings(max_examples=150)
@given(TEXTS | REPETITIVE)
def test_characters_of_sequences_are_those_of_the_rules(text: str) -> None:
    values, gap = measured(text), 0 if unspaced_share(text) > 0.5 else 1
    in_words = [sum(start <= at < end for start, end in word_spans(text)) for at in range(len(text))]
    starts = {start for start, _ in word_spans(text)}
    for column, value in values.items():
        if "gram" not in column:
            continue
        total = 0
        for start, end in found(text, column).spans:
            total += sum(in_words[start:end])
            if "top" in column:
                total += gap * (len(starts.intersection(range(start, end))) - 1)
        assert ratio(total, len(text)) == pytest.approx(value), column


@given(REPETITIVE, st.sampled_from([2, 3, 5, 6]))
def test_sequences_are_those_of_a_naive_search(text: str, size: int) -> None:
    places = list(word_spans(text))
    length = 2 * size if unspaced_share(text) > 0.5 else size
    grams = [tuple(words(text)[at : at + length]) for at in range(len(places) - length + 1)]
    counts = [grams.count(gram) for gram in grams]
    top = grams[counts.index(max(counts))] if grams and max(counts) > 1 else None
    at_top = [at for at, gram in enumerate(grams) if gram == top]
    seen, at, again = set(), 0, []
    while at < len(grams):
        if grams[at] in seen:
            again.append(at)
            at += length
        else:
            seen.add(grams[at])
            at += 1
    for starts, spans in (
        (at_top, ngrams.top_ngram(text, size)),
        (again, ngrams.duplicate_ngrams(text, size)),
    ):
        assert spans == [(places[start][0], places[start + length - 1][1]) for start in starts]


@given(TEXTS | REPETITIVE)
def test_repeated_lines_are_those_of_a_naive_search(text: str) -> None:
    places, before, at = [], [], 0
    for raw in text.split("\n"):
        if raw.strip() in before and raw.strip():
            start = at + raw.index(raw.strip())
            places.append((start, start + len(raw.strip())))
        before.append(raw.strip())
        at += len(raw) + 1
    assert found(text, "gopher_duplicate_lines").spans == places


@given(TEXTS)
def test_sentences_of_notices_have_the_characters_that_were_counted(text: str) -> None:
    values = measured(text.replace("Copr. ", "copr."))
    for column in notices.COLUMNS:
        spans = found(text, column).spans
        assert bool(spans) == (values[column] > 0)
        assert spans == sorted(spans)


def test_sentences_of_notices_are_the_planted_ones() -> None:
    text = "Some prose here. We collect cookies\nand more of them. More prose. All rights reserved."
    (policy,) = found(text, "notice_policy_lines").spans
    assert text[slice(*policy)] == "We collect cookies\nand more of them"
    (reserved,) = found(text, "notice_copyright_lines").spans
    assert text[slice(*reserved)] == "All rights reserved."


def test_words_of_a_list_are_marked_where_they_stand_and_phrases_as_a_whole() -> None:
    text = "A plain Fuck-up, and not Scunthorpe."
    spans = found(text, "bad_words").spans
    assert [text[start:end] for start, end in spans] == ["Fuck"]


@pytest.mark.parametrize("language", sorted(STOP_WORDS))
def test_function_words_are_found_in_each_language(language: str) -> None:
    text = " ".join(sorted(STOP_WORDS[language]))
    assert (
        len(found(text, "gopher_stop_words", language).spans) == measured(text, language)["gopher_stop_words"]
    )


def every_rule() -> list[Rule]:
    configs = [CleaningConfig.model_validate({"preset": preset}) for preset in PRESETS]
    return [rule for config in configs for rules in grouped_reasons(config).values() for rule in rules]


@pytest.mark.parametrize(
    "rule", {rule.name: rule for rule in every_rule()}.values(), ids=lambda rule: rule.name
)
def test_every_rule_of_every_preset_has_places_or_says_why_not(rule: Rule) -> None:
    told = highlight(Subject("Some words.\nSome words.\n", "en", rule, CONFIG))
    assert told.legend
    assert told.legend != "this rule has no place in the text"


def test_the_order_of_rules_is_the_same_by_group_and_in_a_row() -> None:
    raw = pl.DataFrame({"doc_id": ["a"], "shard": ["s"], "text": ["x"], "kind": ["text"]}).with_columns(
        url=pl.lit(None, pl.String), source=pl.lit("s"), metadata=pl.lit(None, pl.String)
    )
    frame = judge(measure(raw, CONFIG), CONFIG)
    failing = [
        rule.name
        for rules in grouped_reasons(CONFIG).values()
        for rule in rules
        if frame.select(rule.fails()).item()
    ]
    assert frame["drop_reason"].item() == failing[0]
