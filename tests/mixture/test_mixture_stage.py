"""The plan and the mixture in a lake that changes: as from nothing, and only where the selection changed."""

import json
import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scored_lake import Contents, Scored, ScoredLake

from curation_assets.mixture.config import Budget, MixtureConfig
from curation_assets.text.hashing import content_hash

EVERYTHING = MixtureConfig(
    sampler="top_k", budget=Budget(fraction=None), minimum_quality=0.5, minimum_rank=0.0
)
CONTENTS: Contents = {
    "a": [Scored("a1", 0.9), Scored("a2", 0.95), Scored("a3", 0.1)],
    "b": [Scored("b1", 0.55), Scored("b2", 0.97)],
    "c": [Scored("c1", 0.8)],
}


@pytest.fixture(autouse=True)
def _do_not_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


@pytest.fixture
def world(tmp_path: Path) -> ScoredLake:
    """Return a lake with all documents of quality 0.5 in its mixture."""
    made = ScoredLake(tmp_path / "lake", EVERYTHING)
    made.hold(CONTENTS)
    made.run()
    return made


def _chosen(world: ScoredLake) -> list[str]:
    return pl.read_parquet(world.root / "mixture" / "*.parquet")["doc_id"].to_list()


documents = st.builds(
    Scored,
    st.sampled_from(["x1", "x2", "y1", "y2", "y3", "z1"]),
    st.sampled_from([0.2, 0.5, 0.6, 0.9]),
    st.sampled_from([0.125, 0.25, 0.5]),
    st.integers(1, 30),
    st.integers(1, 2),
)
contents = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.lists(documents, max_size=5, unique_by=lambda document: document.name),
)
configs = st.builds(
    MixtureConfig,
    sampler=st.sampled_from(["random", "top_k", "density_ips", "quality_coverage"]),
    minimum_quality=st.sampled_from([None, 0.5, 0.55]),
    minimum_rank=st.sampled_from([0.0, 0.25, 0.6]),
    rank_within=st.sampled_from([(), ("language",), ("language", "source")]),
    budget=st.builds(Budget, fraction=st.sampled_from([0.3, 0.8, None])),
    formats=st.sampled_from([("parquet",), ("parquet", "jsonl")]),
)


@given(steps=st.lists(st.tuples(contents, configs), min_size=2, max_size=4))
@settings(max_examples=8, deadline=None)
def test_any_sequence_of_changes_gives_the_files_of_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Contents, MixtureConfig]]
) -> None:
    """Identical records in several shards included; labels, mixture, ledger and manifest, to the byte."""
    folder = tmp_path_factory.mktemp("lakes")
    last_contents, last_config = steps[-1]
    world = ScoredLake(folder / "incremental", last_config)
    for some, config in steps:
        world.use(config)
        world.hold(some)
        world.run()
    scratch = ScoredLake(folder / "scratch", last_config)
    scratch.hold(last_contents)
    scratch.run()
    assert world.files() == scratch.files()


def test_another_threshold_builds_only_shards_whose_selection_changed(world: ScoredLake) -> None:
    world.use(EVERYTHING.model_copy(update={"minimum_quality": 0.6}))
    built = world.run()
    assert world.relabelled == {"b"}
    assert {shard for shard, outcome in built.items() if outcome.built} == {"b"}
    assert _chosen(world) == ["a1", "a2", "b2", "c1"]


def test_a_document_elsewhere_leaves_a_shard_alone(world: ScoredLake) -> None:
    world.hold({**CONTENTS, "c": [*CONTENTS["c"], Scored("c2", 0.7)]})
    built = world.run()
    assert world.relabelled == {"c"}
    assert {shard for shard, outcome in built.items() if outcome.built} == {"c"}
    assert _chosen(world) == ["a1", "a2", "b1", "b2", "c1", "c2"]


def test_scores_of_documents_that_are_not_taken_do_not_touch_the_labels(world: ScoredLake) -> None:
    world.hold({**CONTENTS, "a": [*CONTENTS["a"][:2], Scored("a3", 0.15, 0.25, 99)]})
    built = world.run()
    assert world.relabelled == set()
    # The text of a3 is read again, since its shard's documents were written anew, and nothing is written.
    assert not any(outcome.changed for outcome in built.values())


def test_the_files_of_a_mixture_that_says_the_same_stay_in_place(world: ScoredLake) -> None:
    """a3 falls below the threshold for another reason: a label changes, the mixture does not."""
    paths = [world.root / "mixture" / "a.parquet", world.root / "mixture_jsonl" / "a.jsonl"]
    before = [path.stat().st_ino for path in paths]
    world.hold({**CONTENTS, "a": [*CONTENTS["a"][:2], Scored("a3", float("nan"))]})
    built = world.run()
    assert world.relabelled == {"a"}
    assert built["a"].built
    assert [path.stat().st_ino for path in paths] == before


def test_a_changed_text_is_written(world: ScoredLake) -> None:
    world.hold({**CONTENTS, "c": [Scored("c1", 0.8, edition=2)]})
    built = world.run()
    assert built["c"].changed
    assert world.lake.read("mixture", "c")["text"].to_list() == ["text of c1, edition 2"]


def test_the_mixture_says_what_the_tables_before_say(world: ScoredLake) -> None:
    def read(table: str) -> pl.DataFrame:
        return pl.read_parquet(world.root / table / "*.parquet")

    mixture = read("mixture")
    scores = read("quality_scores").join(read("density_estimates").drop("shard"), on="doc_id")
    expected = scores.join(read("clean_documents").drop("shard"), on="doc_id").filter(
        pl.col("quality") >= 0.5
    )
    same = ["doc_id", "shard", "text", "source", "language", "url", "tokens", "quality", "density"]
    assert mixture.select(same).equals(expected.select(same).sort("doc_id"))
    assert set(mixture.columns) == {*same, "inclusion_probability", "weight", "phase", "position"}


def test_the_manifest_tells_what_the_mixture_holds(world: ScoredLake) -> None:
    manifest = json.loads((world.root / "mixture_manifest" / "manifest.json").read_bytes())
    mixture = pl.read_parquet(world.root / "mixture" / "*.parquet")
    for row in manifest["contents"]:
        part = mixture.filter(pl.col("source") == row["source"])
        assert (row["documents"], row["tokens"]) == (part.height, part["tokens"].sum())
        assert row["mean_quality"] == pytest.approx(part["quality"].mean(), abs=1e-8)
        assert row["token_share"] == pytest.approx(part["tokens"].sum() / mixture["tokens"].sum())
    assert sum(row["documents"] for row in manifest["contents"]) == mixture.height
    by_shard = mixture.group_by("shard", maintain_order=True).agg("doc_id")
    hashes = [
        part for shard, ids in by_shard.sort("shard").iter_rows() for part in (shard, content_hash(*ids))
    ]
    assert manifest["documents_hash"] == content_hash(*hashes)
    assert manifest["models"] == {"quality_scores": "model"}
