"""Where a repeat is cut out of its text."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from passages_reference import without, words

from curation_assets.passages.edits import cut_out

GOLDEN = [
    ("one [P Q] two", "one two"),
    ("one. [P Q]. Two", "one. Two"),
    ("one (“[P Q]”) two", "one two"),
    ("one\n\n[P Q]\n\ntwo", "one\n\ntwo"),
    ("one\n\n[P Q].\ntwo", "one\n\ntwo"),
    ("one\n[P Q]\n\ntwo", "one\n\ntwo"),
    ("one\n* [P Q].\n* two", "one\n* two"),
    ("# [P Q]\n\none", "one"),
    ("one\n\n   [P Q]!!\n", "one"),
    ("one\n[P Q]. Two", "one\nTwo"),
    ("One. [P Q].\nTwo", "One.\nTwo"),
    ("甲。[乙丙]。丁", "甲。丁"),
    ("甲[乙丙]。丁", "甲。丁"),
    ("甲[乙丙]丁", "甲丁"),
    ("one/[P Q]/two", "one/two"),
    ("[P Q]", ""),
    ("... [P Q] ...\n", ""),
    ("a [P] b [Q] c", "a b c"),
    ("ø [P] 好\n\n[Q]\n😀 z", "ø 好\n\n😀 z"),
]


def cut(text: str, starts: list[int], stops: list[int]) -> tuple[str, str]:
    """Return the text without the spans of words, and without the cuts as told in characters."""
    offsets = np.array([0, len(starts)])
    cuts, edited = cut_out(
        pl.Series([text]), offsets, np.array(starts, int), np.array(stops, int), np.array([True])
    )
    spans = [{"start": start, "end": end} for start, end in cuts.T.tolist()]
    return edited[0], without(text, spans)


@pytest.mark.parametrize(("marked", "expected"), GOLDEN)
def test_no_loose_ends_stay(marked: str, expected: str) -> None:
    starts, stops, text = [], [], ""
    for part in marked.replace("]", "[").split("["):
        if len(starts) > len(stops):
            stops.append(len(words(text + part)))
            text += part
        else:
            text += part
            starts.append(len(words(text)))
    assert cut(text, starts[: len(stops)], stops) == (expected, expected)


TEXTS = st.text(st.sampled_from("aB 好に。\n\t(*.é😀-\u3000"), max_size=60)


@given(TEXTS, st.lists(st.booleans(), min_size=60, max_size=60))
def test_the_words_that_stay_are_the_others(text: str, repeated: list[bool]) -> None:
    own = words(text)
    flags = [False, *repeated[: len(own)], False]
    starts = [number for number in range(len(own)) if flags[number + 1] and not flags[number]]
    stops = [number + 1 for number in range(len(own)) if flags[number + 1] and not flags[number + 2]]
    edited, by_characters = cut(text, starts, stops)
    assert edited == by_characters
    left = [word.letters for number, word in enumerate(own) if not flags[number + 1]]
    assert [word.letters for word in words(edited)] == left
    if not starts:
        assert edited == text
