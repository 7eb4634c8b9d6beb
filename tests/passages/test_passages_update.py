"""An update gives what finding anew gives, whatever came and went, and reads little for it."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from passages_reference import Document, LakeInMemory, random_words

from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.passages import Found, find
from curation_assets.passages.update import Before, Update, update

PIECES = [*(f"{piece}1 {piece}2 {piece}3 {piece}4\n" for piece in "abcdef"), "x ", "y\n"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
Shards = dict[str, dict[int, str]]
DOCUMENTS = st.dictionaries(st.integers(0, 12), TEXTS, max_size=4)
SHARDS = st.dictionaries(st.sampled_from("abcd"), DOCUMENTS, min_size=2)
CHANGES = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | DOCUMENTS), min_size=1, max_size=2)
CONFIGS = st.builds(
    PassagesConfig,
    substrings=st.booleans(),
    substring_tokens=st.integers(3, 5),
    lines=st.booleans(),
    line_characters=st.integers(1, 8),
    minimum_kept_share=st.sampled_from([0.0, 0.5, 0.7]),
    minimum_kept_tokens=st.sampled_from([0, 2]),
)


def lake_of(shards: Shards, config: PassagesConfig) -> LakeInMemory:
    rows = [
        Document(f"d{key}", shard, text) for shard, texts in shards.items() for key, text in texts.items()
    ]
    lake = LakeInMemory(rows, config)
    empty = LakeInMemory([Document("d", "", "")], config)
    for shard in set(shards) - set(lake.documents):
        lake.documents[shard], lake.keys[shard] = empty.documents[""].clear(), empty.keys[""].clear()
    return lake


def updated(before: LakeInMemory, found: Found, now: LakeInMemory, config: PassagesConfig) -> Update:
    then, shards = set(before.keys), set(now.keys)
    changed = {
        shard for shard in shards if shard not in then or not now.keys[shard].equals(before.keys[shard])
    }
    told = Before(
        shards=then,
        labels=lambda shard, columns: found.labels[shard].select(columns),
        index=lambda shard: found.index[shard],
        changed=changed,
        gone=then - shards,
    )
    return update(now.tables, told, config)


@settings(max_examples=40)
@given(SHARDS, CHANGES, CONFIGS)
def test_an_update_is_what_is_found_anew(
    then: Shards, changes: list[tuple[str, dict[int, str] | None]], config: PassagesConfig
) -> None:
    now = dict(then)
    for shard, texts in changes:
        now.pop(shard, None)
        now |= {} if texts is None else {shard: texts}
    hold_against_anew(then, now, config)


def hold_against_anew(then: Shards, now: Shards, config: PassagesConfig) -> None:
    before, after = lake_of(then, config), lake_of(now, config)
    found, anew = find(before.tables, config), find(after.tables, config)
    done = updated(before, found, after, config)
    assert sorted([*done.found.labels, *done.unchanged]) == sorted(now)
    for shard in now:
        labels = done.found.labels[shard] if shard in done.found.labels else found.labels[shard]
        assert labels.equals(anew.labels[shard])
        if config.enabled:
            index = done.found.index[shard] if shard in done.found.index else found.index[shard]
            assert index.equals(anew.index[shard])


def test_documents_that_are_dropped_or_come_back_touch_others() -> None:
    """Many documents of few passages, so that one that goes turns others, and these others again."""
    drawn = np.random.default_rng(11)
    config = PassagesConfig(
        substrings=True, substring_tokens=4, minimum_kept_share=0.6, minimum_kept_tokens=0
    )
    for _ in range(25):
        texts = [
            "".join(f"{piece}1 {piece}2 {piece}3 {piece}4\n" for piece in row)
            for row in drawn.integers(0, 60, (30, 3)).tolist()
        ]
        shards: Shards = {
            shard: {number: texts[number] for number in range(at, 30, 3)} for at, shard in enumerate("abc")
        }
        shard, number = str(drawn.choice(list("abc"))), int(drawn.integers(0, 10))
        less = dict(shards[shard])
        less.pop(list(less)[number])
        hold_against_anew(shards, {**shards, shard: less}, config)
        hold_against_anew({**shards, shard: less}, shards, config)


def long(number: int, *passages: str) -> str:
    return " ".join([*random_words(80, number), *passages, *random_words(80, 1000 + number)])


def test_only_documents_that_share_a_key_with_a_changed_one_are_read() -> None:
    config = PassagesConfig(substrings=True)
    one, other = " ".join(random_words(60, 5000)), " ".join(random_words(60, 6000))
    shards: Shards = {
        shard: {number: long(10 * at + number, *([one] if at < 2 else [other])) for number in range(3)}
        for at, shard in enumerate("abcd")
    }
    before = lake_of(shards, config)
    found = find(before.tables, config)
    texts = dict(shards["a"])
    del texts[0]
    after = lake_of({**shards, "a": texts}, config)
    done = updated(before, found, after, config)
    assert list(done.found.labels) == ["a", "b"]
    assert sorted(done.unchanged) == ["c", "d"]
    assert len(after.read) == 5
    labels = pl.concat([done.found.labels[shard] for shard in "ab"])
    assert labels["repeated_tokens"].to_list() == [60, 60, 0, 60, 60]


def test_what_a_dropped_document_had_comes_back_elsewhere() -> None:
    config = PassagesConfig(substrings=True, minimum_kept_share=0.6)
    shared, own, more = (" ".join(random_words(90, seed)) for seed in (1, 2, 3))
    shards: Shards = {"a": {0: shared}, "b": {1: f"{shared} {own}"}, "c": {2: f"{own} {more} {more[::-1]}"}}
    before = lake_of(shards, config)
    found = find(before.tables, config)
    assert [found.labels[shard]["repeated_tokens"].item() for shard in "abc"] == [0, 90, 0]
    after = lake_of({**shards, "a": {}}, config)
    done = updated(before, found, after, config)
    assert [done.found.labels[shard]["repeated_tokens"].to_list() for shard in "abc"] == [[], [0], [90]]
    again = updated(after, find(after.tables, config), before, config)
    assert [again.found.labels[shard]["repeated_tokens"].item() for shard in "abc"] == [0, 90, 0]
