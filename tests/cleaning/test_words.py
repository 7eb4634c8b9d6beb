import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.text.words import hangul_share, unspaced_share, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (
            "Don't re-read 3.14 snake_case -- 'quoted' dogs'",
            ["Don't", "re-read", "3", "14", "snake", "case", "quoted", "dogs"],
        ),
        ("l\u2019\u00e9t\u00e9 na\u00efve", ["l\u2019\u00e9t\u00e9", "na\u00efve"]),
        ("e\u0301te\u0301 libre", ["e\u0301te\u0301", "libre"]),
        ("\u6211\u7231Python3\u7f16\u7a0b\u3002", ["\u6211", "\u7231", "Python3", "\u7f16", "\u7a0b"]),
        ("\u30b9\u30fc\u30d1\u30fc", ["\u30b9", "\u30fc", "\u30d1", "\u30fc"]),
        (
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u092d\u093e\u0937\u093e",
            ["\u0939\u093f\u0928\u094d\u0926\u0940", "\u092d\u093e\u0937\u093e"],
        ),
        ("\u0e17\u0e35\u0e48", ["\u0e17\u0e35\u0e48"]),
        ("\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4", ["\uc548\ub155\ud558\uc138\uc694", "\uc138\uacc4"]),
        (
            "\u043f\u043e-\u0440\u0443\u0441\u0441\u043a\u0438, \u0434\u0430!",
            ["\u043f\u043e-\u0440\u0443\u0441\u0441\u043a\u0438", "\u0434\u0430"],
        ),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 family \u2603", ["family"]),
        ("a-b--c a''b", ["a-b", "c", "a", "b"]),
    ],
)
def test_words_are_those_of_the_definition(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text(max_size=200))
def test_every_letter_and_digit_is_in_exactly_one_word(text: str) -> None:
    inside = "".join(words(text))
    assert [c for c in inside if c.isalnum()] == [c for c in text if c.isalnum()]
    assert all(any(c.isalnum() for c in word) for word in words(text))


@given(st.text(alphabet="abz019-'_ .,\n", max_size=200))
def test_the_fast_path_for_ascii_agrees_with_the_full_pattern(text: str) -> None:
    with_ideograph = words(text + " \u4e00")
    assert with_ideograph == [*words(text), "\u4e00"]


@given(st.text(alphabet="ab\u00e9\u0436\u03b1\u2019\u2010- 1_\u00df", max_size=200))
def test_the_fast_path_for_spaced_scripts_agrees_with_the_full_pattern(text: str) -> None:
    assert words(text + " \u4e00") == [*words(text), "\u4e00"]


def test_no_mark_or_unspaced_letter_escapes_the_full_pattern() -> None:
    """The cheap test in front of the full pattern must err on the safe side only."""
    marks = [chr(code) for code in range(0x300, 0x1E95B) if unicodedata.category(chr(code))[0] == "M"]
    assert all(words(f"a{mark}b") == [f"a{mark}b"] for mark in marks)


def test_shares_of_scripts() -> None:
    assert unspaced_share("\u4e00\u4e8c ab") == 0.5
    assert hangul_share("\uc548\ub155 ab") == 0.5
    assert unspaced_share("abc") == hangul_share("") == 0.0
