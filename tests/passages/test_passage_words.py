"""Words, lines and keys against other ways to find them; what one compiled file takes from another."""

import inspect

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from passages_reference import words

from curation_assets.columns import flat_keys
from curation_assets.passages import alphabet, cutting, walking
from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.keys import passage_keys
from curation_assets.passages.words import buffers, lines_of, words_of
from curation_assets.text.characters import SINGLE, WORD, character_classes
from curation_assets.text.hashing import content_hash

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=5)
LETTERS = st.text(st.sampled_from("aB 好に。\n\t(éß😀\u3000Ωไ"), max_size=40)


def cut(texts: list[str]) -> list[list[bytes]]:
    found = words_of(buffers(pl.Series(texts, dtype=pl.String)), placed=True)
    parts = []
    for number, text in enumerate(texts):
        own = slice(found.offsets[number], found.offsets[number + 1])
        places = zip(found.starts[own].tolist(), found.stops[own].tolist(), strict=True)
        parts.append([text.encode()[start:stop] for start, stop in places])
    return parts


def by_class(text: str) -> list[bytes]:
    """The words of a text by the classes of characters that deduplication goes by."""
    found: list[str] = []
    inside = False
    for character in text:
        kind = character_classes()[ord(character)]
        if kind == WORD and inside:
            found[-1] += character
        elif kind in (WORD, SINGLE):
            found.append(character)
        inside = kind == WORD
    return [word.encode() for word in found]


@given(TEXTS)
def test_words_are_those_of_deduplication(texts: list[str]) -> None:
    assert cut(texts) == [by_class(text) for text in texts]


@given(LETTERS)
def test_words_lie_where_they_lie(text: str) -> None:
    expected = [text[word.start : word.stop].encode() for word in words(text)]
    assert cut([text]) == [expected]


def test_equal_words_have_equal_hashes_whatever_their_case() -> None:
    texts = ["Straße ΟΔΟΣ İzmir ÉTÉ 好 x1", "straße οδος izmir été 好 X1", "strasse οδοσ izmir ete 女 x2"]
    one, same, other = (words_of(buffers(pl.Series([text]))).hashes.tolist() for text in texts)
    assert one == same
    assert [left == right for left, right in zip(one, other, strict=True)] == [0, 1, 1, 0, 0, 0]


def hashes(text: str, **options: object) -> list[int]:
    config = PassagesConfig.model_validate({"lines": True, "line_characters": 5, **options})
    return lines_of(buffers(pl.Series([text])), config).hashes.tolist()


def test_equal_lines_differ_in_case_digits_and_punctuation_at_most() -> None:
    assert hashes("On 3 May 2020, at 10:45.") == hashes("ON 7 MAY 1999 -- at (11.59)!")
    assert hashes("٣٤٥٦٧ نسخة") == hashes("12345 نسخة")
    assert hashes("On 13 May 2020") != hashes("On 3 May 2020")
    assert hashes("crème brûlée") != hashes("creme brulee")
    assert hashes("abcd") == hashes("a-b.c d") == []


def test_paragraphs_lie_between_empty_lines() -> None:
    text = "first line\nsecond line\n \t\nthird line\n\n\n***\n\nfourth"
    paragraph = {"line_unit": "paragraph"}
    assert hashes(text, **paragraph) == [
        *hashes("first line second line", **paragraph), *hashes("third line"), *hashes("fourth"),
    ]  # fmt: skip
    assert len(hashes(text)) == 4


def test_about_two_of_17_fingerprints_are_kept() -> None:
    text = " ".join(f"w{number}" for number in range(20_000))
    rows = pl.DataFrame({"doc_id": ["d"], "shard": ["a"], "text_hash": ["h"], "text": [text]})
    keys, _ = flat_keys(passage_keys(rows, PassagesConfig(substrings=True))["keys"])
    assert abs(len(keys) / 20_000 - 2 / 17) < 0.005


def test_passages_of_any_length_are_made_of_fingerprints() -> None:
    for length in range(3, 200):
        config = PassagesConfig(substring_tokens=length)
        assert config.gram_tokens + config.sampled_of - 1 == length
        assert config.gram_tokens >= 2 * length // 3
    assert (PassagesConfig().gram_tokens, PassagesConfig().sampled_of) == (35, 16)


def test_keys_do_not_depend_on_what_becomes_of_repeats() -> None:
    config = PassagesConfig(lines=True, substring_tokens=70, policy="count", minimum_kept_tokens=3)
    assert config.keying() == PassagesConfig(lines=True)
    assert PassagesConfig(substrings=True, line_characters=5).keying() == PassagesConfig(substrings=True)


def test_the_kernels_know_the_alphabet() -> None:
    assert (int(walking.CODE), int(walking.CLASS_SHIFT)) == (alphabet.CODE, alphabet.CLASS_SHIFT)
    assert (int(walking.DIGIT), int(walking.SPACE)) == (alphabet.DIGIT, alphabet.SPACE)
    assert (int(walking.WORD), int(walking.SINGLE)) == (WORD, SINGLE)
    assert cutting.SPACE == alphabet.SPACE
    source = inspect.getsource(walking.character.py_func)
    assert content_hash(source) == cutting.CHARACTER_SOURCE


def test_every_digit_and_space_has_its_mark() -> None:
    table = alphabet.character_table()
    for code in map(ord, "0٣৯９"):  # noqa: RUF001
        assert table[code] & alphabet.DIGIT
    for code in map(ord, " \t\n\u3000\u2028"):
        assert table[code] & alphabet.SPACE
        assert character_classes()[code] == 0
    for code in map(ord, "aé好²-"):
        assert not table[code] & (alphabet.DIGIT | alphabet.SPACE)
