"""Text of documents reaches a terminal as text, whatever is in it."""

import json
import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.text.visible import (
    ascii_json,
    excerpt,
    is_harmless,
    readable_json,
    visible,
    visible_lines,
)

ANY = st.text(st.characters(), max_size=60)  # lone surrogates too


@given(ANY)
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    shown = visible(text)
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert {letter for letter in shown if unicodedata.category(letter) in hidden} <= set("\u200c\u200d")
    shown.encode("utf-8")
    assert visible(shown) == shown
    assert all(is_harmless(letter) for letter in shown)
    lines = visible_lines(text)
    assert all(is_harmless(letter) or letter in "\n\t" for letter in lines)
    assert lines.replace("\n", "\\n").replace("\t", "\\t") == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=60))
def test_readable_text_stays_what_it_is(text: str) -> None:
    assert visible(text) == text


def test_text_of_every_script_is_left_as_it_is() -> None:
    text = "naïve 你好 שלום नमस्ते ไทย नहीं\u200cक 👩\u200d💻 \u00a0\u3000"
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\u202eexe", "\\u202eexe"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("\x7f\u200b\u200f\ufeff\u2028\u2066", "\\x7f\\u200b\\u200f\\ufeff\\u2028\\u2066"),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\\u0301" * 2),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("日本語 naïve 🙂", "日本語 naïve 🙂"),
    ],
)
def test_known_letters(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_an_excerpt_is_one_short_line_however_long_the_text() -> None:
    assert excerpt("one\n two\t\tthree", 40) == "one two three"
    assert len(excerpt("\x00" * 10_000_000, 40)) == 41
    assert excerpt("word " * 100, 20) == "word word word word…"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_json_is_printable_ascii_and_says_the_same(value: object) -> None:
    written = ascii_json(value)
    assert all(line.isascii() and line.isprintable() for line in written.split("\n"))
    assert json.loads(written) == value


@given(VALUES)
def test_readable_json_is_harmless_and_says_the_same(value: object) -> None:
    written = readable_json(value)
    assert all(is_harmless(letter) for letter in written)
    written.encode("utf-8")
    assert json.loads(written) == value


def test_readable_json_escapes_nothing_else() -> None:
    assert readable_json({"a": "日本 é\U000e0041\x7f\x9b"}) == '{"a": "日本 é\\udb40\\udc41\\u007f\\u009b"}'


def test_json_has_null_for_numbers_it_has_no_word_for() -> None:
    assert json.loads(ascii_json({"a": [math.nan, math.inf, 1.5]})) == {"a": [None, None, 1.5]}
