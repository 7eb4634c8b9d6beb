"""Both stages in a lake: what an update reads and writes, and that it is the same as one from nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest
from containment_reference import Document, by_definition, random_words
from fake_stages import do_not_wait_for_the_disk
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_files import tables

from curation_assets import engine
from curation_assets.config import Config
from curation_assets.containment.config import ContainmentConfig
from curation_assets.containment.stage import CONTAINED_DOCUMENTS, CONTAINMENT_KEYS
from curation_assets.engine import Outcome
from curation_assets.progress import Progress
from curation_assets.stage import BuiltLabels
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake
from resources.records import BuildRecord

SMALL = ContainmentConfig(enabled=True, threshold=0.5, window=2, probes=3, candidates=2)
STREAM = random_words(60, 3, of=1000)
TEXTS = [" ".join(STREAM[start : start + size]) for start in (0, 10, 30) for size in (6, 12, 20, 25)]


@dataclass
class ContainmentLake:
    """A lake of which cleaning and deduplication are done by hand."""

    folder: Path
    config: ContainmentConfig

    @property
    def workplace(self) -> Workplace:
        config = Config().model_copy(update={"containment": self.config})
        return Workplace(self.folder / "inbox", Lake(self.folder / "lake"), config)

    @property
    def lake(self) -> Lake:
        return self.workplace.lake

    def put(self, shard: str, texts: Sequence[str], copies: int = 0) -> None:
        """Write a shard; the last ``copies`` documents are copies, which deduplication has not kept."""
        rows = [(f"d{number}{shard}", shard, text, content_hash(text)) for number, text in enumerate(texts)]
        schema = dict.fromkeys(("doc_id", "shard", "text", "text_hash"), pl.String)
        frame = pl.DataFrame(rows, schema, orient="row")
        kept = pl.int_range(pl.len()) < len(texts) - copies
        self._record("clean_documents", "clean_documents", shard, frame)
        labels = frame.select("doc_id", "shard", cluster_id="doc_id", kept=kept)
        self._record("dedup_labels", "dedup_clusters", shard, labels)

    def _record(self, stage: str, table: str, shard: str, rows: pl.DataFrame) -> None:
        digest = self.lake.write(table, shard, rows)
        files = {f"{table}/{shard}.parquet": digest}
        self.lake.save_record(
            BuildRecord(stage=stage, shard=shard, fingerprint="", code_version="", output=digest, files=files)
        )

    def remove(self, shard: str) -> None:
        for stage in ("clean_documents", "dedup_labels", "containment_keys"):
            self.lake.discard(stage, shard)

    def shards(self) -> list[str]:
        return self.lake.recorded_shards("clean_documents")

    def key(self) -> dict[str, Outcome]:
        return {shard: engine.build_shard(CONTAINMENT_KEYS, self.workplace, shard) for shard in self.shards()}

    def build(self, *, update_only: bool = False) -> Outcome:
        assert all(not outcome.record.error for outcome in self.key().values())
        stage = replace(CONTAINED_DOCUMENTS, build=must_not_run) if update_only else CONTAINED_DOCUMENTS
        return engine.build_lake(stage, self.workplace)

    def labels(self) -> pl.DataFrame:
        return self.lake.read_all("contained_documents", self.shards())

    def excerpts(self) -> dict[str, str]:
        return dict(self.labels().filter(~pl.col("kept")).select("doc_id", "contained_in").iter_rows())

    def documents(self) -> list[Document]:
        found = []
        for shard in self.shards():
            kept = self.lake.read("dedup_clusters", shard)["kept"]
            rows = self.lake.read("clean_documents", shard).filter(kept)
            found += [Document(*row) for row in rows.select("doc_id", "shard", "text").iter_rows()]
        return found


def must_not_run(_workplace: Workplace, _shards: object, _progress: Progress) -> BuiltLabels:
    raise AssertionError("built from nothing")


@pytest.fixture(autouse=True)
def _small_lakes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        do_not_wait_for_the_disk(patch)
        yield


@pytest.fixture
def texts_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The shards of which texts are read, in turn."""
    read = Lake.read
    shards: list[str] = []

    def noted(lake: Lake, table: str, shard: str, names: Sequence[str] | None = None) -> pl.DataFrame:
        if table == "clean_documents" and (names is None or "text" in names):
            shards.append(shard)
        return read(lake, table, shard, names)

    monkeypatch.setattr(Lake, "read", noted)
    return shards


def from_nothing(made: ContainmentLake, folder: Path) -> dict[str, str]:
    """Return the tables of a lake that is built at once from the shards as they are now."""
    other = ContainmentLake(folder, made.config)
    for shard in made.shards():
        rows = made.lake.read("clean_documents", shard)
        copies = int((~made.lake.read("dedup_clusters", shard)["kept"]).sum())
        other.put(shard, rows["text"].to_list(), copies)
    other.build()
    return tables(other.folder / "lake")


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.none() | st.lists(st.sampled_from([*TEXTS, ""]), max_size=4)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=15)
@given(STEPS, st.integers(0, 1))
def test_an_updated_lake_is_one_built_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[str] | None]], copies: int
) -> None:
    made = ContainmentLake(tmp_path_factory.mktemp("made"), SMALL)
    made.put("a", TEXTS[::3])
    made.put("z", TEXTS[1::3])
    made.build()
    for shard, texts in steps:
        if texts is None:
            made.remove(shard)
        else:
            made.put(shard, texts, min(copies, len(texts)))
        made.build(update_only=True)
    assert tables(made.folder / "lake") == from_nothing(made, tmp_path_factory.mktemp("nothing"))
    expected = by_definition(made.documents(), SMALL)
    assert made.excerpts() == {name: container for (name, _), ((container, _), _) in expected.items()}


def book_and_excerpts() -> tuple[str, list[str]]:
    words = random_words(2_000, 1)
    return " ".join(words), [" ".join(words[at : at + 150]) for at in (0, 500, 1_000)]


def test_an_excerpt_comes_back_when_its_book_goes_and_other_shards_keep_their_records(
    tmp_path: Path, texts_read: list[str]
) -> None:
    book, excerpts = book_and_excerpts()
    made = ContainmentLake(tmp_path, ContainmentConfig(enabled=True))
    made.put("a", [book])
    made.put("b", [excerpts[0], " ".join(random_words(100, 9))])
    made.put("c", [" ".join(random_words(150, 8))])
    outcome = made.build()
    assert made.excerpts() == {"d0b": "d0a"}
    figures = outcome.record.figures
    assert (figures["contained_documents"], figures["pairs_compared_anew"]) == (1, 1)
    records = {shard: made.lake.record("containment_labels", shard) for shard in "abc"}
    texts_read.clear()
    made.remove("a")
    outcome = made.build(update_only=True)
    assert made.excerpts() == {}
    assert texts_read == []
    assert outcome.removed_labels == ["a"]
    assert outcome.record.figures["shards_relabelled"] == 1
    assert made.lake.record("containment_labels", "c") == records["c"]
    assert made.lake.record("containment_labels", "b") != records["b"]


def test_only_pairs_that_were_not_compared_are_read(tmp_path: Path, texts_read: list[str]) -> None:
    book, excerpts = book_and_excerpts()
    made = ContainmentLake(tmp_path, ContainmentConfig(enabled=True))
    for shard, text in zip("abc", [book, *excerpts[:2]], strict=True):
        made.put(shard, [text])
    made.build()
    made.put("d", [excerpts[2]])
    made.key()
    texts_read.clear()
    outcome = made.build(update_only=True)
    assert sorted(texts_read) == ["a", "d"]
    assert outcome.record.figures["pairs_compared_anew"] == 1
    assert made.excerpts() == {"d0b": "d0a", "d0c": "d0a", "d0d": "d0a"}
    assert made.lake.read("containment_pairs", WHOLE_LAKE).height == 3


def test_only_texts_that_were_not_there_are_keyed(tmp_path: Path) -> None:
    made = ContainmentLake(tmp_path, SMALL)
    made.put("a", TEXTS[:4])
    assert made.key()["a"].record.figures["documents_keyed_anew"] == 4
    made.put("a", [TEXTS[3], "other words altogether", TEXTS[0], "", TEXTS[3], "a copy"], copies=1)
    assert made.key()["a"].record.figures["documents_keyed_anew"] == 2
    updated = tables(tmp_path / "lake")
    engine.build_shard(CONTAINMENT_KEYS, made.workplace, "a", force=True)
    assert tables(tmp_path / "lake") == updated


def test_switched_off_no_text_is_read_and_all_stay(tmp_path: Path, texts_read: list[str]) -> None:
    made = ContainmentLake(tmp_path, ContainmentConfig())
    made.put("a", TEXTS)
    made.put("b", TEXTS, copies=2)
    made.build()
    made.put("b", TEXTS[1:])
    outcome = made.build(update_only=True)
    assert texts_read == []
    assert outcome.record.figures["shards_relabelled"] == 1
    assert made.labels()["kept"].all()
    assert made.labels().height == len(made.documents())
    assert made.lake.read("containment_keys", "a")["key_count"].sum() == 0
    assert made.lake.read("containment_pairs", WHOLE_LAKE).is_empty()
    assert tables(tmp_path / "lake") == from_nothing(made, tmp_path / "nothing")


def test_other_settings_build_everything_anew(tmp_path: Path) -> None:
    made = ContainmentLake(tmp_path, ContainmentConfig())
    made.put("a", TEXTS[::2])
    made.put("b", TEXTS[1::2])
    others = [{}, {"threshold": 1.0}, {"window": 4}, {"probes": 1, "candidates": 1}, {"enabled": False}]
    for number, change in enumerate(others):
        made.config = SMALL.model_copy(update=change)
        made.build()
        assert tables(tmp_path / "lake") == from_nothing(made, tmp_path / str(number))


def test_keys_stay_where_the_threshold_changes(tmp_path: Path) -> None:
    made = ContainmentLake(tmp_path, SMALL)
    made.put("a", TEXTS)
    made.build()
    made.config = SMALL.model_copy(update={"threshold": 0.7, "probes": 5, "candidates": 9})
    assert not made.key()["a"].built
