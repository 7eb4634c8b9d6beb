"""What the compiled tokeniser takes for words, against the house's words, and on odd text."""

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.quality.perplexity.characters import Tokens, character_table, fold
from curation_assets.quality.perplexity.ngram import NgramPerplexity
from curation_assets.quality.perplexity.packing import packed
from curation_assets.quality.perplexity.training import Training, train
from curation_assets.text.words import words

TEXT = st.text(
    st.one_of(
        st.sampled_from("aZ5 \n'-\u2019\u2010.,!_\u0301\u0e01\u0e31\u4e2d\u200d\u00e9\u0130\u03a3\u0663"),
        st.characters(),
    ),
    max_size=40,
)


def tokens_of(text: str, tokens: Tokens = "words") -> list[str]:
    """Return normal forms, a line feed standing for itself."""
    from curation_assets.quality.perplexity.tokenising import END_OF_LINE, END_OF_TEXT, next_token

    data, offsets = packed([text])
    found, at, table = [], 0, character_table(tokens)
    while True:
        token, begin, at = next_token(data, at, int(offsets[1]), table)
        if token == END_OF_TEXT:
            return found
        piece = data[begin:at].tobytes().decode("utf-8")
        found.append("\n" if token == END_OF_LINE else fold(piece, tokens))


def normal(word: str) -> str:
    """Fold a house word with Python's own functions."""
    folded = "".join(character.lower()[0] for character in word)
    return re.sub(r"\d", "0", folded).replace("\u2019", "'").replace("\u2010", "-")


@given(TEXT)
def test_words_are_the_words_of_the_house(text: str) -> None:
    valid = text.encode("utf-8", "replace").decode()
    found = [token for token in tokens_of(text) if words(token)]
    assert found == [normal(word) for word in words(valid)]


@given(TEXT)
def test_everything_else_is_marks_and_line_ends(text: str) -> None:
    valid = text.encode("utf-8", "replace").decode()
    rest = [token for token in tokens_of(text) if not words(token)]
    assert all(len(token) == 1 for token in rest)
    assert rest.count("\n") == valid.count("\n")
    assert all(token == "\n" or unicodedata.category(token)[0] in "PS" for token in rest)


def test_tokens_of_a_sentence_with_everything() -> None:
    text = "Don\u2019t PANIC\u2026 \u00abwell\u2010known\u00bb -- 3.14 \u20ac (2024) snake_case\u3002\n"
    text += "\u4e2d\u6587 \u00c9t\u00e9!!!"
    assert tokens_of(text) == [
        "don't", "panic", ".", '"', "well-known", '"', "-", "0", ".", "00", "\u20ac", "(", "0000", ")",
        "snake", "_", "case", ".", "\n", "\u4e2d", "\u6587", "\u00e9t\u00e9", "!",
    ]  # fmt: skip
    assert tokens_of("A  b,\tC\u00a0d\ne", "spaces") == ["A", "b,", "C\u00a0d", "\n", "e"]


@pytest.fixture(scope="module")
def scorer() -> NgramPerplexity:
    return NgramPerplexity(train(["a Z 5 a z", "\u4e2d \u4e2d"], Training(order=3, minimum_word=1)))


@given(texts=st.lists(TEXT, max_size=6))
def test_a_value_depends_on_its_text_alone(scorer: NgramPerplexity, texts: list[str]) -> None:
    together = scorer.score(texts)
    assert np.isfinite(together).all()
    assert list(together) == [scorer.score([text])[0] for text in texts]


@pytest.mark.parametrize(
    "text", ["x" * 3_000_000, "a " * 1_000_000, "-'" * 1_000_000, "\n" * 2_000_000, "\0\ud800" * 500_000]
)
def test_long_odd_texts_give_finite_values(text: str) -> None:
    model = train(["a b", text[:1000]], Training(order=3, minimum_word=1))
    assert np.isfinite(NgramPerplexity(model).score([text, ""])).all()


def test_other_forms_of_the_same_text_have_the_same_value() -> None:
    scorer = NgramPerplexity(train(["It's 12 \"o'clock\", isn't it? - Yes."] * 2))
    plain, typographic = (
        "It's 34 \"o'clock\", isn't it? - Yes.",
        "IT\u2019S 98 \u201cO\u2019CLOCK\u201d, ISN\u2019T IT??? \u2014 YES\u2026",
    )
    found = scorer.score([plain, typographic])
    assert found[0] == found[1]
