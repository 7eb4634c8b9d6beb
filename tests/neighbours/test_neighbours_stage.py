"""Every surviving document has a row with the doc_ids of those that are most similar to it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from curation_assets import engine
from curation_assets.config import Config
from curation_assets.neighbours.config import NeighboursConfig
from curation_assets.neighbours.stage import NEIGHBOURS
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import BuildRecord, Counts

MATRIX = np.random.default_rng(5).normal(size=(30, 8))
MATRIX /= np.linalg.norm(MATRIX, axis=1, keepdims=True)
VECTORS = {f"d{place:02d}": vector for place, vector in enumerate(MATRIX)}


class World:
    """A lake of embeddings and survivors as given."""

    def __init__(self, folder: Path, **settings: object) -> None:
        config = Config(neighbours=NeighboursConfig.model_validate(settings))
        self.workplace = Workplace(folder, Lake(folder), config)
        self.lake = self.workplace.lake

    def hold(self, shard: str, names: Sequence[str], storage: type[pl.DataType] = pl.Float32) -> None:
        ids = {"doc_id": list(names), "shard": [shard] * len(names)}
        frame = pl.DataFrame(ids, schema={"doc_id": pl.String, "shard": pl.String})
        matrix = np.array([VECTORS[name] for name in names]).reshape(-1, 8).astype(np.float32)
        vectors = pl.Series("embedding", matrix, dtype=pl.Array(pl.Float32, 8)).cast(pl.Array(storage, 8))
        for stage, table, rows in (
            ("embeddings", "embeddings", frame.with_columns(vectors)),
            ("passage_labels", "repeated_passages", frame.with_columns(kept=True)),
        ):
            digest = self.lake.write(table, shard, rows)
            self.lake.save_record(
                BuildRecord(
                    stage=stage, shard=shard, fingerprint="", code_version="1-", output=digest,
                    files={f"{table}/{shard}.parquet": digest},
                    counts=Counts(rows_in=len(names), kept=len(names)),
                )
            )  # fmt: skip

    def build(self) -> dict[str, bytes]:
        record = engine.build_lake(NEIGHBOURS, self.workplace).record
        assert record.error is None
        folder = self.lake.root / "neighbours"
        return {path.stem: path.read_bytes() for path in folder.glob("*.parquet")}

    def rows(self, shard: str) -> list[tuple[str, list[str], list[float]]]:
        table = self.lake.read("neighbours", shard)
        assert table["shard"].unique().to_list() in ([shard], [])
        return table.select("doc_id", "neighbours", "similarities").rows()


def test_neighbours_are_the_most_similar_documents_of_all_shards(tmp_path: Path) -> None:
    world = World(tmp_path, enabled=True, count=4)
    world.hold("b", ["d03", "d01", "d07", "d05"])
    world.hold("a", ["d00", "d02", "d09"])
    world.hold("empty", [])
    assert len(world.build()) == 3
    rows = world.rows("a") + world.rows("b")
    assert [name for name, _, _ in rows] == ["d00", "d02", "d09", "d01", "d03", "d05", "d07"]
    assert world.rows("empty") == []
    for name, neighbours, similarities in rows:
        others = [other for other, _, _ in rows if other != name]
        exact = {other: VECTORS[name] @ VECTORS[other] for other in others}
        assert neighbours == sorted(others, key=lambda other: -exact[other])[:4]
        np.testing.assert_allclose(similarities, [exact[other] for other in neighbours], atol=0.01)


@pytest.mark.parametrize("exact_up_to", [0, 1000])
def test_what_is_built_depends_on_the_documents_alone(tmp_path: Path, exact_up_to: int) -> None:
    """Not on the order in a shard, nor on what the lake was before."""
    one, other = (World(tmp_path / name, enabled=True, exact_up_to=exact_up_to) for name in ("one", "other"))
    one.hold("a", ["d01", "d02", "d03"])
    one.hold("b", ["d04"])
    one.build()
    one.hold("b", ["d04", "d05", "d06"])
    other.hold("b", ["d06", "d05", "d04"])
    other.hold("a", ["d03", "d01", "d02"])
    assert one.build() == other.build()


def test_documents_without_others_and_a_lake_without_documents(tmp_path: Path) -> None:
    world = World(tmp_path, enabled=True)
    assert world.build() == {}
    world.hold("a", ["d01"])
    world.build()
    assert world.rows("a") == [("d01", [], [])]


def test_switched_off_every_document_has_a_row_with_empty_lists(tmp_path: Path) -> None:
    off, on = World(tmp_path / "off"), World(tmp_path / "on", enabled=True)
    for world in (off, on):
        world.hold("a", ["d02", "d01"])
        world.hold("empty", [])
        world.build()
    assert off.rows("a") == [("d01", [], []), ("d02", [], [])]
    assert off.lake.read("neighbours", "a").schema == on.lake.read("neighbours", "a").schema
    assert off.lake.read("neighbours", "empty").schema == on.lake.read("neighbours", "empty").schema


def test_vectors_in_float16_are_read(tmp_path: Path) -> None:
    exact, half = World(tmp_path / "exact", enabled=True), World(tmp_path / "half", enabled=True)
    exact.hold("a", list(VECTORS))
    half.hold("a", list(VECTORS), pl.Float16)
    exact.build()
    half.build()
    pairs = zip(exact.rows("a"), half.rows("a"), strict=True)
    assert np.mean([len(set(one[1]) & set(other[1])) / 15 for one, other in pairs]) > 0.98
