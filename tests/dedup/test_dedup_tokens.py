"""The compiled tokeniser against the reference, and the ranges against unicodedata."""

import unicodedata
from itertools import pairwise

import dedup_reference as reference
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.dedup.characters import SEPARATOR, SINGLE, WORD, character_classes
from curation_assets.dedup.tokens import TokenBuffers, tokenise

SCRIPTS = [
    (0x00, 0x7F), (0xA0, 0x24F), (0x391, 0x3C9), (0x410, 0x45F), (0x5D0, 0x5EA), (0x620, 0x64A),
    (0x905, 0x939), (0xE01, 0xE2E), (0x2010, 0x2027), (0x20A0, 0x20BF), (0x2190, 0x21FF), (0x3001, 0x3003),
    (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x4EFF), (0xAC00, 0xACFF), (0x1F600, 0x1F64F),
    (0x20000, 0x200FF),
]  # fmt: skip
ASSIGNED = [
    character
    for first, last in SCRIPTS
    for character in map(chr, range(first, last + 1))
    if unicodedata.category(character) != "Cn"
]
TEXTS = st.text(alphabet=st.sampled_from(ASSIGNED) | st.sampled_from("ab1 .,-Σσ世カ가ß"), max_size=60)


def words(buffers: TokenBuffers) -> list[list[str]]:
    joined = buffers.words.tobytes()
    bounds = buffers.word_offsets.tolist()
    texts = [joined[start:stop].decode() for start, stop in pairwise(bounds)]
    return [text.split(" ") if text else [] for text in texts]


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_tokens_are_the_references(texts: list[str]) -> None:
    buffers = tokenise(pl.Series(texts, dtype=pl.String))
    expected = [reference.tokens(text) for text in texts]
    assert words(buffers) == expected
    assert buffers.token_offsets.tolist() == [0, *pl.Series([len(some) for some in expected]).cum_sum()]


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_equal_tokens_have_equal_hashes_and_different_ones_do_not(texts: list[str]) -> None:
    spelled = [word for text in texts for word in reference.tokens(text)]
    hashes = tokenise(pl.Series(texts, dtype=pl.String)).hashes.tolist()
    pairs = set(zip(spelled, hashes, strict=True))
    assert len(pairs) == len(set(spelled)) == len(set(hashes))


def test_slices_and_several_chunks_of_a_column_are_read_at_their_place() -> None:
    column = pl.Series(["one two", "three", "Vier FÜNF"]).append(pl.Series(["six", None, "seven"]))
    assert words(tokenise(column[1:])) == [["three"], ["vier", "fünf"], ["six"], [], ["seven"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop-it", ["don", "t", "stop", "it"]),
        ("snake_case 3.14", ["snake", "case", "3", "14"]),
        ("北京 is 首都。", ["北", "京", "is", "首", "都"]),
        ("カタカナとabc", ["カ", "タ", "カ", "ナ", "と", "abc"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("“quoted” — dash…", ["quoted", "dash"]),
        ("non\u00a0breaking\u200bzero", ["non", "breaking", "zero"]),
        ("😀 smile", ["smile"]),
        ("ÀÉÎ ΣΑΣ", ["àéî", "σας"]),
        (" \n\t", []),
    ],
)
def test_examples(text: str, expected: list[str]) -> None:
    assert words(tokenise(pl.Series([text]))) == [expected]


def test_no_letter_and_no_digit_is_a_separator() -> None:
    lost = [
        hex(code)
        for code, kind in enumerate(character_classes().tolist())
        if kind == SEPARATOR
        and unicodedata.category(chr(code)) in ("Lu", "Ll", "Lt", "Lo", "Lm", "Nd", "Nl", "Mn")
    ]
    assert lost == []


def test_punctuation_and_spaces_of_the_widely_used_scripts_are_separators() -> None:
    ranges = [
        (0x0000, 0x06FF),
        (0x0900, 0x0974),
        (0x0E00, 0x0E7F),
        (0x2000, 0x206F),
        (0x3000, 0x30FF),
        (0xFE30, 0xFFEF),
    ]
    kinds = character_classes()
    kept = [
        hex(code)
        for first, last in ranges
        for code in range(first, last + 1)
        if kinds[code] != SEPARATOR and unicodedata.category(chr(code))[0] in "PZ"
    ]
    assert kept == []


def test_ideographs_stand_alone_and_hangul_does_not() -> None:
    kinds = character_classes()
    assert (kinds[0x4E00:0xA000] == SINGLE).all()
    assert (kinds[0xAC00:0xD7A4] == WORD).all()
