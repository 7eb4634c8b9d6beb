"""Shingle sets that are put away come back, in whatever order, from memory and from a file."""

import itertools

import dedup_reference as reference
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.dedup.config import DedupConfig
from curation_assets.shingles import store as shingles
from curation_assets.shingles.distinct import ShingleSets, shingle_sets
from curation_assets.shingles.store import ShingleStore

CONFIG = DedupConfig()
SETS = st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=5), max_size=9)


def packed(sets: list[list[int]]) -> ShingleSets:
    values = np.array([value for one in sets for value in one], dtype=np.uint64)
    return ShingleSets(values, np.cumsum([0, *map(len, sets)]))


def unpacked(sets: ShingleSets) -> list[list[int]]:
    bounds = sets.offsets.tolist()
    return [sets.shingles[a:b].tolist() for a, b in itertools.pairwise(bounds)]


@given(sets=SETS, spare=st.integers(0, 2), held=st.sampled_from([0, 1000]), data=st.data())
def test_sets_come_back(sets: list[list[int]], spare: int, held: int, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(sets))))
    wanted = data.draw(st.lists(st.integers(0, len(sets) - 1), max_size=6)) if sets else []
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(sets))] * 2)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shingles, "HELD_SHINGLES", held)
        store = ShingleStore(np.array([len(one) + spare for one in sets], dtype=np.int64))
    assert unpacked(store.between(0, len(sets))) == [[] for _ in sets]
    for cut in (slice(None, 3), slice(3, None)):
        some = order[cut]
        store.put(np.array(some, dtype=np.int64), packed([sets[number] for number in some]))
    assert unpacked(store.between(start, stop)) == sets[start:stop]
    assert unpacked(store.at(np.array(wanted, dtype=np.int64))) == [sets[number] for number in wanted]
    store.close()


def test_a_set_larger_than_its_room_is_refused() -> None:
    store = ShingleStore(np.array([1, 5]))
    with pytest.raises(ValueError, match="more shingles than its tokens"):
        store.put(np.array([0]), packed([[1, 2]]))


def test_no_text_has_more_shingles_than_tokens() -> None:
    texts = ["", "a", "a b c d", "a b c d e f", "世界世界世界", "x " * 40]
    found = shingle_sets(pl.Series(texts), CONFIG.shingle_words)
    tokens = [len(reference.tokens(text)) for text in texts]
    assert (np.diff(found.offsets) <= tokens).all()
    assert np.diff(found.offsets).tolist()[1:4] == [1, 1, 2]


@pytest.mark.parametrize("block_tokens", [200, 10**6])
def test_clusters_are_the_same_from_a_file(monkeypatch: pytest.MonkeyPatch, block_tokens: int) -> None:
    rows = [reference.running_text(90, seed) for seed in range(4)]
    texts = [" ".join([*row[:at], "other", *row[at + 1 :]]) for row in rows for at in (3, 40, 80)]
    documents = reference.frame(texts)
    held = reference.clusters_of(documents, CONFIG, block_tokens=block_tokens)
    monkeypatch.setattr(shingles, "HELD_SHINGLES", 0)
    filed = reference.clusters_of(documents, CONFIG, block_tokens=block_tokens)
    assert filed.edges.equals(held.edges)
    assert filed.labels.equals(held.labels)
    assert held.labels["drop_reason"].eq("near_duplicate").sum() == 8
