"""By ranges the clusters are those that are found in memory, however small the ranges are."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import dedup_reference as reference
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_dedup_cluster import EVERY_PAIR, POLICIES, SMALL_TEXTS, planted

from curation_assets.dedup.addresses import cluster_with_addresses
from curation_assets.dedup.cluster import Clusters
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.ranges.results import EdgesInPieces
from curation_assets.dedup.ranges.spill import Spill
from curation_assets.dedup.signatures import signatures
from curation_assets.dedup.tables import Tables
from curation_assets.shingles import store
from resources.compute import Compute

CONFIG = DedupConfig()


class LastFirst(Compute):
    """Yields results in another order than the items', as a pool may."""

    def __init__(self) -> None:
        super().__init__(1)

    def map(  # type: ignore[override]
        self, task: Callable[..., Any], items: Sequence[str], progress: Callable[[int], None]
    ) -> Iterator[tuple[str, Any]]:
        return super().map(task, items[::-1], progress)


def edge_rows(found: Clusters) -> pl.DataFrame:
    return found.edges.frame() if isinstance(found.edges, EdgesInPieces) else found.edges


def check_equal(documents: pl.DataFrame, config: DedupConfig, spill: Spill, **options: int) -> Clusters:
    """Compare with the clusters found in memory, all but the order of sizes; an empty shard is there, too."""
    signed = signatures(documents, config)
    tables = reference.tables_of(signed, documents)
    made = {"empty": signed.clear()}

    def read(shard: str, columns: Sequence[str]) -> pl.DataFrame:
        return made[shard].select(columns) if shard in made else tables.signatures(shard, columns)

    with_empty = Tables(sorted([*tables.shards, *made]), read, tables.texts_of)
    usual = cluster_with_addresses(with_empty, config, **options)
    finished: list[int] = []
    found = cluster_with_addresses(with_empty, config, finished.append, spill=spill, **options)
    assert list(found.labels) == list(usual.labels)
    for shard, labels in usual.labels.items():
        assert found.labels[shard].to_dicts() == labels.to_dicts()
        assert found.labels[shard].equals(labels)
    assert edge_rows(found).to_dicts() == edge_rows(usual).to_dicts()
    assert found.edges.height == usual.edges.height
    assert found.sizes.sort().equals(usual.sizes.sort())
    assert (found.compared, found.characters) == (usual.compared, usual.characters)
    assert sum(finished) == len(documents)
    return found


@settings(max_examples=25, deadline=None)
@given(
    SMALL_TEXTS,
    POLICIES,
    st.lists(st.sampled_from(["s1", "s2", "s3"]), min_size=9, max_size=9),
    st.sampled_from([20, 150, 1_000, 100_000]),
    st.sampled_from([1, 4, 2_000]),
    st.sampled_from([Compute(1), LastFirst()]),
)
def test_clusters_by_ranges_are_those_found_in_memory(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str],
    policy: dict[str, object],
    shards: list[str],
    range_bytes: int,
    limit: int,
    compute: Compute,
) -> None:
    config = DedupConfig.model_validate(EVERY_PAIR.model_dump() | {"bands": 8} | policy)
    folder = tmp_path_factory.mktemp("ranges") / "work"
    documents = reference.frame(texts, shards[: len(texts)])
    spill = Spill(folder, compute, documents_in_memory=0, range_bytes=range_bytes)
    check_equal(documents, config, spill, all_pairs_limit=limit, block_tokens=10)


def of_three_shards(texts: list[str]) -> pl.DataFrame:
    return reference.frame(texts, [f"s{number % 3}" for number in range(len(texts))])


def test_a_pool_of_workers_finds_the_same(tmp_path: Path) -> None:
    documents = of_three_shards([*planted(bases=8, copies=5, words=150, changes=2), "", "same", "same"])
    compute = Compute(2)
    try:
        found = check_equal(documents, CONFIG, Spill(tmp_path / "work", compute, 0, 2_000))
    finally:
        compute.close()
    assert len(edge_rows(found)) > 50


def test_large_edges_are_written_without_being_in_memory_together(tmp_path: Path) -> None:
    documents = of_three_shards(planted(bases=8, copies=5, words=150, changes=2))
    found = check_equal(documents, CONFIG, Spill(tmp_path / "work", Compute(1), 0, 2_000))
    assert isinstance(found.edges, EdgesInPieces)
    assert found.edges.pieces > 5
    found.edges.write_parquet(tmp_path / "edges.parquet")
    assert pl.read_parquet(tmp_path / "edges.parquet").equals(edge_rows(found))


def test_files_are_there_as_long_as_the_result_needs_them(tmp_path: Path) -> None:
    documents = of_three_shards(["same"] * 4 + ["other"])
    work = tmp_path / "work"
    work.mkdir()
    (work / "hashes.0").write_bytes(b"left by a run that was killed")
    found = check_equal(documents, CONFIG, Spill(work, Compute(1), 0, 2_000))
    assert work.is_dir()
    del found
    assert not work.exists()


def test_an_earlier_result_takes_no_files_of_a_later_one_and_never_tells_less(tmp_path: Path) -> None:
    documents = of_three_shards(["same"] * 4 + ["other"])
    tables = reference.tables_of(signatures(documents, CONFIG), documents)
    spill = Spill(tmp_path / "work", Compute(1), 0, 2_000)
    first, second = (cluster_with_addresses(tables, CONFIG, spill=spill) for _ in range(2))
    with pytest.raises(FileNotFoundError):
        first.labels["s0"]
    del first
    assert second.labels["s0"]["cluster_size"].to_list() == [4, 4]


def test_pairs_joined_by_an_unverified_candidate_stay_apart_within_a_batch(tmp_path: Path) -> None:
    config = DedupConfig(bands=64, rows=1, shingle_words=1, jaccard_threshold=0.8)
    one, other = list("abcdefghi"), list("fghipqrst")  # J = 4 / 14: they share bands and are no copies
    documents = reference.frame([" ".join(words) for words in (one, [*one, "x"], other, [*other, "y"])])
    found = check_equal(documents, config, Spill(tmp_path / "work", Compute(1), 0))
    assert found.compared == 4
    assert found.labels["s"]["cluster_id"].to_list() == ["d0000", "d0000", "d0002", "d0002"]
    assert edge_rows(found).select("doc_id_a", "doc_id_b").rows() == [("d0000", "d0001"), ("d0002", "d0003")]


def test_few_documents_need_no_files_and_what_was_left_is_removed(tmp_path: Path) -> None:
    documents = of_three_shards(["same"] * 4 + ["other"])
    work = tmp_path / "work"
    work.mkdir()
    (work / "hashes.0").write_bytes(b"left by a run that was killed")
    found = check_equal(documents, CONFIG, Spill(work))
    assert not work.exists()
    assert isinstance(found.edges, pl.DataFrame)


def test_shingles_of_many_documents_lie_beside_the_lake_not_where_the_system_has_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = of_three_shards(planted(bases=3, copies=3, words=60, changes=2))
    tables = reference.tables_of(signatures(documents, CONFIG), documents)
    usual = cluster_with_addresses(tables, CONFIG)
    monkeypatch.setattr(store, "HELD_SHINGLES", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    found = cluster_with_addresses(tables, CONFIG, spill=Spill(tmp_path / "work"))
    assert edge_rows(found).equals(edge_rows(usual))
    assert edge_rows(found).height > 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("problem", ["repeated", "bands", "missing"])
def test_signatures_that_do_not_fit_are_refused(tmp_path: Path, problem: str) -> None:
    documents = reference.frame(planted(bases=1, copies=1, words=80, changes=1))
    rows = signatures(documents, CONFIG)
    message = {"repeated": "d0000.*more than once", "bands": "dedup.bands = 21", "missing": "d0001"}[problem]
    config = CONFIG.model_copy(update={"bands": 21}) if problem == "bands" else CONFIG
    given_rows = pl.concat([rows, rows]) if problem == "repeated" else rows
    tables = reference.tables_of(given_rows, documents[:1])
    with pytest.raises(ValueError, match=message):
        cluster_with_addresses(tables, config, spill=Spill(tmp_path / "work", Compute(1), 0))
    assert not (tmp_path / "work").exists()


def test_sources_of_which_all_hashes_begin_alike_are_divided_all_the_same(tmp_path: Path) -> None:
    """With ``sources`` the first byte of a hash is the number of its settings, 0 for nearly all."""
    config = CONFIG.model_copy(update={"sources": DedupConfig(sources={"laws": {"enabled": False}}).sources})
    texts = [" ".join(reference.running_text(12, seed)) for seed in range(300)]
    documents = of_three_shards(texts)
    largest: list[int] = []

    class Looking(Compute):
        def map(self, task: Any, items: Sequence[str], *others: Any) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
            largest.append(max(path.stat().st_size for path in (tmp_path / "work").glob("*/*")))
            return super().map(task, items, *others)

    check_equal(documents, config, Spill(tmp_path / "work", Looking(1), 0, 2_000))
    assert largest[0] <= 300 * 16 / 4  # a dozen ranges: none has nearly all
    assert np.unique(signatures(documents, config)["exact_hash"].str.slice(0, 2)).size > 50
