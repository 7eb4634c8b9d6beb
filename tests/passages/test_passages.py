"""Repeats against their definition, and what they must not depend on."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passages_reference import Document, LakeInMemory, check, labelled, labels_of, random_words, words

from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.passages import find

WORDS = ["a", "B", "c1", "c2", "дом", "ДОМ", "好", "的", "Σας", "ΣΑΣ", "İ"]
GAPS = [" ", "\n", ", ", "\n\n", ' "', ".\n* ", "。", "  \n \n"]
TEXTS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=24).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)
DOCUMENTS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abc"), TEXTS), max_size=7).map(
    lambda rows: [
        Document(f"d{number}", shard, text)
        for (number, shard), text in {(number, shard): text for number, shard, text in rows}.items()
    ]
)
CONFIGS = st.builds(
    PassagesConfig,
    substrings=st.booleans(),
    substring_tokens=st.integers(3, 8),
    lines=st.booleans(),
    line_unit=st.sampled_from(["line", "paragraph"]),
    line_characters=st.integers(1, 5),
    policy=st.sampled_from(["remove", "count"]),
    minimum_kept_share=st.sampled_from([0.0, 0.4]),
    minimum_kept_tokens=st.sampled_from([0, 3]),
)
ON = PassagesConfig(substrings=True)


@settings(max_examples=150)
@given(DOCUMENTS, CONFIGS)
def test_repeats_are_those_of_the_definition(documents: list[Document], config: PassagesConfig) -> None:
    check(documents, labelled(documents, config), config)


@settings(max_examples=40)
@given(DOCUMENTS, CONFIGS, st.randoms(use_true_random=False), st.integers(1, 40), st.integers(1, 200))
def test_order_and_what_is_held_at_once_do_not_matter(
    documents: list[Document], config: PassagesConfig, random: object, keys: int, passages: int
) -> None:
    other = list(documents)
    random.shuffle(other)  # type: ignore[attr-defined]
    one = labelled(documents, config)
    assert labelled(other, config, keys_at_once=keys, passages_at_once=passages).equals(one)


@settings(max_examples=40)
@given(st.lists(TEXTS, max_size=6), CONFIGS, st.lists(st.sampled_from("abcd"), min_size=6, max_size=6))
def test_shards_do_not_matter(texts: list[str], config: PassagesConfig, shards: list[str]) -> None:
    def labels(of_document: list[str]) -> pl.DataFrame:
        rows = zip(texts, of_document, strict=False)
        documents = [Document(f"d{number}", shard, text) for number, (text, shard) in enumerate(rows)]
        return labelled(documents, config).drop("shard", "kept_in_shard").sort("doc_id")

    assert labels(shards).equals(labels(["a"] * 6))


PIECES = {
    "english": [
        "The",
        "old",
        "harbour",
        "master",
        "wrote",
        "every",
        "ship",
        "that",
        "came",
        "in",
        "into",
        "a",
        "book",
        "with",
        "a",
        "red",
        "back",
    ],
    "russian": [
        "Старый",
        "смотритель",
        "гавани",
        "записывал",
        "каждый",
        "корабль",
        "в",
        "книгу",
        "с",  # noqa: RUF001
        "красным",
        "корешком",
    ],
    "greek": [
        "Ο",  # noqa: RUF001
        "παλιός",
        "λιμενάρχης",
        "έγραφε",
        "κάθε",
        "πλοίο",
        "σε",
        "ένα",
        "βιβλίο",
        "με",
        "κόκκινη",
        "ράχη",
    ],
    "chinese": list("老港务长把每一艘进港的船都写进一本红背的书里而且从来没有忘记过任何一艘"),
    "japanese": list("港長は入港する船をすべて赤い背表紙の本に書き記した"),
    "thai": list("นายทาเรอคนเกาเขยนชอเรอทกลำลงในสมดปกแดง"),
}


def prose(language: str, count: int, seed: int) -> str:
    """Random sequences of a language's words, parted as it parts them."""
    pieces, drawn = PIECES[language], np.random.default_rng(seed)
    joined = "" if language in ("chinese", "japanese", "thai") else " "
    chosen = [pieces[number] for number in drawn.integers(0, len(pieces), count).tolist()]
    return joined.join(chosen)


@pytest.mark.parametrize("language", PIECES)
def test_a_quote_of_60_words_is_always_found_and_one_of_40_never(language: str) -> None:
    drawn, parted = np.random.default_rng(1), "。" if language in ("chinese", "japanese") else ". "
    for length, repeated in ((60, 60), (50, 50), (49, 0), (40, 0)):
        documents, quotes = [], [prose(language, length, 1000 + number) for number in range(40)]
        for number in range(80):
            quote, counts = quotes[number % 40], drawn.integers(1, 90, 2).tolist()
            before, after = (prose(language, count, 2 * number + side) for side, count in enumerate(counts))
            texts = [f"{before}{number}x", quote, f"{number}y{after}"]
            documents.append(Document(f"d{number:03}", "abc"[number % 3], parted.join(texts)))
        config = PassagesConfig(substrings=True, minimum_kept_tokens=0, minimum_kept_share=0.0)
        labels = labelled(documents, config).sort("doc_id")
        planted = [len(words(quote)) for quote in quotes]
        assert planted == [length] * 40
        assert labels["repeated_tokens"].to_list() == [0] * 40 + [repeated] * 40
        if repeated:
            assert labels["kept_in"].to_list() == [None] * 40 + labels["doc_id"][:40].to_list()


@pytest.mark.parametrize("config", [ON, PassagesConfig(lines=True)])
def test_boilerplate_stays_in_one_document(config: PassagesConfig) -> None:
    boilerplate = " ".join(random_words(70, 1))
    texts = [" ".join(random_words(100 + number, number + 2)) for number in range(30)]
    pages = [f"{text}.\n\n{boilerplate}.\n\n{text[::-1]}" for text in texts]
    documents = [Document(f"d{number:02}", "ab"[number % 2], page) for number, page in enumerate(pages)]
    labels = labelled(documents, config).sort("doc_id")
    assert labels["text"].to_list() == [None] + [f"{text}.\n\n{text[::-1]}" for text in texts[1:]]
    assert labels["kept"].all()


def test_what_only_a_dropped_document_has_before_stays_in_the_next_one() -> None:
    shared, own = " ".join(random_words(200, 1)), " ".join(random_words(60, 2))
    long = " ".join(random_words(200, 3))
    documents = [
        Document("d1", "a", shared),
        Document("d2", "a", f"{shared} {own}"),  # of which less than half is its own
        Document("d3", "a", f"{own} {long}"),
    ]
    config = PassagesConfig(substrings=True, minimum_kept_share=0.5)
    labels = labelled(documents, config)
    assert labels["kept"].to_list() == [True, False, True]
    assert labels["repeated_tokens"].to_list() == [0, 200, 0]
    check(documents, labels, config)


def test_a_document_that_repeats_itself_keeps_what_it_says_once() -> None:
    passage = " ".join(random_words(55, 1))
    middle = " ".join(random_words(60, 2))
    labels = labelled([Document("d1", "a", f"{passage} {middle} {passage}")], ON)
    assert labels["text"].to_list() == [f"{passage} {middle}"]
    assert labels["kept_in"].to_list() == ["d1"]


def test_one_word_over_and_over_is_one_passage() -> None:
    documents = [Document("d1", "a", "ha " * 500), Document("d2", "b", "HA! " * 70)]
    config = PassagesConfig(substrings=True, minimum_kept_share=0.0)
    labels = labelled(documents, config)
    assert labels["repeated_tokens"].to_list() == [499, 70]
    check(documents, labels, config)


def test_words_in_the_order_that_polynomials_confuse() -> None:
    """The sequence of Thue and Morse, of which unequal parts collide under sums of powers modulo 2^64."""
    text = " ".join("ab"[number.bit_count() % 2] for number in range(3000))
    documents = [Document("d1", "a", text), Document("d2", "a", text.translate({97: 98, 98: 97}))]
    config = PassagesConfig(substrings=True)
    check(documents, labelled(documents, config), config)


def test_short_and_empty_texts_have_no_repeats() -> None:
    texts = ["", "", "a", "\n\n", "...", "a", "one two three", "one two three", "\0", "\0"]
    documents = [Document(f"d{number}", "a", text) for number, text in enumerate(texts)]
    labels = labelled(documents, PassagesConfig(substrings=True, lines=True))
    assert labels["repeated_tokens"].sum() == 0
    assert labels["text"].null_count() == labels.height


def test_texts_are_read_only_of_documents_that_share_a_key() -> None:
    texts = [" ".join(random_words(300, number)) for number in range(6)]
    documents = [Document(f"d{number}", "a", text) for number, text in enumerate(texts)]
    documents.append(Document("d9", "b", texts[2]))
    lake = LakeInMemory(documents, ON)
    labels_of(find(lake.tables, ON))
    assert set(lake.read) == {"d2", "d9"}


def test_nothing_is_read_where_both_are_off() -> None:
    config = PassagesConfig()
    lake = LakeInMemory([Document("d1", "a", "x " * 100), Document("d2", "a", "x " * 100)], ON)
    found = find(lake.tables, config)
    assert labels_of(found)["kept"].all()
    assert not lake.read
    assert not found.index
