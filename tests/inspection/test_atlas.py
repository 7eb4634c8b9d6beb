"""``curate atlas``: the table that it prepares; the viewer itself is a stand-in."""

import json
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from querying_lake import put

from curation_assets.cli import main
from curation_assets.commands import atlas as atlas_command
from curation_assets.inspection.atlas import SCHEMA, atlas_table, principal_components, write_atlas
from resources.lake import Lake

DIMENSIONS = 6


def vector(doc_id: str) -> list[float]:
    found = np.random.default_rng(list(doc_id.encode())).normal(size=DIMENSIONS)
    return [float(value) for value in found / np.linalg.norm(found)]


def mixture(names: list[str], shard: str, text: str = "words") -> pl.DataFrame:
    columns = {"source": "it's|<b>", "language": "en", "quality": 0.5, "density": None, "phase": "main"}
    rows = [{"doc_id": name, "shard": shard, "text": text, **columns} for name in names]
    return pl.DataFrame(rows, schema_overrides={"density": pl.Float64})


def embedded(names: list[str], shard: str) -> pl.DataFrame:
    frame = pl.DataFrame({"doc_id": names, "shard": [shard] * len(names)})
    vectors = [None if name.startswith("none") else vector(name) for name in names]
    return frame.with_columns(embedding=pl.Series(vectors, dtype=pl.Array(pl.Float32, DIMENSIONS)))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path / "lake")
    for shard in ("a", "b[1]"):
        names = [f"{shard}{number}" for number in range(40)]
        taken = mixture([*names[:30], f"none{shard}"], shard, "é" * 2000)
        again = taken.head(3).with_columns(phase=pl.lit("end"))
        put(made, "mixture", shard, pl.concat([taken, again]))
        put(made, "embeddings", shard, embedded([*names, f"none{shard}"], shard))
    topics = pl.DataFrame({"doc_id": ["a0"], "shard": ["a"], "topic": pl.Series([7], dtype=pl.Int32)})
    put(made, "topics", "a", topics, stage="topic_labels")
    return made


def test_a_point_is_a_document_of_the_mixture_with_a_vector(lake: Lake) -> None:
    table, documents = atlas_table(lake, 1000)
    assert documents == 62
    assert table.schema == SCHEMA
    assert table["id"].to_list() == sorted(table["id"].unique())
    assert table.height == 60
    assert table["text"].str.len_chars().unique().to_list() == [500]
    assert table.filter(pl.col("topic") == 7)["id"].to_list() == ["a0"]
    assert table["topic"].null_count() == 59


def test_a_sample_is_the_same_every_time_and_a_larger_one_holds_it(lake: Lake) -> None:
    small, documents = atlas_table(lake, 10)
    assert documents == 62
    assert small.equals(atlas_table(lake, 10)[0])
    assert 8 <= small.height <= 10  # two of all have no vector
    assert set(small["id"]) < set(atlas_table(lake, 30)[0]["id"])


def test_places_are_the_principal_components() -> None:
    generator = np.random.default_rng(1)
    points = generator.normal(size=(200, 5)) * [1, 9, 1, 4, 1]
    found = principal_components(points.astype(np.float32))
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    assert np.abs(found) == pytest.approx(np.abs(centred @ axes[:2].T), abs=1e-4)
    assert found[:, 0].std() > found[:, 1].std()


@settings(max_examples=40)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 3))
def test_a_few_equal_or_flat_vectors_have_places_too(rows: int, columns: int, kind: int) -> None:
    points = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns) * (kind > 0)
    found = principal_components(points)
    assert found.shape == (rows, 2)
    assert np.isfinite(found).all()


def test_a_lake_without_a_mixture_or_vectors_says_what_to_do(lake: Lake, tmp_path: Path) -> None:
    empty = Lake(tmp_path / "empty")
    put(empty, "mixture", "a", mixture(["a"], "a"))
    with pytest.raises(LookupError, match="has no embeddings yet: curate run"):
        atlas_table(empty, 5)
    for shard in ("a", "b[1]"):
        lake.discard("mixture", shard)
    with pytest.raises(LookupError, match="has no mixture yet"):
        atlas_table(lake, 5)


def atlas(lake: Lake, *options: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["atlas", "--lake", str(lake.root), *map(str, options)])
    return result.exit_code, result.output


def test_the_table_can_be_had_without_the_viewer(lake: Lake, tmp_path: Path) -> None:
    code, text = atlas(lake, "--prepare", tmp_path / "out.parquet", "-n", "1000")
    assert code == 0, text
    assert "60 of 62 documents" in text
    assert pl.read_parquet(tmp_path / "out.parquet").equals(atlas_table(lake, 1000)[0])


def test_without_the_viewer_one_sentence_says_how_to_get_it(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atlas_command, "_program", lambda _named: None)
    code, text = atlas(lake)
    assert code == 1
    assert "pip install 'curation-assets[atlas]'" in text


def test_the_viewer_is_given_the_table_on_localhost_and_no_network(
    lake: Lake, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "viewer"
    program.write_text('#!/bin/sh\necho "$HF_HUB_OFFLINE $@"\ntest -s "$1" && exit 5\n')
    os.chmod(program, 0o755)
    code, text = atlas(lake, "--program", program, "--port", "6001")
    assert code == 5, text
    said = capfd.readouterr().out.split()
    assert said[0] == "1"
    options = "--text text --x x --y y --disable-projection --duckdb wasm --host localhost --port 6001"
    assert " ".join(said[2:]) == options
    assert not Path(said[1]).exists()


def test_neighbours_are_rows_of_the_table_and_regions_bear_the_words_of_topics(
    lake: Lake, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    near = {"doc_id": ["a0", "a1"], "shard": ["a", "a"], "neighbours": [["b[1]3", "a39", "a1"], []]}
    similar = pl.Series([[0.75, 0.6, 0.5], []], dtype=pl.List(pl.Float32))
    frame = pl.DataFrame(near).with_columns(similarities=similar)
    put(lake, "neighbours", "a", frame, stage="neighbour_labels")
    topics = {
        "topics": [{"topic": 7, "words": ["one", "two", "three", "four"]}, {"topic": 9, "words": ["no"]}]
    }
    (lake.root / "topics" / "topics.json").write_text(json.dumps(topics))
    write_atlas(lake, tmp_path / "points.parquet", 1000, tmp_path / "labels.parquet")
    table = pl.read_parquet(tmp_path / "points.parquet")
    found = dict(zip(table["id"], table["neighbours"], strict=True))
    assert [table["id"][row] for row in found["a0"]["ids"]] == ["b[1]3", "a1"]  # a39 is not in the mixture
    assert found["a0"]["distances"] == [0.25, 0.5]
    assert found["a5"] == {"ids": [], "distances": []}
    labels = pl.read_parquet(tmp_path / "labels.parquet")
    assert labels["text"].to_list() == ["one, two, three"]
    assert labels["x"].to_list() == table.filter(pl.col("topic") == 7)["x"].to_list()
    program = tmp_path / "viewer"
    program.write_text('#!/bin/sh\necho "$@"\n')
    os.chmod(program, 0o755)
    assert atlas(lake, "--program", program)[0] == 0
    said = capfd.readouterr().out
    assert "--neighbors neighbours --labels" in said
