"""Both stages in a lake: what an update writes, and that a lake made from nothing is the same to the byte."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest
from fake_stages import do_not_wait_for_the_disk
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_files import tables
from passages_reference import Document, check, frame, random_words

from curation_assets import engine
from curation_assets.config import Config
from curation_assets.engine import Outcome
from curation_assets.passages import stage as stage_module
from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.stage import PASSAGE_KEYS, REPEATED_PASSAGES
from curation_assets.progress import Progress
from curation_assets.stage import BuiltLabels
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import BuildRecord

SMALL = PassagesConfig(
    substrings=True,
    substring_tokens=4,
    lines=True,
    line_characters=3,
    minimum_kept_share=0.4,
    minimum_kept_tokens=2,
)
TEXTS = [" ".join("abcdefgh"[start : start + 5]) for start in range(4)]
TEXTS += [
    f"{one}\n{other} x{number}" for number, (one, other) in enumerate(zip(TEXTS, TEXTS[2:], strict=False))
]


@dataclass
class PassageLake:
    """A lake of which cleaning, deduplication and containment are done by hand."""

    folder: Path
    config: PassagesConfig

    @property
    def workplace(self) -> Workplace:
        config = Config().model_copy(update={"passages": self.config})
        return Workplace(self.folder / "inbox", Lake(self.folder / "lake"), config)

    @property
    def lake(self) -> Lake:
        return self.workplace.lake

    def put(self, shard: str, texts: Sequence[str], dropped: int = 0) -> None:
        """Write a shard, of which the last ``dropped`` documents were dropped before."""
        rows = frame([Document(f"d{number}{shard}", shard, text) for number, text in enumerate(texts)])
        kept = pl.int_range(pl.len()) < len(texts) - dropped
        labels = rows.select("doc_id", "shard", kept=kept)
        self._record("clean_documents", "clean_documents", shard, rows)
        self._record("containment_labels", "contained_documents", shard, labels)

    def _record(self, stage: str, table: str, shard: str, rows: pl.DataFrame) -> None:
        digest = self.lake.write(table, shard, rows)
        files = {f"{table}/{shard}.parquet": digest}
        self.lake.save_record(
            BuildRecord(stage=stage, shard=shard, fingerprint="", code_version="", output=digest, files=files)
        )

    def remove(self, shard: str) -> None:
        for stage in ("clean_documents", "containment_labels", "passage_keys"):
            self.lake.discard(stage, shard)

    def key(self) -> dict[str, Outcome]:
        shards = self.lake.recorded_shards("clean_documents")
        return {shard: engine.build_shard(PASSAGE_KEYS, self.workplace, shard) for shard in shards}

    def build(self, *, update_only: bool = False) -> Outcome:
        assert all(not outcome.record.error for outcome in self.key().values())
        stage = replace(REPEATED_PASSAGES, build=must_not_run) if update_only else REPEATED_PASSAGES
        return engine.build_lake(stage, self.workplace)

    def labels(self) -> pl.DataFrame:
        return self.lake.read_all("repeated_passages", self.lake.recorded_shards("clean_documents"))

    def survivors(self) -> list[Document]:
        found = []
        for shard in self.lake.recorded_shards("clean_documents"):
            rows = self.lake.read("clean_documents", shard)
            kept = self.lake.read("contained_documents", shard)["kept"]
            found += [
                Document(*row) for row in rows.filter(kept).select("doc_id", "shard", "text").iter_rows()
            ]
        return found


def must_not_run(_workplace: Workplace, _shards: object, _progress: Progress) -> BuiltLabels:
    raise AssertionError("built from nothing")


@pytest.fixture(autouse=True)
def _small_lakes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        do_not_wait_for_the_disk(patch)
        patch.setattr(stage_module, "LARGEST_CHANGED_SHARE", 99.0)
        yield


def from_nothing(made: PassageLake, folder: Path) -> dict[str, str]:
    """Return the tables of a lake that is built at once from the shards as they are now."""
    other = PassageLake(folder, made.config)
    for shard in made.lake.recorded_shards("clean_documents"):
        rows = made.lake.read("clean_documents", shard)
        dropped = int((~made.lake.read("contained_documents", shard)["kept"]).sum())
        other.put(shard, rows["text"].to_list(), dropped)
    other.build()
    return tables(other.folder / "lake")


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.none() | st.lists(st.sampled_from([*TEXTS, ""]), max_size=4)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=8)
@given(STEPS, st.integers(0, 1))
def test_an_updated_lake_is_one_built_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[str] | None]], dropped: int
) -> None:
    made = PassageLake(tmp_path_factory.mktemp("made"), SMALL)
    made.put("a", TEXTS[::3])
    made.put("z", TEXTS[1::3])
    made.build()
    for shard, texts in steps:
        if texts is None:
            made.remove(shard)
        else:
            made.put(shard, texts, min(dropped, len(texts)))
        made.build(update_only=True)
    built = from_nothing(made, tmp_path_factory.mktemp("nothing"))
    assert tables(made.folder / "lake") == built
    check(made.survivors(), made.labels(), SMALL)


def test_a_passage_comes_back_and_other_shards_keep_their_records(tmp_path: Path) -> None:
    made = PassageLake(tmp_path, PassagesConfig(substrings=True))
    passage, texts = " ".join(random_words(60, 1)), [" ".join(random_words(100, seed)) for seed in (2, 3, 4)]
    made.put("a", [f"{texts[0]} {passage}"])
    made.put("b", [f"{texts[1]} {passage}"])
    made.put("c", [texts[2]])
    made.build()
    assert made.labels()["text"].to_list() == [None, texts[1], None]
    records = {shard: made.lake.record("passage_labels", shard) for shard in "abc"}
    made.remove("a")
    outcome = made.build(update_only=True)
    assert made.labels()["text"].to_list() == [None, None]
    assert outcome.removed_labels == ["a"]
    assert outcome.record.figures["shards_relabelled"] == 1
    assert made.lake.record("passage_labels", "c") == records["c"]
    assert made.lake.record("passage_labels", "b") != records["b"]


def test_only_texts_that_were_not_there_are_keyed(tmp_path: Path) -> None:
    made = PassageLake(tmp_path, SMALL)
    made.put("a", TEXTS[:4])
    assert made.key()["a"].record.figures["documents_keyed_anew"] == 4
    made.put("a", [TEXTS[3], "other words altogether", TEXTS[0], "", TEXTS[3], "a copy"], dropped=1)
    assert made.key()["a"].record.figures["documents_keyed_anew"] == 2
    updated = tables(tmp_path / "lake")
    engine.build_shard(PASSAGE_KEYS, made.workplace, "a", force=True)
    assert tables(tmp_path / "lake") == updated


def test_switched_off_no_text_is_read_and_all_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = PassageLake(tmp_path, PassagesConfig())
    made.put("a", TEXTS)
    made.put("b", TEXTS, dropped=2)
    read = Lake.read
    columns: list[str] = []
    monkeypatch.setattr(
        Lake,
        "read",
        lambda lake, table, shard, names=None: (
            columns.extend((names or ["all"]) if table == "clean_documents" else ()),
            read(lake, table, shard, names),
        )[1],
    )
    made.build()
    made.put("b", TEXTS[1:])
    made.build(update_only=True)
    assert set(columns) == {"doc_id", "shard", "text_hash"}
    monkeypatch.undo()
    assert made.labels()["kept"].all()
    assert made.labels()["text"].null_count() == made.labels().height == len(made.survivors())
    assert made.lake.read("passage_keys", "a")["key_count"].sum() == 0
    assert tables(tmp_path / "lake") == from_nothing(made, tmp_path / "nothing")


def test_other_settings_build_everything_anew(tmp_path: Path) -> None:
    made = PassageLake(tmp_path, PassagesConfig())
    made.put("a", TEXTS[::2])
    made.put("b", TEXTS[1::2])
    for config in (SMALL, SMALL.model_copy(update={"policy": "count"}), PassagesConfig()):
        made.config = config
        made.build()
        check(made.survivors(), made.labels(), config)
        assert tables(tmp_path / "lake") == from_nothing(made, tmp_path / config.policy / str(config.lines))
    assert not list((tmp_path / "lake" / "_index" / "repeated_passages").iterdir())


def test_keys_stay_where_what_becomes_of_repeats_changes(tmp_path: Path) -> None:
    made = PassageLake(tmp_path, SMALL)
    made.put("a", TEXTS)
    made.build()
    made.config = SMALL.model_copy(update={"minimum_kept_share": 0.9, "policy": "count"})
    assert not made.key()["a"].built


def test_where_most_shards_changed_all_is_built_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_module, "LARGEST_CHANGED_SHARE", 0.5)
    made = PassageLake(tmp_path, SMALL)
    for shard in "abc":
        made.put(shard, TEXTS[:3])
    made.build()
    made.put("a", TEXTS[1:4])
    made.build(update_only=True)
    made.put("a", TEXTS[2:5])
    made.put("b", TEXTS[2:5])
    with pytest.raises(AssertionError, match="from nothing"):
        made.build(update_only=True)
