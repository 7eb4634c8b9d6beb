"""Updates of the clusters against clusters from nothing, after any sequence of changes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import dedup_reference as reference
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.dedup import pairs as pairs_module
from curation_assets.dedup.addresses import cluster_with_addresses, update_with_addresses
from curation_assets.dedup.cluster import Clusters
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.moves import Before
from curation_assets.dedup.signatures import signatures
from curation_assets.dedup.tables import Tables
from curation_assets.dedup.update import Update

Shard = dict[str, str]
"""Texts by doc_id."""

FEW_BANDS = DedupConfig(bands=6, rows=1, shingle_words=1, jaccard_threshold=0.6)


def file_of(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


@dataclass
class Lake:
    """Shards in memory, and the clusters as the last update left them."""

    config: DedupConfig
    options: dict[str, int] = field(default_factory=dict)
    shards: dict[str, Shard] = field(default_factory=dict)
    made_of: dict[str, pl.DataFrame] = field(default_factory=dict)
    labels: dict[str, pl.DataFrame] = field(default_factory=dict)
    edges: pl.DataFrame = field(default_factory=pl.DataFrame)
    asked: list[str] = field(default_factory=list)

    def put(self, shard: str, texts: Shard | Sequence[str]) -> None:
        """Replace a shard; plain texts are named by their words."""
        named = texts if isinstance(texts, dict) else {text: text for text in texts}
        self.shards[shard] = named

    def documents(self, shard: str) -> pl.DataFrame:
        rows = self.shards[shard]
        frame = reference.frame(list(rows.values()), [shard] * len(rows))
        return frame.with_columns(doc_id=pl.Series(list(rows), dtype=pl.String))

    def tables(self) -> tuple[Tables, dict[str, pl.DataFrame]]:
        documents = {shard: self.documents(shard) for shard in self.shards}
        signed = {shard: signatures(rows, self.config) for shard, rows in documents.items()}
        texts = pl.concat([reference.frame([]), *documents.values()])

        def texts_of(wanted: pl.DataFrame) -> pl.DataFrame:
            self.asked.extend(wanted["doc_id"])
            return wanted.join(texts, on=["doc_id", "shard"], how="inner")

        return Tables(sorted(signed), lambda shard, columns: signed[shard].select(columns), texts_of), signed

    def from_nothing(self) -> Clusters:
        return cluster_with_addresses(self.tables()[0], self.config, **self.options)

    def build(self) -> None:
        found, (_, self.made_of) = self.from_nothing(), self.tables()
        self.labels, self.edges = dict(found.labels), found.edges

    def update(self, also: Sequence[str] = ()) -> Update:
        """Update to the shards as they are; those in ``also`` are said to have changed, too."""
        tables, signed = self.tables()
        changed = {
            shard
            for shard in signed
            if shard in also or shard not in self.made_of or not signed[shard].equals(self.made_of[shard])
        }
        before = Before(
            shards=frozenset(self.made_of),
            labels=lambda shard, columns: self.labels[shard].select(columns),
            edges=self.edges.select,
            changed=changed,
            gone=self.made_of.keys() - signed.keys(),
        )
        self.asked.clear()
        counted: list[int] = []
        found = update_with_addresses(tables, before, self.config, counted.append, **self.options)
        assert sum(counted) == sum(rows.height for rows in signed.values())
        written = dict(found.clusters.labels)
        assert sorted([*written, *found.unchanged]) == sorted(signed)
        self.labels = {shard: written.get(shard, self.labels.get(shard)) for shard in signed}
        self.edges, self.made_of = found.clusters.edges, signed
        return found

    def check(self, found: Update) -> None:
        """Compare with clusters from nothing, to the byte."""
        wanted = self.from_nothing()
        assert found.clusters.edges.to_dicts() == wanted.edges.to_dicts()
        assert file_of(found.clusters.edges) == file_of(wanted.edges)
        for shard, labels in wanted.labels.items():
            assert self.labels[shard].to_dicts() == labels.to_dicts()
            assert file_of(self.labels[shard]) == file_of(labels)
        assert found.clusters.sizes.sort().to_list() == wanted.sizes.sort().to_list()


WORDS = st.lists(st.sampled_from("abcde"), max_size=5).map(" ".join)
TEXTS = st.builds(lambda words, marks: words + "!" * marks, WORDS, st.integers(0, 1))
SHARDS = st.dictionaries(st.sampled_from(["d0", "d1", "d2", "d3", "d4", "d5"]), TEXTS, max_size=5)
STEPS = st.lists(
    st.dictionaries(st.sampled_from(["s1", "s2", "s3", "s4"]), st.none() | SHARDS, min_size=1, max_size=3),
    min_size=2,
    max_size=5,
)


POLICIES = st.fixed_dictionaries(
    {
        "representative": st.sampled_from(["longest", "newest", "oldest", "quality"]),
        "policy": st.sampled_from(["drop", "cap", "weight"]),
        "urls": st.booleans(),
        "sources": st.sampled_from(
            [{}, {"manuals-*": {"jaccard_threshold": 0.9}, "laws": {"enabled": False}}]
        ),
    }
)


@settings(max_examples=80, deadline=None)
@given(
    STEPS,
    st.sampled_from([1, 2, 3, 2_000]),
    st.sampled_from([1, 1_000]),
    st.sampled_from([1, 2]),
    st.booleans(),
    POLICIES,
)
def test_after_every_change_an_update_is_a_build_from_nothing(
    steps: list[dict[str, Shard | None]],
    limit: int,
    block: int,
    width: int,
    enabled: bool,
    policy: dict[str, object],
) -> None:
    changed = {"shingle_words": width, "enabled": enabled or limit != 3}
    config = DedupConfig.model_validate(FEW_BANDS.model_dump() | changed | policy)
    lake = Lake(config, {"all_pairs_limit": limit, "block_tokens": block})
    for number, step in enumerate(steps):
        for shard, texts in step.items():
            if texts is not None:
                lake.put(shard, texts)
            else:
                lake.shards.pop(shard, None)
        if number == 0:
            lake.build()
        else:
            lake.check(lake.update(also=["s1"]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.sampled_from([0, 1, 2, None])), min_size=1, max_size=6))
def test_large_clusters_that_gain_lose_and_split_keep_their_forest(
    moves: list[tuple[int, int | None]],
) -> None:
    """Windows over a row of words: neighbours are copies, so that every loss can split a cluster."""
    windows = [" ".join(f"w{word}" for word in range(start, start + 8)) for start in range(9)]
    config = DedupConfig(bands=12, rows=1, shingle_words=1, jaccard_threshold=0.6)
    lake = Lake(config, {"all_pairs_limit": 4, "block_tokens": 60})
    for shard in range(3):
        lake.put(f"s{shard}", windows[shard::3])
    lake.build()
    assert lake.edges.height == len(windows) - 1
    for place, shard in moves:
        for texts in lake.shards.values():
            texts.pop(windows[place], None)
        if shard is not None:
            lake.put(f"s{shard}", {**lake.shards[f"s{shard}"], windows[place]: windows[place]})
        lake.check(lake.update())


def test_thinning_on_the_way_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [" ".join(f"w{word}" for word in range(start, start + 12)) for start in range(25)]
    config = DedupConfig(bands=64, rows=1, shingle_words=1, jaccard_threshold=0.5)
    found = {}
    for at_once in (1, 1 << 20):
        monkeypatch.setattr(pairs_module, "PAIRS_AT_ONCE", at_once)
        found[at_once] = reference.clusters_of(
            reference.frame(texts), config, all_pairs_limit=6, block_tokens=36
        ).edges
    assert found[1].equals(found[1 << 20])
    assert found[1].height == len(texts) - 1


def test_candidates_that_are_no_copies_do_not_thin_a_small_cluster() -> None:
    """Two clusters of three that share words: one component of candidates, two verified ones."""
    config = DedupConfig(bands=64, rows=1, shingle_words=1, jaccard_threshold=0.7)
    base, other = "a b c d e f g h i j", "a b k l m n o p q r"
    texts = [f"{words} {end}" for words in (base, other) for end in "xyz"]
    found = reference.clusters_of(reference.frame(texts), config, all_pairs_limit=3)
    assert found.edges.height == 6
    assert reference.clusters_of(reference.frame(texts), config, all_pairs_limit=2).edges.height == 4


def prose(seed: int, *more: str) -> str:
    return " ".join([*reference.running_text(60, seed), *more])


def small_lake() -> Lake:
    """Shards a to d; the copies are: 1 in a and b (b's is kept), 2 in c and d; all else is alone."""
    lake = Lake(DedupConfig())
    lake.put("a", {"a1": prose(1), "a2": prose(10), "a3": prose(11)})
    lake.put("b", {"b1": prose(1, "longer"), "b2": prose(12)})
    lake.put("c", {"c1": prose(2), "c2": prose(13)})
    lake.put("d", {"d1": prose(2, "more"), "d2": prose(14)})
    lake.build()
    return lake


def kept(lake: Lake, shard: str) -> set[str]:
    return set(lake.labels[shard].filter("kept")["doc_id"])


def test_a_copy_comes_back_when_the_shard_of_the_kept_one_is_deleted() -> None:
    lake = small_lake()
    assert kept(lake, "a") == {"a2", "a3"}
    del lake.shards["b"]
    found = lake.update()
    assert kept(lake, "a") == {"a1", "a2", "a3"}
    assert list(found.unchanged) == ["c", "d"]
    assert lake.asked == []
    lake.check(found)


def test_a_new_copy_is_compared_with_its_likes_alone() -> None:
    lake = small_lake()
    lake.put("e", {"e1": prose(2, "and", "still", "more"), "e2": prose(15)})
    found = lake.update()
    assert kept(lake, "c") == {"c2"}
    assert kept(lake, "d") == {"d2"}
    assert kept(lake, "e") == {"e1", "e2"}
    assert list(found.unchanged) == ["a", "b"]
    assert set(lake.asked) == {"c1", "d1", "e1"}
    lake.check(found)


def test_one_changed_document_leaves_the_others_of_its_shard_alone() -> None:
    lake = small_lake()
    lake.put("a", {**lake.shards["a"], "a3": prose(16)})
    found = lake.update()
    assert list(found.unchanged) == ["b", "c", "d"]
    assert lake.asked == []
    lake.check(found)


def test_a_shard_whose_rows_are_what_they_were_is_not_written() -> None:
    lake = small_lake()
    found = lake.update(also=["a", "c"])
    assert list(found.unchanged) == ["a", "b", "c", "d"]
    assert len(found.clusters.labels) == 0
    assert lake.asked == []
    lake.check(found)


def test_a_renamed_shard_compares_no_texts() -> None:
    lake = small_lake()
    lake.shards["z"] = lake.shards.pop("b")
    found = lake.update()
    assert list(found.unchanged) == ["c", "d"]
    assert lake.asked == []
    lake.check(found)


def test_the_same_words_written_longer_take_the_place_of_the_kept_copy() -> None:
    lake = small_lake()
    lake.put("a", {**lake.shards["a"], "a1": prose(1) + "!" * 100})
    found = lake.update()
    assert kept(lake, "b") == {"b2"}
    assert list(found.unchanged) == ["c", "d"]
    assert lake.asked == []
    lake.check(found)


def test_a_kept_copy_that_changed_is_compared_anew_with_its_cluster() -> None:
    """x is a copy of the kept r only through m, so no edge tells how similar the two are."""
    lake = Lake(DedupConfig(bands=64, rows=1, shingle_words=1, jaccard_threshold=0.6))
    words = [f"w{number}" for number in range(12)]
    lake.put("a", {"x": " ".join(words[0:8]), "m": " ".join(words[2:10])})
    lake.put("b", {"r": " ".join(words[4:12])})
    lake.build()
    assert lake.labels["a"]["similarity"].to_list() == [6 / 10, 4 / 12]
    lake.put("b", {"r": " ".join(words[3:11])})
    found = lake.update()
    assert lake.labels["a"]["similarity"].to_list() == [7 / 9, 5 / 11]
    lake.check(found)


def test_an_exact_copy_with_a_smaller_name_takes_over_the_ends_of_edges() -> None:
    lake = small_lake()
    lake.put("e", {"0": prose(2)})
    found = lake.update()
    assert found.clusters.edges["doc_id_a"].to_list() == ["0", "a1"]
    assert lake.asked == []
    lake.check(found)


@pytest.mark.parametrize("problem", ["repeated", "missing"])
def test_what_does_not_fit_is_refused(problem: str) -> None:
    lake = small_lake()
    lake.put("e", {"e1": prose(2, "more", "words")})
    tables, signed = lake.tables()
    rows = pl.concat([signed["e"]] * (2 if problem == "repeated" else 1))
    broken = replace(
        tables,
        signatures=lambda shard, columns: (rows if shard == "e" else signed[shard]).select(columns),
        texts_of=lambda wanted: tables.texts_of(wanted).clear() if problem == "missing" else wanted,
    )
    before = Before(
        lake.made_of.keys(),
        lambda shard, columns: lake.labels[shard].select(columns),
        lake.edges.select,
        changed={"e"},
        gone=(),
    )
    with pytest.raises(ValueError, match={"repeated": "e1.*more than once", "missing": "missing"}[problem]):
        update_with_addresses(broken, before, lake.config)
