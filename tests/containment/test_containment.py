"""What is an excerpt of what: planted ones, all pairs of small lakes, the definition, and odd texts."""

import inspect

import numpy as np
import polars as pl
import pytest
from containment_reference import Document, all_pairs, by_definition, frame, random_words, shingles, tables_of
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.config import ConfigError, load_config
from curation_assets.containment import comparing, verify, winnowing
from curation_assets.containment.config import ContainmentConfig
from curation_assets.containment.contained import LABEL_SCHEMA, Found, find, labels
from curation_assets.containment.keys import KEY_SCHEMA, containment_keys, keyed_before
from curation_assets.shingles import bits, kernels, sets

ON = ContainmentConfig(enabled=True)
EXACT = ContainmentConfig(enabled=True, window=1, probes=64, candidates=256)
"""Of documents of at most 64 shingles every one is a probe, and no list is cut."""


def found_in(documents: list[Document], config: ContainmentConfig = ON) -> dict[str, str]:
    found = find(tables_of(documents, config), config)
    return dict(found.excerpts.select("doc_id", "contained_in").iter_rows())


def named(found: Found) -> dict[tuple[str, str], tuple[tuple[str, str], float]]:
    rows = found.excerpts.iter_rows()
    return {
        (doc_id, shard): ((container, container_shard), share)
        for doc_id, shard, container, container_shard, share in rows
    }


def edited(words: list[str], share: float, seed: int) -> list[str]:
    places = np.random.default_rng(seed).permutation(len(words))[: round(share * len(words))].tolist()
    return [f"edit{seed}x{at}" if at in places else word for at, word in enumerate(words)]


@pytest.mark.parametrize(("share", "threshold"), [(0.0, 0.9), (0.01, 0.9), (0.04, 0.75)])
def test_excerpts_of_books_are_found_and_nothing_else(share: float, threshold: float) -> None:
    """An edited word is in 5 shingles: of 200 words with 4 % edited at least 78 % of 196 shingles stay."""
    books = {f"book{number}": random_words(20_000, number, of=3_000) for number in range(3)}
    documents = [Document(name, "b", " ".join(words)) for name, words in books.items()]
    truth = {}
    for number in range(60):
        name, start = f"book{number % 3}", number * 331
        excerpt = edited(books[name][start : start + 200], share, number)
        truth[f"e{number}"] = name
        documents.append(Document(f"e{number}", f"s{number % 4}", " ".join(excerpt)))
        unrelated = random_words(200, 1000 + number, of=3_000)
        documents.append(Document(f"u{number}", f"s{number % 4}", " ".join(unrelated)))
    assert found_in(documents, ON.model_copy(update={"threshold": threshold})) == truth


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(0, 1000))
def test_a_verbatim_excerpt_of_a_window_and_four_words_is_always_found(
    seed: int, window: int, start: int
) -> None:
    book = random_words(1_100, seed, of=50)
    excerpt = Document("e", "s", " ".join(book[start : start + window + 4]))
    config = ON.model_copy(update={"window": window})
    found = found_in([Document("b", "s", " ".join(book)), excerpt], config)
    assert found == {"e": "b"}


@st.composite
def lakes(draw: st.DrawFn, longest: int = 60) -> list[Document]:
    """Texts cut out of one or two streams of words, some with another word put in, in some shards."""
    streams = [random_words(longest, draw(st.integers(0, 9)), of=draw(st.sampled_from([2, 12, 1000])))]
    streams.append(streams[0][longest // 2 :] + random_words(longest // 2, 10, of=12))
    documents = []
    for number in range(draw(st.integers(0, 9))):
        words = draw(st.sampled_from(streams))
        start = draw(st.integers(0, longest))
        words = words[start : start + draw(st.integers(0, longest))]
        if words and draw(st.booleans()):
            words[draw(st.integers(0, len(words) - 1))] = "other"
        shard, cluster = draw(st.sampled_from("xyz")), draw(st.sampled_from(["", "", "", "copies"]))
        documents.append(Document(f"d{draw(st.integers(0, 2))}{number}", shard, " ".join(words), cluster))
    return documents


@settings(max_examples=60)
@given(lakes(), st.sampled_from([0.3, 0.6, 0.9, 1.0]))
def test_small_lakes_are_as_all_pairs_say(documents: list[Document], threshold: float) -> None:
    documents = [one._replace(cluster_id="") for one in documents]
    config = EXACT.model_copy(update={"threshold": threshold})
    assert named(find(tables_of(documents, config), config)) == all_pairs(documents, threshold)


CONFIGS = st.builds(
    ContainmentConfig,
    enabled=st.just(True),
    threshold=st.sampled_from([0.2, 0.6, 0.9]),
    window=st.integers(1, 6),
    probes=st.integers(1, 5),
    candidates=st.integers(1, 3),
)


@settings(max_examples=120)
@given(lakes(), CONFIGS)
def test_whatever_the_settings_it_is_as_the_definition_reads(
    documents: list[Document], config: ContainmentConfig
) -> None:
    assert named(find(tables_of(documents, config), config)) == by_definition(documents, config)


@settings(max_examples=30)
@given(lakes(), CONFIGS, st.randoms(use_true_random=False))
def test_order_and_division_into_shards_change_nothing(
    documents: list[Document], config: ContainmentConfig, random: object
) -> None:
    before = found_in(documents, config)
    random.shuffle(documents)  # type: ignore[attr-defined]
    elsewhere = [one._replace(shard=random.choice("pq")) for one in documents]  # type: ignore[attr-defined]
    assert found_in(elsewhere, config) == before


def test_of_a_chain_the_largest_stays_and_contains_all(words: list[str]) -> None:
    chain = [Document(f"d{size}", "s", " ".join(words[:size])) for size in (50, 100, 200, 400)]
    assert found_in(chain) == {"d50": "d400", "d100": "d400", "d200": "d400"}


def test_one_that_is_contained_in_a_contained_one_alone_is_dropped_too(words: list[str]) -> None:
    """At 0.6 the first is contained in the second and that in the third, but the first not in the third."""
    first, second = words[:100], words[35:100] + words[200:300]
    third = words[75:100] + words[200:300] + words[400:500]
    documents = [Document(f"d{at}", "s", " ".join(own)) for at, own in enumerate((first, second, third))]
    assert found_in(documents, ON.model_copy(update={"threshold": 0.6})) == {"d0": "d1", "d1": "d2"}


def test_a_larger_candidate_that_is_refuted_gives_way_to_a_smaller_one(words: list[str]) -> None:
    half = [*words[:60], *random_words(900, 5)]
    documents = [
        Document("excerpt", "s", " ".join(words[:100])),
        Document("half", "s", " ".join(half)),
        Document("whole", "s", " ".join(words[:300])),
    ]
    found = find(tables_of(documents, ON), ON)
    assert dict(found.excerpts.select("doc_id", "contained_in").iter_rows()) == {"excerpt": "whole"}
    asked = found.pairs.filter(pl.col("text_hash") == f"hash of {documents[0].text}")
    assert asked["containment"].to_list() in ([None, 1.0], [1.0, None])


def test_equal_sizes_are_no_containment_and_of_equal_containers_the_first_is_told(words: list[str]) -> None:
    text = " ".join(words)
    documents = [
        Document("b", "t", text),
        Document("a", "t", text),
        Document("a", "s", text),
        Document("excerpt", "u", " ".join(words[50:250])),
    ]
    excerpts = find(tables_of(documents, ON), ON).excerpts
    assert excerpts.rows() == [("excerpt", "u", "a", "s", 1.0)]


def test_copies_that_deduplication_kept_are_no_excerpts_of_each_other(words: list[str]) -> None:
    longer = Document("longer", "s", " ".join(words), "cluster")
    copy = Document("copy", "s", " ".join(words[:-1]), "cluster")
    other = Document("other", "s", " ".join(words[:-2]), "another")
    assert found_in([longer, copy, other]) == {"other": "longer"}


@pytest.fixture
def words() -> list[str]:
    return random_words(600, 77)


def test_what_hundreds_quote_is_compared_with_a_few(words: list[str]) -> None:
    """Every document has the same 8 smallest keys, which lead to the 4 largest documents alone."""
    quote = " ".join(words[:200])
    quoting = [
        Document(f"d{at:03}", "s", f"{quote} {' '.join(random_words(at, 1000 + at))}") for at in range(300)
    ]
    config = ON.model_copy(update={"candidates": 4, "threshold": 0.95})
    found = find(tables_of(quoting, config), config)
    assert found.compared <= found.candidates <= 4 * 300
    contained = dict(found.excerpts.select("doc_id", "contained_in").iter_rows())
    assert contained == {f"d{at:03}": "d299" for at in range(1 + 200 * 5 // 95)}


def test_a_phrase_in_common_is_no_reason_to_read_a_text(words: list[str]) -> None:
    phrase = words[:40]  # one or two keys of it
    documents = [
        Document(f"d{at}", "s", " ".join([*phrase, *random_words(600 + at, at)])) for at in range(20)
    ]
    found = find(tables_of(documents, ON), ON)
    assert (found.candidates, found.compared) == (0, 0)


ODD = [
    "", " ", "one", "one two three four", "\x00\x00 a \x00", "\U0001f600 " * 50, "a" * 300_000, "x " * 99,
    "北京" * 90, " ".join("abcdefgh"),
]  # fmt: skip


def test_odd_texts_have_keys_and_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "ITEMS_AT_ONCE", 1)
    documents = [
        Document(f"{at}{side}", "s", f"{text}{side}") for at, text in enumerate(ODD) for side in ("", " z")
    ]
    config = ContainmentConfig(enabled=True, window=1, threshold=0.1)
    keys = containment_keys(frame(documents), config)
    assert keys.schema == KEY_SCHEMA
    assert keys["key_count"].to_list() == keys["shingles"].to_list() == keys["keys"].list.len().to_list()
    assert found_in(documents, config) == {"7": "7 z", "8": "8 z", "9": "9 z"}


def test_a_lake_without_documents_has_no_excerpts() -> None:
    found = find(tables_of([], ON), ON)
    assert labels(found, "s", pl.Series([], dtype=pl.String)).schema == LABEL_SCHEMA
    assert found.pairs.schema == verify.PAIR_SCHEMA


@given(st.lists(st.integers(0, 80), max_size=4), st.integers(1, 12))
def test_each_window_of_a_text_has_a_key(lengths: list[int], window: int) -> None:
    texts = [" ".join(random_words(length, length, of=30)) for length in lengths]
    config = ContainmentConfig(enabled=True, window=window)
    documents = [Document(f"d{at}", "s", text) for at, text in enumerate(texts)]
    every = containment_keys(frame(documents), EXACT)
    table = containment_keys(frame(documents), config)
    for text, own, all_of_it in zip(texts, table["keys"], every["keys"], strict=True):
        assert own.to_list() == sorted(set(own))
        assert set(own) <= set(all_of_it)
        assert len(all_of_it) == len(set(shingles(text)))
        if all_of_it.len():
            assert own[0] == all_of_it[0]


def test_texts_that_had_keys_keep_them() -> None:
    before = containment_keys(frame([Document("a", "s", "one two three"), Document("b", "s", "four")]), ON)
    again = keyed_before(
        frame([Document("c", "s", "four"), Document("d", "s", "five"), Document("a", "s", "one two three")]),
        before,
    )
    assert again["keys"].is_null().to_list() == [False, True, False]
    assert again["keys"][0].to_list() == before["keys"][1].to_list()


def test_the_pass_over_texts_names_all_that_it_is_made_of() -> None:
    assert set(winnowing.PARTS) == {bits, kernels, sets}
    own = {name for name, value in vars(winnowing).items() if inspect.ismodule(value)}
    assert own == {"bits", "kernels", "sets", "np"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{threshold: 0}", ["containment.threshold", "0", "greater than 0"]),
        ("{threshold: 1.5}", ["containment.threshold", "1.5", "less than or equal to 1"]),
        ("{probes: 0}", ["containment.probes", "0", "greater than or equal to 1"]),
        ("{candidates: 1000}", ["containment.candidates", "1000", "less than or equal to 256"]),
        ("{windows: 3}", ["containment.windows", "unknown key", "did you mean 'window'"]),
    ],
)
def test_a_mistake_in_the_settings_is_named(tmp_path: object, text: str, expected: list[str]) -> None:
    path = tmp_path / "c.yaml"  # type: ignore[operator]
    path.write_text(f"containment: {text}")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    for part in expected:
        assert part in str(caught.value)
