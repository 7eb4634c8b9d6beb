"""The stage in a lake: what it reads, what builds it again, what stops a run, and the report."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import yaml
from click.testing import CliRunner, Result
from lake_files import tables
from survivor_tables import SHARD, write_survivors

from curation_assets import engine
from curation_assets.cli import main
from curation_assets.contamination.documents import SCHEMA
from curation_assets.contamination.stage import CONTAMINATION
from curation_assets.engine import Outcome
from curation_assets.stage import RequirementError
from curation_assets.text.hashing import content_hash
from curation_assets.text.visible import is_harmless
from curation_assets.workplace import Workplace
from resources.records import BuildRecord

ITEM = "Which metal, of those named above, melts at the lowest temperature when it is heated slowly in air?"
OTHER = "How many of the twelve apples did the second child give away before the bell rang at noon?"
CLEAN = "Nothing in this sentence is asked in any examination that somebody has written down in a file yet."


@dataclass
class Place:
    """A lake of one shard that nothing has dropped documents of, and a configuration."""

    folder: Path

    def settings(self, **values: object) -> None:
        (self.folder / "curation.yaml").write_text(yaml.safe_dump({"contamination": values}))

    def evaluation_set(self, name: str, *items: object) -> None:
        (self.folder / name).write_text("".join(json.dumps(item) + "\n" for item in items))

    @property
    def workplace(self) -> Workplace:
        (self.folder / "inbox").mkdir(exist_ok=True)
        return Workplace.open(self.folder / "inbox", self.folder / "lake", self.folder / "curation.yaml")

    def put(self, texts: Sequence[str]) -> None:
        lake = self.workplace.lake
        write_survivors(self.workplace, texts)
        for stage, table in (("clean_documents", "clean_documents"), ("passage_labels", "repeated_passages")):
            digest = content_hash((lake.root / table / f"{SHARD}.parquet").read_bytes())
            lake.save_record(
                BuildRecord(stage=stage, shard=SHARD, fingerprint="", code_version="", output=digest)
            )

    def build(self) -> Outcome:
        outcome = engine.build_shard(CONTAMINATION, self.workplace, SHARD)
        assert not outcome.record.error
        return outcome

    def table(self) -> pl.DataFrame:
        return self.workplace.lake.read("contamination", SHARD)

    def report(self, *arguments: str) -> Result:
        self.workplace.remember()
        return CliRunner().invoke(
            main, ["contamination", "--lake", str(self.folder / "lake"), *arguments], env={"COLUMNS": "200"}
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.settings(files={"mmlu": "./mmlu.jsonl"})
    place.evaluation_set("mmlu.jsonl", {"question": ITEM}, {"question": OTHER}, {"question": "Too short?"})
    return place


def test_without_files_every_document_is_clean(place: Place) -> None:
    place.settings()
    place.put([ITEM, CLEAN])
    outcome = place.build()
    table = place.table()
    assert dict(table.schema) == SCHEMA
    assert table.height == outcome.record.counts.kept == 2
    assert not table["contaminated"].any()
    assert "external" not in outcome.record.inputs
    assert place.report().exit_code == 1


def test_items_are_counted_as_dropped_and_rows_are_in_order(place: Place) -> None:
    place.put([f"{CLEAN} {OTHER} {CLEAN}", CLEAN, *[CLEAN] * 9, ITEM])
    outcome = place.build()
    table = place.table()
    assert table["doc_id"].is_sorted()
    assert table.filter("contaminated")["doc_id", "item"].rows() == [("d0", "mmlu:1"), ("d11", "mmlu:0")]
    assert outcome.record.counts.dropped == {"contaminated": 2}
    assert outcome.record.counts.balanced
    assert outcome.record.figures["evaluation_items_unusable"] == 1


def test_what_was_removed_as_a_repeated_passage_does_not_count(place: Place) -> None:
    place.put([f"{CLEAN} {ITEM}", CLEAN])
    lake = place.workplace.lake
    labels = lake.read("repeated_passages", SHARD)
    edited = labels.with_columns(text=pl.Series([CLEAN, None]), text_hash=pl.Series(["new", None]))
    lake.write("repeated_passages", SHARD, edited.with_columns(kept=pl.Series([True, False])))
    place.build()
    assert place.table()["doc_id", "contaminated"].rows() == [("d0", False)]


def test_an_empty_shard_has_the_same_columns(place: Place) -> None:
    place.put([])
    place.build()
    assert dict(place.table().schema) == SCHEMA
    assert json.loads(place.report("--json").output)["documents"] == 0


def test_other_bytes_of_a_set_build_again_what_a_build_from_nothing_would_give(place: Place) -> None:
    place.put([ITEM, OTHER, CLEAN])
    assert place.build().built
    assert not place.build().built
    place.evaluation_set("mmlu.jsonl", {"question": CLEAN})
    assert "external" in place.build().record.inputs
    assert place.table()["contaminated"].to_list() == [False, False, True]
    other = Place(place.folder / "other")
    other.folder.mkdir()
    other.settings(files={"mmlu": str(place.folder / "mmlu.jsonl")})
    other.put([ITEM, OTHER, CLEAN])
    other.build()
    assert tables(place.workplace.lake.root) == tables(other.workplace.lake.root)
    place.evaluation_set("mmlu.jsonl", {"question": ITEM})
    place.build()
    assert place.table()["contaminated"].to_list() == [True, False, False]


@pytest.mark.parametrize("name", ["gone.jsonl", "curation.yaml"])
def test_a_file_that_cannot_be_used_stops_a_run_before_it_begins(place: Place, name: str) -> None:
    place.settings(files={"mmlu": "./mmlu.jsonl", "gsm8k": f"./{name}"})
    with pytest.raises(RequirementError, match=r"cannot be built: contamination\.files\.gsm8k: "):
        CONTAMINATION.check_requirements(place.workplace)
    place.settings(files={"mmlu": "./mmlu.jsonl"})
    CONTAMINATION.check_requirements(place.workplace)


def test_the_report_tells_what_was_hit(place: Place) -> None:
    place.evaluation_set("songs.jsonl", *[{"text": f"{CLEAN} {number}"} for number in range(3)], 7)
    place.settings(files={"mmlu": "./mmlu.jsonl", "songs": "./songs.jsonl"})
    place.put([ITEM, ITEM + " again", OTHER.upper(), *[CLEAN] * 12, "a word"])
    place.build()
    report = json.loads(place.report("--json").output)
    assert (report["documents"], report["contaminated"]) == (16, 15)
    mmlu, songs = report["sets"]
    assert [mmlu[key] for key in ("items", "unusable", "unreadable", "items_hit")] == [3, 1, 0, 2]
    assert (mmlu["items_hit_share"], mmlu["documents"], mmlu["longest"]) == (1.0, 3, len(ITEM.split()))
    assert [(one["item"], one["documents"]) for one in mmlu["top"]] == [("mmlu:0", 2), ("mmlu:1", 1)]
    assert mmlu["top"][1]["ngram"] in OTHER.lower()
    assert (songs["unreadable"], songs["items_hit"], songs["documents"]) == (1, 3, 12)
    words = CLEAN.lower().rstrip(".")
    assert report["common"] == [{"words": words, "documents": 12}]
    told = place.report()
    assert told.exit_code == 0
    assert "15 of 16 documents (93.750%) are contaminated" in told.output
    assert f"12 documents: {words}" in told.output
    assert json.loads(place.report("--json", "--common", "12").output)["common"] == []
    place.settings(files={"mmlu": "./mmlu.jsonl", "songs": "./songs.jsonl"}, ignore=[words])
    assert "with other sets or settings: curate run first" in place.report().output
    place.build()
    report = json.loads(place.report("--json").output)
    assert (report["contaminated"], report["common"]) == (3, [])


def test_the_report_does_nothing_to_a_terminal(place: Place) -> None:
    item = "\x9b31mThe word \u202etxt.exe\u202c has \x1b[2J twelve words, of \x7f which none is rare at all."
    place.evaluation_set("mmlu.jsonl", {"question": item})
    place.put([item])
    place.build()
    for options in ([], ["--json"]):
        told = place.report(*options).output
        assert "which none is rare" in told
        assert all(is_harmless(letter) or letter == "\n" for letter in told)


def test_the_report_refuses_sets_that_have_changed(place: Place) -> None:
    place.put([ITEM])
    place.build()
    place.evaluation_set("mmlu.jsonl", {"question": OTHER})
    refused = place.report()
    assert refused.exit_code == 1
    assert "curate run first" in refused.output
