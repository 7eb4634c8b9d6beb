"""Clusters: verified edges, components, representatives, against brute force and under rearrangement."""

from collections.abc import Callable
from dataclasses import replace

import dedup_reference as reference
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from curation_assets.dedup import joining
from curation_assets.dedup.cluster import cluster
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.labels import EDGE_SCHEMA, LABEL_SCHEMA
from curation_assets.dedup.signatures import signatures

CONFIG = DedupConfig()
# Nearly every pair of J >= .3 becomes a candidate: (1 - .3)^64 = 1e-10 are missed.
EVERY_PAIR = DedupConfig(bands=64, rows=1, shingle_words=2, jaccard_threshold=0.5)

SMALL_TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "B", "b", "c", "d,", "世"]), max_size=7).map(" ".join),
    min_size=1,
    max_size=9,
)


def edges(found: reference.Found) -> dict[tuple[int, int], float]:
    rows = found.edges.select("doc_id_a", "doc_id_b", "similarity").iter_rows()
    return {(int(a[1:]), int(b[1:])): similarity for a, b, similarity in rows}


def mutated(words: list[str], changes: int, rng: np.random.Generator) -> list[str]:
    """A copy with ``changes`` words replaced, at places drawn anew."""
    copy = list(words)
    for place in rng.choice(len(words), size=changes, replace=False).tolist():
        copy[place] = f"new{rng.integers(1 << 30)}"
    return copy


def planted(bases: int, copies: int, words: int, changes: int) -> list[str]:
    rng = np.random.default_rng(5)
    texts = []
    for base in range(bases):
        original = reference.running_text(words, base)
        texts.append(" ".join(original))
        texts += [" ".join(mutated(original, int(rng.integers(1, changes + 1)), rng)) for _ in range(copies)]
    return texts


POLICIES = st.fixed_dictionaries(
    {
        "representative": st.sampled_from(["longest", "newest", "oldest", "quality"]),
        "policy": st.sampled_from(["drop", "cap", "weight"]),
        "copies": st.integers(1, 3),
        "urls": st.booleans(),
        "sources": st.sampled_from(
            [{}, {"manuals-*": {"jaccard_threshold": 0.9}, "laws": {"enabled": False}}]
        ),
    }
)


@settings(max_examples=200, deadline=None)
@given(SMALL_TEXTS, POLICIES)
def test_labels_are_those_of_brute_force(texts: list[str], policy: dict[str, object]) -> None:
    config = DedupConfig.model_validate(EVERY_PAIR.model_dump() | policy)
    found = with_addresses(texts, config) if config.urls else reference_labels(texts, config)
    labels = reference.clusters_of(reference.frame(texts), config).labels
    assert labels.drop("exact_hash").to_dicts() == found


def _threshold(text: str, config: DedupConfig) -> float:
    """What a document asks for; more than 1 where it is nobody's copy."""
    source = reference.source_of(text)
    if not config.sources or source == "web":
        return config.jaccard_threshold
    return 0.9 if source == "manuals-de" else 2.0


def with_addresses(texts: list[str], config: DedupConfig) -> list[dict[str, object]]:
    """The labels where of each address the document stays that would stay of copies."""
    first: dict[str, int] = {}
    addresses = [reference.address_of(text) or f"none {number}" for number, text in enumerate(texts)]
    for number in sorted(range(len(texts)), key=in_turn(texts, config)):
        first.setdefault(addresses[number], number)
    stay = sorted(first.values())
    rows = {}
    for row in reference_labels([texts[number] for number in stay], config):
        renamed = {name: _renamed(value, stay) for name, value in row.items()}
        rows[renamed["doc_id"]] = renamed
    for number in set(range(len(texts))) - set(stay):
        name = f"d{number:04d}"
        rows[name] = {
            "doc_id": name,
            "shard": "s",
            "characters": len(texts[number]),
            "preference": reference.preference(texts[number], config),
            "cluster_id": name,
            "cluster_size": 1,
            "representative": f"d{first[addresses[number]]:04d}",
            "representative_shard": "s",
            "similarity": None,
            "place": 1,
            "weight": 1.0,
            "kept": False,
            "drop_reason": "url_duplicate",
        }
    return [rows[name] for name in sorted(rows, key=str)]


def _renamed(value: object, stay: list[int]) -> object:
    is_id = isinstance(value, str) and value[0] == "d" and value[1:].isdigit()
    return f"d{stay[int(str(value)[1:])]:04d}" if is_id else value


def in_turn(texts: list[str], config: DedupConfig) -> Callable[[int], tuple[int, int, int]]:
    """The order in which documents are preferred."""
    return lambda number: (-reference.preference(texts[number], config), -len(texts[number]), number)


def reference_labels(texts: list[str], config: DedupConfig) -> list[dict[str, object]]:
    """The labels as their definition reads; documents are d0000, ... of shard s."""
    words = [reference.tokens(text) or [f"raw {text}"] for text in texts]
    asked = [_threshold(text, config) for text in texts]
    linked = [
        (a, b)
        for a in range(len(texts))
        for b in range(a + 1, len(texts))
        if (max(asked[a], asked[b]) <= 1.0)
        and (
            words[a] == words[b]
            or reference.jaccard(texts[a], texts[b], config.shingle_words) >= max(asked[a], asked[b])
        )
    ]
    roots = reference.components(len(texts), linked)
    rows: list[dict[str, object]] = []
    for number, root in enumerate(roots):
        members = [other for other in range(len(texts)) if roots[other] == root]
        members.sort(key=in_turn(texts, config))
        best, place = members[0], members.index(number) + 1
        kept = {"drop": place == 1, "cap": place <= config.copies, "weight": True}[config.policy]
        exact = words[number] == words[best] and asked[number] == asked[best]
        similarity = 1.0 if exact else reference.jaccard(texts[number], texts[best], config.shingle_words)
        reason = None if kept else "exact_duplicate" if exact else "near_duplicate"
        rows.append(
            {
                "doc_id": f"d{number:04d}",
                "shard": "s",
                "characters": len(texts[number]),
                "preference": reference.preference(texts[number], config),
                "cluster_id": f"d{root:04d}",
                "cluster_size": len(members),
                "representative": f"d{best:04d}",
                "representative_shard": "s",
                "similarity": similarity,
                "place": place,
                "weight": 1 / len(members) if config.policy == "weight" else 1.0,
                "kept": kept,
                "drop_reason": reason,
            }
        )
    return rows


@pytest.mark.parametrize("threshold", [0.4, 0.7, 0.9])
def test_edges_are_the_verified_pairs_with_their_true_jaccard_index(threshold: float) -> None:
    config = EVERY_PAIR.model_copy(update={"jaccard_threshold": threshold, "shingle_words": 5})
    texts = planted(bases=8, copies=5, words=60, changes=6)
    found = reference.clusters_of(reference.frame(texts), config)
    assert edges(found) == reference.edges(texts, 5, threshold)
    ends = found.edges.select("doc_id_a", "doc_id_b")
    assert ends.equals(ends.unique().sort("doc_id_a", "doc_id_b"))


def test_all_near_copies_of_85_percent_and_more_are_found_with_the_default_bands() -> None:
    texts = planted(bases=60, copies=4, words=150, changes=4)
    found = edges(reference.clusters_of(reference.frame(texts), CONFIG))
    wanted = {
        (a, b): reference.jaccard(texts[a], texts[b], 5)
        for base in range(0, len(texts), 5)
        for a in range(base, base + 5)
        for b in range(a + 1, base + 5)
    }
    wanted = {pair: score for pair, score in wanted.items() if 0.85 <= score < 1.0}
    assert len(wanted) > 100
    assert min(wanted.values()) < 0.87
    assert {pair: found.get(pair) for pair in wanted} == wanted


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(30)), st.sampled_from([1, 100, 500, 10_000]), st.sampled_from([2, 4, 2_000]))
def test_order_of_rows_blocks_and_progress_do_not_matter(order: list[int], block: int, limit: int) -> None:
    documents = reference.frame(planted(bases=5, copies=5, words=60, changes=6))
    usual = reference.clusters_of(documents, CONFIG, all_pairs_limit=limit)
    other = reference.clusters_of(documents[order], CONFIG, block_tokens=block, all_pairs_limit=limit)
    assert other.labels.equals(usual.labels)
    assert other.edges.equals(usual.edges)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["s1", "s2", "s3"]), min_size=30, max_size=30))
def test_resharding_changes_shard_columns_alone(shards: list[str]) -> None:
    texts = planted(bases=5, copies=5, words=60, changes=3)
    usual = reference.clusters_of(reference.frame(texts), CONFIG)
    other = reference.clusters_of(reference.frame(texts, shards), CONFIG)
    columns = [name for name in LABEL_SCHEMA if name not in ("shard", "representative_shard")]
    assert other.labels.select(columns).sort("doc_id").equals(usual.labels.select(columns))
    assert edges(other) == edges(usual)
    of_shard = dict(zip(reference.frame(texts)["doc_id"], shards, strict=True))
    assert other.labels["shard"].to_list() == [of_shard[doc_id] for doc_id in other.labels["doc_id"]]
    kept_in = other.labels.select("representative", "representative_shard").iter_rows()
    assert all(of_shard[doc_id] == shard for doc_id, shard in kept_in)


def test_a_similarity_of_exactly_the_threshold_is_an_edge() -> None:
    config = DedupConfig(bands=64, rows=1, shingle_words=1, jaccard_threshold=0.8)
    documents = reference.frame(["a b c d", "a b c d e"])  # 4 of 5 words
    assert edges(reference.clusters_of(documents, config)) == {(0, 1): 0.8}
    above = config.model_copy(update={"jaccard_threshold": np.nextafter(0.8, 1.0)})
    assert edges(reference.clusters_of(documents, above)) == {}


def test_pairs_joined_by_an_unverified_candidate_stay_apart() -> None:
    config = DedupConfig(bands=64, rows=1, shingle_words=1, jaccard_threshold=0.8)
    one = ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
    other = [
        "f",
        "g",
        "h",
        "i",
        "p",
        "q",
        "r",
        "s",
        "t",
    ]  # J = 4 / 14 with the first: shares bands, is no copy
    documents = reference.frame([" ".join(words) for words in (one, [*one, "x"], other, [*other, "y"])])
    keys = signatures(documents, config)["band_keys"].to_list()
    assert any(a == b for a, b in zip(keys[0], keys[2], strict=True))
    labels = reference.clusters_of(documents, config).labels
    assert labels["cluster_id"].to_list() == ["d0000", "d0000", "d0002", "d0002"]


def test_a_chain_of_copies_is_one_cluster_and_tells_how_far_its_ends_are() -> None:
    config = DedupConfig(bands=64, rows=1, shingle_words=1, jaccard_threshold=0.7)
    texts = ["a b c d e f g h", "b c d e f g h i", "c d e f g h i jjj"]
    found = reference.clusters_of(reference.frame(texts), config)
    assert set(edges(found)) == {(0, 1), (1, 2)}
    assert found.labels["representative"].unique().to_list() == ["d0002"]
    assert found.labels["similarity"].to_list() == [6 / 10, 7 / 9, 1.0]


def test_the_representative_is_the_longest_then_of_the_smallest_key() -> None:
    documents = pl.DataFrame(
        {
            "doc_id": ["d2", "d1", "d3", "d1", "d0"],
            "shard": ["s1", "s9", "s1", "s2", "s1"],
            "text_hash": ["same"] * 5,
            "text": ["one two", "one two", "one two!", "one two", "one. two."],
        }
    )
    for rows in (documents, documents[:4], documents[[0, 1, 3]]):
        labels = reference.clusters_of(rows, CONFIG).labels
        kept = labels.filter("kept").select("doc_id", "shard").row(0)
        assert labels.select("representative", "representative_shard").unique().rows() == [kept]
        assert labels["cluster_id"].unique().to_list() == [rows["doc_id"].min()]
        assert kept == {5: ("d0", "s1"), 4: ("d3", "s1"), 3: ("d1", "s2")}[len(rows)]


def test_exact_copies_apart_from_case_and_punctuation_are_dropped_as_such() -> None:
    text = " ".join(reference.running_text(40, 1))
    near = " ".join([*reference.running_text(40, 1), "more"])
    labels = reference.clusters_of(reference.frame([text, text.upper() + "!!", near]), CONFIG).labels
    assert labels["drop_reason"].to_list() == ["near_duplicate", "near_duplicate", None]
    labels = reference.clusters_of(reference.frame([text, text.upper() + "!"]), CONFIG).labels
    assert labels["drop_reason"].to_list() == ["exact_duplicate", None]
    assert labels["similarity"].to_list() == [1.0, 1.0]


def test_short_and_empty_documents_have_exact_copies_only() -> None:
    texts = ["", "", "!", "One.", "one", "one two", "two one", "one two three", "one two three four", None]
    labels = reference.clusters_of(reference.frame(texts), CONFIG).labels
    assert labels["cluster_id"].to_list() == [
        "d0000", "d0000", "d0002", "d0003", "d0003", "d0005", "d0006", "d0007", "d0008", "d0000",
    ]  # fmt: skip


def test_every_document_is_labelled_once_and_counted_once() -> None:
    texts = [*planted(bases=5, copies=5, words=60, changes=6), "", "short", "short", *["..."] * 3]
    documents = reference.frame(texts, [f"s{number % 3}" for number in range(len(texts))])
    finished: list[int] = []
    tables = reference.tables_of(signatures(documents, CONFIG), documents)
    found = reference.together(cluster(tables, CONFIG, finished.append, block_tokens=300))
    assert sum(finished) == len(documents)
    keys = ["shard", "doc_id"]
    assert found.labels.select(keys).equals(documents.select(keys).sort(keys))
    assert found.labels.filter("kept").height == found.labels["cluster_id"].n_unique()
    sizes = found.labels.group_by("cluster_id").agg(pl.len(), pl.col("cluster_size").unique())
    assert sizes["len"].cast(pl.Int64).to_list() == sizes["cluster_size"].explode().to_list()
    assert found.labels["drop_reason"].is_null().equals(found.labels["kept"])


def test_no_documents_give_no_labels() -> None:
    found = reference.clusters_of(reference.frame([]), CONFIG)
    assert found.labels.schema == LABEL_SCHEMA
    assert found.edges.schema == EDGE_SCHEMA
    assert found.labels.is_empty()
    assert found.edges.is_empty()


def test_a_disabled_stage_keeps_every_document() -> None:
    labels = reference.clusters_of(reference.frame(["same"] * 3), DedupConfig(enabled=False)).labels
    assert labels["kept"].all()
    assert labels["cluster_size"].to_list() == [1, 1, 1]


def test_only_candidates_are_fetched() -> None:
    texts = [
        *planted(bases=1, copies=1, words=80, changes=1),
        *[" ".join(reference.running_text(80, seed)) for seed in (7, 8)],
    ]
    documents = reference.frame(texts)
    asked: list[str] = []

    def texts_of(wanted: pl.DataFrame) -> pl.DataFrame:
        asked.extend(wanted["doc_id"])
        return documents

    tables = reference.tables_of(signatures(documents, CONFIG), documents)
    cluster(replace(tables, texts_of=texts_of), CONFIG)
    assert sorted(asked) == ["d0000", "d0001"]


def test_a_large_component_keeps_its_maximum_spanning_forest() -> None:
    documents = reference.frame(planted(bases=2, copies=30, words=150, changes=3))
    everything = reference.clusters_of(documents, CONFIG)
    thinned = reference.clusters_of(documents, CONFIG, all_pairs_limit=10, block_tokens=300)
    assert thinned.labels.equals(everything.labels)
    assert set(edges(thinned).items()) <= set(edges(everything).items())
    distances = np.zeros((len(documents), len(documents)))
    for pair, similarity in edges(everything).items():
        distances[pair] = 2.0 - similarity
    forest = minimum_spanning_tree(csr_array(distances))
    assert len(thinned.edges) == forest.nnz < len(everything.edges) / 5
    assert (2.0 - thinned.edges["similarity"]).sum() == pytest.approx(forest.sum())


def test_taking_a_shard_out_is_taking_its_edges_out() -> None:
    texts = planted(bases=5, copies=5, words=60, changes=6)
    documents = reference.frame(texts, [f"s{number % 3}" for number in range(len(texts))])
    left = documents.filter(pl.col("shard") != "s1")
    before = reference.clusters_of(documents, CONFIG).edges
    without = before.filter((pl.col("shard_a") != "s1") & (pl.col("shard_b") != "s1"))
    assert documents["text"].is_unique().all()
    assert reference.clusters_of(left, CONFIG).edges.equals(without)


@pytest.mark.parametrize("problem", ["repeated", "bands", "missing"])
def test_signatures_that_do_not_fit_are_refused(problem: str) -> None:
    documents = reference.frame(planted(bases=1, copies=1, words=80, changes=1))
    rows = signatures(documents, CONFIG)
    message = {"repeated": "d0000.*more than once", "bands": "dedup.bands = 21", "missing": "d0001"}[problem]
    config = CONFIG.model_copy(update={"bands": 21}) if problem == "bands" else CONFIG
    given_rows = pl.concat([rows, rows]) if problem == "repeated" else rows
    with pytest.raises(ValueError, match=message):
        cluster(reference.tables_of(given_rows, documents[:1]), config)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([0, 1, 64, 128, 1 << 32, (1 << 64) - 1, 5]), max_size=40))
def test_equal_values_are_found_whatever_bits_they_have_in_common(values: list[int]) -> None:
    keys = np.array(values, dtype=np.uint64)
    slots, following = joining.slots_for(len(values)), np.empty(len(values), dtype=np.int32)
    joining.chain_equal(keys, slots, following)
    rests = [values[at + 1 :] for at in range(len(values))]
    expected = [
        at + 1 + rest.index(value) if value in rest else -1
        for at, (value, rest) in enumerate(zip(values, rests, strict=True))
    ]
    assert following.tolist() == expected
    parents = np.arange(len(values))
    joining.join_equal(parents, keys, slots)
    joining.flatten(parents)
    assert parents.tolist() == [values.index(value) for value in values]
