"""The sketch brought up to date by subtraction and addition: the same files as one built from nothing."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets import engine
from curation_assets.config import Config
from curation_assets.density.config import DensityConfig
from curation_assets.density.stage import DENSITY_SKETCH, build_estimates
from curation_assets.neighbours.config import NeighboursConfig
from curation_assets.progress import silent
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake
from resources.records import BuildRecord, Counts

MODEL = "model"
SHARDS = ("a", "b", "c")
VECTORS = np.random.default_rng(1).normal(size=(60, 4)).astype(np.float32)
DENSITY = DensityConfig(method="race", rows=12, buckets=50, hashes_per_row=2)
Contents = dict[str, list[int]]


@pytest.fixture(autouse=True)
def _do_not_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


def _hash(text: int) -> str:
    return content_hash(str(text))


class World:
    """A lake whose embeddings are those of numbered texts; text n has the vector VECTORS[n]."""

    def __init__(self, root: Path, density: DensityConfig = DENSITY) -> None:
        self.lake = Lake(root)
        neighbours = NeighboursConfig(enabled=density.method == "knn")
        self.workplace = Workplace(root, self.lake, Config(density=density, neighbours=neighbours))

    def hold(self, contents: Contents) -> None:
        """Make the shards hold these texts and no other shard be there."""
        for shard in set(self.lake.recorded_shards("embeddings")) - set(contents):
            self.lake.discard("embeddings", shard)
            self.lake.discard("neighbour_labels", shard)
        for shard, texts in contents.items():
            path = f"embeddings/{shard}.parquet"
            digest = self.lake.write("embeddings", shard, self._table(shard, texts))
            self.lake.save_record(
                BuildRecord(
                    stage="embeddings",
                    shard=shard,
                    fingerprint=digest,
                    code_version="1-0",
                    inputs={"external": MODEL},
                    output=digest,
                    files={path: digest},
                    counts=Counts(rows_in=len(texts), kept=len(texts)),
                )
            )
            near = BuildRecord(stage="neighbour_labels", shard=shard, fingerprint="", code_version="1-0")
            self.lake.save_record(near)

    def _table(self, shard: str, texts: Sequence[int]) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "doc_id": [f"{shard}{place}" for place in range(len(texts))],
                "shard": [shard] * len(texts),
                "text_hash": [_hash(text) for text in texts],
            },
            {"doc_id": pl.String, "shard": pl.String, "text_hash": pl.String},
        ).with_columns(pl.Series("embedding", VECTORS[list(texts)], dtype=pl.Array(pl.Float32, 4)))

    def remember(self, texts: Sequence[int], vectors: np.ndarray = VECTORS) -> None:
        cache = self.lake.cache()
        cache.put(MODEL, [(_hash(text), vectors[text].tobytes()) for text in texts])
        cache.close()

    def build(self) -> int:
        """Build the sketch; return how many vectors were hashed for it."""
        return int(engine.build_lake(DENSITY_SKETCH, self.workplace).record.figures["vectors_counted"])

    def files(self) -> dict[str, bytes]:
        record = self.lake.record("density_sketch", WHOLE_LAKE)
        assert record is not None
        written = {path: (self.lake.root / path).read_bytes() for path in record.files}
        index = self.lake.root / "_index" / "density_sketch"
        assert {path.name for path in index.glob("*")} == {
            Path(path).name for path in written if path.startswith("_index/")
        }
        return written


contents = st.dictionaries(
    st.sampled_from(SHARDS), st.lists(st.integers(0, 11), max_size=12), min_size=1, max_size=3
)


METHODS = [
    DENSITY,
    DensityConfig(method="race", hash="signed_projections", rows=12, hashes_per_row=5),
    DensityConfig(method="race", rows=12, buckets=50, hashes_per_row=2, target_ess=0.9),
    DensityConfig(landmarks=3),
    DensityConfig(landmarks=3, target_ess=0.9),
    DensityConfig(method="exact"),
]


@given(steps=st.lists(contents, min_size=2, max_size=4), density=st.sampled_from(METHODS))
@settings(max_examples=20, deadline=None)
def test_any_sequence_of_changes_gives_the_sketch_of_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Contents], density: DensityConfig
) -> None:
    """Texts come, go, move and are there several times; shards come and go."""
    folder = tmp_path_factory.mktemp("lakes")
    world, scratch = World(folder / "incremental", density), World(folder / "scratch", density)
    world.remember(range(12))
    for step in steps:
        world.hold(step)
        world.build()
    scratch.hold(steps[-1])
    scratch.build()
    assert world.files() == scratch.files()


@pytest.fixture
def full(tmp_path: Path) -> World:
    """Return a lake of three shards of 20 texts, built."""
    world = World(tmp_path / "lake")
    world.hold({shard: list(range(20 * place, 20 * place + 20)) for place, shard in enumerate(SHARDS)})
    world.remember(range(60))
    assert world.build() == 60
    return world


def _scratch(tmp_path: Path, world: World, contents: Contents) -> dict[str, bytes]:
    other = World(tmp_path / "scratch", world.workplace.config.density)
    other.hold(contents)
    other.build()
    return other.files()


CHANGED = {"a": list(range(20)), "b": [*range(20, 39), 3], "c": list(range(40, 60))}


def test_only_what_differs_is_hashed_of_vectors_that_tables_store_in_float16(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = World._table

    def half(world: World, shard: str, texts: Sequence[int]) -> pl.DataFrame:
        return table(world, shard, texts).cast({"embedding": pl.Array(pl.Float16, 4)})

    monkeypatch.setattr(World, "_table", half)
    world = World(tmp_path / "lake")
    world.hold({shard: list(range(20 * place, 20 * place + 20)) for place, shard in enumerate(SHARDS)})
    world.remember(range(60))  # in float32, as the cache does
    assert world.build() == 60
    world.hold(CHANGED)
    assert world.build() == 2
    assert world.files() == _scratch(tmp_path, world, CHANGED)


def test_only_what_differs_is_hashed(full: World, tmp_path: Path) -> None:
    full.hold(CHANGED)
    assert full.build() == 2
    assert full.files() == _scratch(tmp_path, full, CHANGED)


def test_a_shard_that_left_is_subtracted(full: World, tmp_path: Path) -> None:
    left = {shard: CHANGED[shard] for shard in ("a", "c")}
    full.hold(left)
    assert full.build() == 20
    assert full.files() == _scratch(tmp_path, full, left)


def test_another_order_of_the_same_texts_hashes_nothing(full: World) -> None:
    full.hold({shard: texts[::-1] for shard, texts in {**CHANGED, "b": list(range(20, 40))}.items()})
    before = full.lake.read("density_sketch", WHOLE_LAKE)
    assert full.build() == 0
    assert full.lake.read("density_sketch", WHOLE_LAKE).equals(before)


@pytest.mark.parametrize("damage", ["nothing is known", "another vector is known"])
def test_without_the_vectors_that_left_it_is_built_anew(full: World, tmp_path: Path, damage: str) -> None:
    if damage == "nothing is known":
        (full.lake.root / "_cache" / "documents.sqlite").unlink()
    else:
        full.remember(range(60), VECTORS + np.float32(1e-3))
    full.hold(CHANGED)
    assert full.build() == 60
    assert full.files() == _scratch(tmp_path, full, CHANGED)


def test_other_settings_build_anew(full: World, tmp_path: Path) -> None:
    other = World(full.lake.root, DENSITY.model_copy(update={"seed": 2}))
    other.hold(CHANGED)
    assert other.build() == 60
    assert other.files() == _scratch(tmp_path, other, CHANGED)


@pytest.fixture
def landmarks(tmp_path: Path) -> World:
    """Return a lake of three shards of 20 texts, built with eight landmarks."""
    world = World(tmp_path / "lake", DensityConfig(landmarks=8))
    world.hold({shard: list(range(20 * place, 20 * place + 20)) for place, shard in enumerate(SHARDS)})
    world.remember(range(60))
    assert world.build() == 60
    return world


def _landmark_texts(world: World) -> set[int]:
    stored = world.lake.read("density_sketch", WHOLE_LAKE)["text_hash"].drop_nulls().to_list()
    return {text for text in range(60) if _hash(text) in stored}


def test_cells_change_by_what_differs_as_long_as_the_landmarks_stay(landmarks: World, tmp_path: Path) -> None:
    gone = next(text for text in range(20, 40) if text not in _landmark_texts(landmarks))
    changed = {**CHANGED, "b": [text for text in range(20, 40) if text != gone]}
    landmarks.hold(changed)
    assert landmarks.build() == 1
    assert landmarks.files() == _scratch(tmp_path, landmarks, changed)


def test_a_landmark_that_left_makes_cells_anew(landmarks: World, tmp_path: Path) -> None:
    gone = next(iter(_landmark_texts(landmarks)))
    changed = {shard: [text for text in range(20 * place, 20 * place + 20) if text != gone]
               for place, shard in enumerate(SHARDS)}  # fmt: skip
    landmarks.hold(changed)
    assert landmarks.build() == 59
    assert landmarks.files() == _scratch(tmp_path, landmarks, changed)


def test_neighbours_give_densities_and_their_mean(tmp_path: Path) -> None:
    """The label table of neighbours as the stage writes it; every document has two."""
    world = World(tmp_path / "lake", DensityConfig(method="knn", bandwidth=0.5))
    world.hold({"a": [0, 1], "b": [2]})
    cosines = {"a": [[1.0, 0.5], [0.5, 0.0]], "b": [[0.5, 0.5]]}
    for shard, lists in cosines.items():
        names = world.lake.read("embeddings", shard, ["doc_id", "shard"])
        near = pl.Series("similarities", lists, dtype=pl.List(pl.Float32))
        world.lake.write("neighbours", shard, names.with_columns(near).reverse())
    assert world.build() == 0
    expected = {"a": [(1 + np.exp(-2)) / 2, (np.exp(-2) + np.exp(-4)) / 2], "b": [np.exp(-2)]}
    record = world.lake.record("density_sketch", WHOLE_LAKE)
    assert record is not None
    assert record.figures["mean_density"] == pytest.approx(np.mean([*expected["a"], *expected["b"]]))
    for shard, values in expected.items():
        built = build_estimates(world.workplace, shard, silent).tables["density_estimates"]
        assert built["density"].to_numpy() == pytest.approx(values, rel=2.0**-6)


def test_exact_is_refused_for_too_many_documents(full: World) -> None:
    other = World(full.lake.root, DensityConfig(method="exact", exact_documents=59))
    with pytest.raises(ValueError, match=r"60 documents; density\.exact_documents allows 59"):
        other.build()


def test_what_is_remembered_is_twenty_bytes_a_document(full: World) -> None:
    assert len(full.files()["_index/density_sketch/a.bin"]) == 20 * 20
