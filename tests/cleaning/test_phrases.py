"""Phrases in texts: what the trie finds is what a regular expression for every phrase finds."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.cleaning.kernels.buffers import text_buffers
from curation_assets.cleaning.kernels.phrases import build_trie, kinds_in

PHRASES = {"we collect": 1, "we may collect": 2, "collect": 4, "(c)": 8, "\u00a9": 16, "gew\u00e4hr": 32}
_PIECES = (
    "we We may collect COLLECT collects ( c ) (C) \u00a9 gew\u00e4hr GEW\u00c4HR gewahr - _ 9 \u00e9 \u4e2d e"
)
pieces = st.sampled_from([*_PIECES.split(), " ", "\n", "\t "])


def kinds(*texts: str) -> list[int]:
    return kinds_in(*text_buffers(pl.Series(texts, dtype=pl.String)), build_trie(PHRASES)).tolist()


def expected(text: str) -> int:
    found = 0
    for phrase, bits in PHRASES.items():
        before = "(?<![A-Za-z0-9])" if phrase[0].isascii() and phrase[0].isalnum() else ""
        pattern = before + r"[ \t\n\r\x0b\x0c]+".join(map(re.escape, phrase.split(" ")))
        found |= bits if re.search(pattern, text, re.IGNORECASE) else 0
    return found


@given(st.lists(st.lists(pieces, max_size=20).map("".join), min_size=1, max_size=4))
def test_every_text_has_the_kinds_of_its_phrases(texts: list[str]) -> None:
    assert kinds(*texts) == [expected(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We  may\n\tCollect it", 2 | 4),
        ("so we", 0),
        ("recollect; re-collect", 4),
        ("\u00a9", 16),
        ("GEW\u00c4HRLEISTUNG", 32),
        ("", 0),
    ],
)
def test_case_spaces_and_beginnings_of_words(text: str, found: int) -> None:
    assert kinds(text, "", "collect") == [found, 0, 4]
