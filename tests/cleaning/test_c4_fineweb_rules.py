"""C4 (arXiv 1910.10683, section 2.2) and FineWeb (arXiv 2406.17557, section 3.6): vectors counted by hand."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_text import measured

from curation_assets.cleaning.config import C4Config, CleaningConfig, FineWebConfig
from curation_assets.cleaning.rules import c4, fineweb
from curation_assets.cleaning.rules.rule import Rule
from curation_assets.text.sentences import ends_sentence


def failing(rules: list[Rule], values: dict[str, float]) -> list[str]:
    frame = pl.DataFrame([values])
    return [rule.name for rule in rules if rule.column in values and frame.select(rule.fails()).item()]


@pytest.mark.parametrize(
    ("column", "passing", "dropped", "reason"),
    [
        ("c4_sentences", 3, 2, "c4_too_few_sentences"),
        ("c4_lorem_ipsum", 0, 1, "c4_lorem_ipsum"),
        ("c4_curly_brackets", 0, 1, "c4_curly_brackets"),
    ],
)
def test_thresholds_of_c4(column: str, passing: int, dropped: int, reason: str) -> None:
    rules = c4.rules(C4Config(maximum_curly_brackets=0))
    assert failing(rules, {column: passing}) == []
    assert failing(rules, {column: dropped}) == [reason]


def test_code_is_kept_by_default() -> None:
    assert "c4_curly_brackets" not in [rule.name for rule in c4.rules(C4Config())]


@pytest.mark.parametrize(
    ("column", "passing", "dropped", "reason"),
    [
        ("fineweb_terminal_lines", 0.12, 0.1199, "fineweb_few_terminal_lines"),
        ("fineweb_short_lines", 0.67, 0.6701, "fineweb_short_lines"),
        ("fineweb_duplicate_line_characters", 0.01, 0.0101, "fineweb_duplicate_lines"),
        ("fineweb_line_breaks_per_word", 0.3, 0.3001, "fineweb_many_line_breaks"),
    ],
)
def test_thresholds_of_fineweb(column: str, passing: float, dropped: float, reason: str) -> None:
    rules = fineweb.rules(FineWebConfig(maximum_duplicate_line_characters=0.01))
    assert failing(rules, {column: passing}) == []
    assert failing(rules, {column: dropped}) == [reason]


def test_fineweb_values_counted_by_hand() -> None:
    # Lines of 31, 30, 12, 12 characters; the first and the two last end a sentence; the last stood before.
    lines = ["A" + "b" * 29 + ".", "C" * 30, "Same line ok", "Same line ok"]
    text = f"{lines[0]}\n\n{lines[1]}\n{lines[2]}!\n{lines[3]}!"
    values = measured(text)
    assert values["fineweb_terminal_lines"] == pytest.approx(3 / 4)
    assert values["fineweb_short_lines"] == pytest.approx(3 / 4)
    assert values["fineweb_duplicate_line_characters"] == pytest.approx(13 / (31 + 30 + 13 + 13))
    assert values["fineweb_line_breaks_per_word"] == pytest.approx(3 / 8)


def test_lines_broken_at_a_fixed_width_are_joined() -> None:
    wrapped = (
        "The quick brown fox jumps over the lazy dog and then it\n"
        "runs away from the farmer who is chasing it with a\n"
        "stick. Nobody saw it again."
    )
    values = measured(wrapped)
    assert values["fineweb_terminal_lines"] == 1.0
    assert values["fineweb_short_lines"] == 0.0
    assert values["fineweb_line_breaks_per_word"] == 0.0


def test_lists_are_not_joined() -> None:
    # 4 lines of 8 words; after a blank line even a long line is not gone on with.
    assert measured("home page\nabout us\nour products\n\nand more")["fineweb_line_breaks_per_word"] == 3 / 8
    long = "a line that is long enough to have been broken there"
    assert measured(f"{long}\n\nand more")["fineweb_line_breaks_per_word"] == 1 / 13


def test_a_line_of_ideographs_is_short_at_half_the_characters() -> None:
    short, long = "\u4e2d" * 15, "\u4e2d" * 16
    assert measured(f"{short}\n{long}")["fineweb_short_lines"] == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    "end",
    [
        ".",
        "!",
        "?",
        "\u2026",
        "\u3002",
        "\uff1f",
        "\uff01",
        "\u061f",
        "\u06d4",
        "\u0964",
        '."',
        ".)",
        "\u3002\u300d",
        ".\u201c",  # German closes with what opens in English
        ".\u00ab",
    ],
)
def test_terminal_punctuation_of_many_scripts(end: str) -> None:
    assert ends_sentence("x" + end)


@pytest.mark.parametrize("line", ["", "Heading", "item,", "see:", '"', "(x)", "{"])
def test_other_lines_do_not_end_a_sentence(line: str) -> None:
    assert not ends_sentence(line)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        ("One. Two! Three?", 3),
        ("Version 3.14 is out. It works.", 2),
        ("A heading\n\nOne sentence. Another one\n- item", 4),
        ("\u4e00\u53e5\u3002\u4e24\u53e5\u3002\u4e09\u53e5", 3),
        ('He said "no." She left...', 2),
    ],
)
def test_sentences_counted_by_hand(text: str, sentences: int) -> None:
    assert measured(text)["c4_sentences"] == sentences


@pytest.mark.parametrize(
    "line",
    [
        "This site uses cookies to improve your experience.",
        "Privacy Policy | Terms of Use",
        "Please enable JavaScript to view this page.",
        "JavaScript must be enabled in your browser.",
        "x" * 1001,
    ],
)
def test_lines_that_are_no_content_are_removed(line: str) -> None:
    text, values = c4.edit(f"Before it.\n{line}\nAfter it.", C4Config())
    assert text == "Before it.\nAfter it."
    assert values["c4_removed_lines"] == 1


@pytest.mark.parametrize(
    "line",
    [
        "JavaScript is a language with first-class functions.",
        "argv[1] holds the first argument, see [2] and list[0].",
        "items = {'a': [1]}",
        "x" * 1000,
        "ok",
    ],
)
def test_content_is_left_alone(line: str) -> None:
    text, values = c4.edit(f"Before it.\n{line}\nAfter it.", C4Config())
    assert text == f"Before it.\n{line}\nAfter it."
    assert values == {"c4_removed_lines": 0, "c4_removed_citation_marks": 0}


def test_citation_marks_are_removed() -> None:
    text, values = c4.edit("It rained.[12][3] History[edit] It snowed.[citation needed]", C4Config())
    assert text == "It rained. History It snowed."
    assert values["c4_removed_citation_marks"] == 3


def test_line_rules_of_c4_itself_can_be_switched_on() -> None:
    config = C4Config(line_ends="sentence", minimum_line_words=3, javascript_lines="all")
    text, values = c4.edit(
        "Heading here now\nToo short.\nThis one is kept.\nJavascript is a language.", config
    )
    assert text == "This one is kept."
    assert values["c4_removed_lines"] == 3


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["javascript", "JavaScript is off", "use coo\u212aies", "PRIVACY POLICY", "terms of"]
            ),
            st.sampled_from(
                [" use", "[edit]", "[citation needed]", ".[1]", "\u201d[12]", ".[\u0661]", "[3]"]
            ),
            st.sampled_from(
                ["x" * 20, "\u4e2d" * 10, " ", "\n", "\u3000", "a word", "prem\u0130er", "policy"]
            ),
            st.text(max_size=5),
        ),
        max_size=12,
    ).map("".join),
    st.builds(
        C4Config,
        enabled=st.booleans(),
        remove_policy_lines=st.booleans(),
        javascript_lines=st.sampled_from(["off", "notices", "all"]),
        remove_citation_marks=st.booleans(),
        maximum_word_characters=st.sampled_from([None, 0, 1, 19, 20, 21]),
        minimum_line_words=st.sampled_from([None, None, 2]),
        line_ends=st.sampled_from(["any", "sentence", "sentence_or_quote"]),
    ),
)
def test_nothing_that_is_edited_is_passed_over(text: str, config: C4Config) -> None:
    edited, values = c4.edit(text, config)
    if not c4.may_change(pl.Series([text]), config).item():
        assert (edited, values) == (text, c4.UNEDITED)


@pytest.mark.parametrize("quote", ['"', "'", "\u201d"])
def test_a_closing_quote_ends_a_line_as_published_on_demand(quote: str) -> None:
    text = f"He said so.\nHe called it {quote}a bridge{quote}\nHe went on {quote}so{quote} and stopped"
    config, published = C4Config(line_ends="sentence"), CleaningConfig(preset="c4").c4
    published = config.model_copy(update={"line_ends": published.line_ends})
    assert c4.edit(text, config)[0] == "He said so."
    assert c4.edit(text, published)[0] == f"He said so.\nHe called it {quote}a bridge{quote}"


def test_most_text_is_passed_over() -> None:
    texts = pl.Series(["A cookie [a] was used in Java, x[12] = 3; " * 100, "\u4e2d" * 900, "y " * 2000])
    assert not c4.may_change(texts, C4Config()).any()


def test_long_runs_are_found_wherever_they_are() -> None:
    config = C4Config(maximum_word_characters=10)
    run, most, accents = "x" * 11, "x" * 10, "\u00e9" * 10
    found = [run, f"a b {run}", f"{run}\na b", f"a {accents}\u00e9 b", f"{most} {run}"]
    others = ["", most, f"{most} {most}\n{most}", "\u4e2d" * 10, f"a {accents} b"]
    assert c4.may_change(pl.Series(found), config).all()
    assert not c4.may_change(pl.Series(others), config).any()


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ("Version 3.14 - final", True),
        ("well-known snake_case", False),
        ("a - b", True),
        ("\u4e2d\u6587\u5b57", True),
    ],
)
def test_words_of_a_line_are_parted_by_spaces_or_are_letters_of_scripts_without(
    line: str, stays: bool
) -> None:
    text, values = c4.edit(f"{line}\nand one more line", C4Config(minimum_line_words=3))
    assert (line in text) is stays
    assert values["c4_removed_lines"] == (0 if stays else 1)
