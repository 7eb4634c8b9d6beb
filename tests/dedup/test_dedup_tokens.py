"""The compiled tokeniser against the reference, and the ranges against unicodedata."""

import unicodedata
from itertools import pairwise
from typing import NamedTuple

import dedup_reference as reference
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.shingles import kernels
from curation_assets.shingles.tokens import buffers, scratch_for
from curation_assets.text.characters import SEPARATOR, SINGLE, WORD, character_classes, character_table
from curation_assets.text.hashing import content_hash

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


LENGTHS = st.lists(
    st.sampled_from(["a", "B.", " ", "é", "世", "word", "x" * 63, "y" * 64, "-" * 64, "Z" * 70])
)


class Cut(NamedTuple):
    """A text as the kernels see it."""

    folded: str
    words: list[str]
    hashes: list[int]


def cut(texts: pl.Series) -> list[Cut]:
    data, offsets = buffers(texts)
    scratch = scratch_for(int(np.diff(offsets).max()))
    scratch.words[:] = 0xA5A5A5A5A5A5A5A5  # what another text may have left there
    stream, found = scratch.words.view(np.uint8), []
    for start, stop in pairwise(offsets.tolist()):
        length = kernels.fold_text(data, start, stop, character_table(), stream)
        count = kernels.find_tokens(scratch.words, length, scratch.borders)
        kernels.hash_tokens(scratch.words, scratch.borders, count, scratch.tokens)
        joined, borders = stream[:length].tobytes(), scratch.borders[: 2 * count].reshape(-1, 2).tolist()
        words = [joined[begin:end].decode() for begin, end in borders]
        found.append(Cut(joined.decode(), words, scratch.tokens[:count].tolist()))
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS | LENGTHS.map("".join), min_size=1, max_size=4))
def test_tokens_are_the_references(texts: list[str]) -> None:
    found = cut(pl.Series(texts, dtype=pl.String))
    assert [text.words for text in found] == [reference.tokens(text) for text in texts]
    assert [text.folded.split() for text in found] == [text.words for text in found]


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_token_hashes_are_the_references(texts: list[str]) -> None:
    for text in cut(pl.Series(texts, dtype=pl.String)):
        assert text.hashes == [reference.token_hash(word) for word in text.words]


def test_words_up_to_8_bytes_never_collide() -> None:
    spelled = [f"{number:x}" for number in range(20_000)] + ["0" * length for length in range(2, 9)]
    (found,) = cut(pl.Series([" ".join(spelled)]))
    assert len(set(found.hashes)) == len(spelled)


@pytest.mark.parametrize("size", [62, 63, 64, 65, 127, 128, 129])
def test_words_at_the_borders_of_blocks(size: int) -> None:
    texts = ["x" * size, " " * size + "y", "x" * size + "世z", "ab " * size, "é" * size, "世" * size]
    assert [text.words for text in cut(pl.Series(texts))] == [reference.tokens(text) for text in texts]


def test_a_text_that_grows_as_much_as_it_can() -> None:
    """Every single becomes 5 bytes of 3, every capital 3 bytes of 2, and words are a byte apart."""
    for piece in ("a世", "Ⱥ", "a ", "世"):
        (found,) = cut(pl.Series([piece * 5_000]))
        assert found.words == reference.tokens(piece * 5_000)


def test_slices_and_several_chunks_of_a_column_are_read_at_their_place() -> None:
    column = pl.Series(["one two", "three", "Vier FÜNF"]).append(pl.Series(["six", None, "seven"]))
    found = [text.words for text in cut(column[1:])]
    assert found == [["three"], ["vier", "fünf"], ["six"], [], ["seven"]]


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
        ("ÀÉÎ ΛΌΓΟΣ λόγος", ["àéî", "λόγο\u03c3", "λόγο\u03c3"]),
        (" \n\t", []),
        ("İstanbul K", ["istanbul", "k"]),
    ],
)
def test_examples(text: str, expected: list[str]) -> None:
    assert cut(pl.Series([text]))[0].words == expected


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


def test_folding_is_that_of_the_lakes() -> None:
    """Golden: a version of Polars with other lower-casing needs another version of the stages."""
    assert content_hash(character_table().astype("<u4").tobytes()) == "325fff578fab833710a719e958de5b59"
    assert character_table()[ord("Σ")] == character_table()[ord("ς")] == 0x3C3
