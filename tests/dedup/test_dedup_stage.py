"""Both stages in a lake: what an update writes, and that a lake made from nothing is the same to the byte."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import dedup_reference as reference
import polars as pl
import pytest
from fake_stages import do_not_wait_for_the_disk
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_files import tables

from curation_assets import engine
from curation_assets.config import Config
from curation_assets.dedup import signatures as signatures_module
from curation_assets.dedup import stage as stage_module
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.ranges.spill import Spill
from curation_assets.dedup.stage import DEDUP_CLUSTERS, SIGNATURES
from curation_assets.engine import Outcome
from curation_assets.progress import Progress
from curation_assets.stage import BuiltLabels
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake
from resources.records import BuildRecord

WINDOWS = [" ".join(f"w{word}" for word in range(start, start + 8)) for start in range(12)]
NEAR = DedupConfig(bands=8, rows=1, shingle_words=1, jaccard_threshold=0.7)


@dataclass
class DedupLake:
    """A lake of which cleaning is done by hand."""

    folder: Path
    config: DedupConfig

    @property
    def workplace(self) -> Workplace:
        config = Config().model_copy(update={"dedup": self.config})
        return Workplace(self.folder / "inbox", Lake(self.folder / "lake"), config)

    @property
    def lake(self) -> Lake:
        return self.workplace.lake

    def put(self, shard: str, texts: list[str], dropped: int = 0) -> None:
        """Write a shard as cleaning would; the last ``dropped`` documents are not kept."""
        rows = reference.frame(texts, [shard] * len(texts))
        reason = pl.when(pl.int_range(pl.len()) >= len(texts) - dropped).then(pl.lit("short"))
        digest = self.lake.write("clean_documents", shard, rows.with_columns(drop_reason=reason))
        files = {f"clean_documents/{shard}.parquet": digest}
        self.lake.save_record(
            BuildRecord(
                stage="clean_documents",
                shard=shard,
                fingerprint="",
                code_version="",
                output=digest,
                files=files,
            )
        )

    def remove(self, shard: str) -> None:
        for stage in ("clean_documents", "signatures"):
            self.lake.discard(stage, shard)

    def sign(self) -> dict[str, Outcome]:
        shards = self.lake.recorded_shards("clean_documents")
        return {shard: engine.build_shard(SIGNATURES, self.workplace, shard) for shard in shards}

    def build(self, *, update_only: bool = False) -> Outcome:
        self.sign()
        stage = replace(DEDUP_CLUSTERS, build=must_not_run) if update_only else DEDUP_CLUSTERS
        return engine.build_lake(stage, self.workplace)

    def kept(self, shard: str) -> list[bool]:
        return self.lake.read("dedup_clusters", shard)["kept"].to_list()


def must_not_run(_workplace: Workplace, _shards: object, _progress: Progress) -> BuiltLabels:
    raise AssertionError("built from nothing")


@pytest.fixture(autouse=True)
def _small_lakes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        do_not_wait_for_the_disk(patch)
        patch.setattr(stage_module, "LARGEST_CHANGED_SHARE", 99.0)
        yield


def from_nothing(made: DedupLake, folder: Path) -> dict[str, str]:
    """Return the tables of a lake that is built at once from the shards as they are now."""
    other = DedupLake(folder, made.config)
    for shard in made.lake.recorded_shards("clean_documents"):
        rows = made.lake.read("clean_documents", shard)
        other.put(shard, rows["text"].to_list(), dropped=int(rows["drop_reason"].is_not_null().sum()))
    other.build()
    return tables(other.folder / "lake")


def test_a_lake_worked_by_ranges_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = DedupLake(tmp_path / "made", NEAR)
    for number, shard in enumerate("abc"):
        made.put(shard, WINDOWS[number : number + 8], dropped=1)
    monkeypatch.setattr(stage_module, "Spill", partial(Spill, documents_in_memory=0, range_bytes=2_000))
    made.build()
    by_ranges = {shard: made.lake.read("dedup_clusters", shard) for shard in "abc"}
    edges = made.lake.read("duplicate_edges", WHOLE_LAKE)
    assert not (made.lake.root / stage_module.WORK_FOLDER).exists()
    made.put("c", WINDOWS[:2])
    made.build(update_only=True)
    monkeypatch.undo()
    assert tables(made.lake.root) == from_nothing(made, tmp_path / "updated")
    made.put("c", WINDOWS[2:10], dropped=1)
    made.build()
    assert edges.height > 5
    assert made.lake.read("duplicate_edges", WHOLE_LAKE).equals(edges)
    assert all(made.lake.read("dedup_clusters", shard).equals(by_ranges[shard]) for shard in "abc")


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.none() | st.lists(st.sampled_from([*WINDOWS, ""]), max_size=4)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12, deadline=None)
@given(STEPS, st.integers(0, 1))
def test_an_updated_lake_is_one_built_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[str] | None]], dropped: int
) -> None:
    made = DedupLake(tmp_path_factory.mktemp("made"), NEAR)
    made.put("a", WINDOWS[::3])
    made.put("z", WINDOWS[1::3])
    made.build()
    for shard, texts in steps:
        if texts is None:
            made.remove(shard)
        else:
            made.put(shard, texts, dropped)
        made.build(update_only=True)
    built = from_nothing(made, tmp_path_factory.mktemp("nothing"))
    assert tables(made.folder / "lake") == built


def test_survivors_come_back_and_other_shards_keep_their_records(tmp_path: Path) -> None:
    made = DedupLake(tmp_path, NEAR)
    made.put("a", [WINDOWS[0]])
    made.put("b", [WINDOWS[0] + " and"])
    made.put("c", [WINDOWS[9]])
    made.build()
    assert (made.kept("a"), made.kept("b")) == ([False], [True])
    records = {shard: made.lake.record("dedup_labels", shard) for shard in "abc"}
    made.remove("b")
    outcome = made.build(update_only=True)
    assert made.kept("a") == [True]
    assert outcome.removed_labels == ["b"]
    assert outcome.record.figures["shards_relabelled"] == 1
    assert made.lake.record("dedup_labels", "c") == records["c"]
    assert made.lake.record("dedup_labels", "a") != records["a"]


def test_figures_are_those_of_a_build(tmp_path: Path) -> None:
    made = DedupLake(tmp_path, NEAR)
    for shard, start in (("a", 0), ("b", 1), ("c", 6)):
        made.put(shard, WINDOWS[start::7])
    made.build()
    made.put("b", WINDOWS[2::5])
    figures = made.build(update_only=True).record.figures
    again = engine.build_lake(DEDUP_CLUSTERS, made.workplace, force=True).record.figures
    names = ("clusters", "largest_cluster", "verified_pairs")
    assert [figures[name] for name in names] == [again[name] for name in names]
    assert figures["clusters"] > 0


def test_only_texts_that_were_not_there_are_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = DedupLake(tmp_path, NEAR)
    made.put("a", WINDOWS[:5])
    assert made.sign()["a"].record.figures["documents_signed_anew"] == 5
    made.put("a", [WINDOWS[3], "new text", WINDOWS[0], "", WINDOWS[3], "dropped"], dropped=1)
    seen: list[str] = []
    buffers = signatures_module.buffers
    monkeypatch.setattr(signatures_module, "buffers", lambda texts: (seen.extend(texts), buffers(texts))[1])
    assert made.sign()["a"].record.figures["documents_signed_anew"] == 2
    assert sorted(seen) == ["", "new text"]
    updated = tables(tmp_path / "lake")
    engine.build_shard(SIGNATURES, made.workplace, "a", force=True)
    assert tables(tmp_path / "lake") == updated


def test_texts_are_not_read_where_none_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = DedupLake(tmp_path, NEAR)
    made.put("a", WINDOWS[:5])
    made.sign()
    made.put("a", WINDOWS[4:1:-1])
    read = Lake.read
    columns: list[str] = []
    monkeypatch.setattr(
        Lake,
        "read",
        lambda lake, table, shard, names=None: (columns.extend(names or ()), read(lake, table, shard, names))[
            1
        ],
    )
    outcome = made.sign()["a"]
    assert outcome.built
    assert outcome.record.figures["documents_signed_anew"] == 0
    assert "text_hash" in columns
    assert "text" not in columns


def test_other_settings_sign_and_compare_everything_anew(tmp_path: Path) -> None:
    made = DedupLake(tmp_path, NEAR)
    made.put("a", WINDOWS[::2])
    made.put("b", WINDOWS[1::2])
    made.build()
    made.config = NEAR.model_copy(update={"seed": 1, "jaccard_threshold": 0.9})
    assert made.sign()["a"].record.figures["documents_signed_anew"] == 6
    made.build()
    assert made.kept("a") == [True] * 6
    assert tables(tmp_path / "lake") == from_nothing(made, tmp_path / "nothing")


def test_where_most_shards_changed_all_is_built_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_module, "LARGEST_CHANGED_SHARE", 0.5)
    made = DedupLake(tmp_path, NEAR)
    for shard in "abc":
        made.put(shard, WINDOWS[:3])
    made.build()
    made.put("a", WINDOWS[1:4])
    made.build(update_only=True)
    made.put("a", WINDOWS[2:5])
    made.put("b", WINDOWS[2:5])
    with pytest.raises(AssertionError, match="from nothing"):
        made.build(update_only=True)
