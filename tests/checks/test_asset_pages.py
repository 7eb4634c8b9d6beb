"""What the pages of assets show: columns, lineage, reasons, pictures; and no text that could do anything."""

import base64
import re
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl
import pytest
from small_inboxes import prose, write_jsonl

from curation_assets import engine
from curation_assets.catalogue.types import TYPES
from curation_assets.charts.plots import bars
from curation_assets.cleaning.stage import CLEAN_DOCUMENTS
from curation_assets.config import Config
from curation_assets.engine import Outcome
from curation_assets.graph import stage_named
from curation_assets.orchestration.events import check_evaluation, label_materialization, look, metadata_of
from curation_assets.orchestration.pages import LARGEST_PICTURE, about, picture, reasons_table, shown
from curation_assets.shards.stage import RAW_DOCUMENTS
from curation_assets.stage import Check, LakeStage
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import BuildRecord, Counts

HOSTILE = '<img src=x onerror="alert(1)">![x](https://evil.example/p.png)[a](javascript:b)\x1b[2J\u202e|`\x00'
SECRET = "buy cheap pills now"


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    write_jsonl(
        tmp_path / "inbox" / "a.jsonl",
        [prose(1), f"{SECRET} {HOSTILE} " * 20, f"{SECRET} " * 50],
        source=HOSTILE,
    )
    return Workplace(
        tmp_path / "inbox",
        Lake(tmp_path / "lake"),
        Config.model_validate({"cleaning": {"language": {"enabled": False}}}),
    )


def built(workplace: Workplace) -> Outcome:
    engine.build_shard(RAW_DOCUMENTS, workplace, "a.jsonl")
    outcome = engine.build_shard(CLEAN_DOCUMENTS, workplace, "a.jsonl")
    assert outcome.record.error is None
    return outcome


def texts_in(metadata: dict[str, object]) -> str:
    """Return everything of an event as text, pictures decoded."""
    event = dg.AssetMaterialization("a", metadata=metadata)
    told = dg.serialize_value(event)
    pictures = re.findall(r"base64,([A-Za-z0-9+/=]+)", told)
    return told + "".join(base64.b64decode(part).decode() for part in pictures)


def test_a_page_has_columns_with_sentences_lineage_reasons_and_small_pictures(workplace: Workplace) -> None:
    metadata = metadata_of(built(workplace), workplace, CLEAN_DOCUMENTS)
    schema = metadata["dagster/column_schema"]
    assert len(schema.columns) > 60
    assert all(column.description for column in schema.columns)
    deps = metadata["dagster/column_lineage"].deps_by_column
    assert [(dep.asset_key.path, dep.column_name) for dep in deps["source"]] == [
        (["raw_documents"], "source")
    ]
    reasons = metadata["reasons of drops"].records
    assert sum(record.data["documents"] for record in reasons) == 2
    assert metadata["dropped share"] == pytest.approx(2 / 3, abs=1e-6)
    pictures = [value.value for value in metadata.values() if isinstance(value, dg.MarkdownMetadataValue)]
    assert pictures
    assert all(len(text) <= LARGEST_PICTURE for text in pictures)


def test_no_text_of_documents_is_logged_unless_it_is_asked_for(workplace: Workplace) -> None:
    outcome = built(workplace)
    assert SECRET not in texts_in(metadata_of(outcome, workplace, CLEAN_DOCUMENTS))
    asked = Workplace(
        workplace.inbox_path, workplace.lake, Config.model_validate({"checks": {"text_samples": 5}})
    )
    metadata = metadata_of(outcome, asked, CLEAN_DOCUMENTS)
    samples = [record.data for record in metadata["samples of dropped"].records]
    assert len(samples) == 2
    assert all(SECRET in sample["begins"] and len(sample["begins"]) < 400 for sample in samples)


def test_hostile_text_is_no_markdown_and_moves_no_cursor(workplace: Workplace) -> None:
    asked = Workplace(
        workplace.inbox_path, workplace.lake, Config.model_validate({"checks": {"text_samples": 5}})
    )
    outcome = built(workplace)
    record = outcome.record.model_copy(
        update={
            "counts": Counts(rows_in=3, kept=1, dropped={HOSTILE: 2}),
            "figures": {"model": HOSTILE},
            "why": HOSTILE,
        }
    )
    drawing = Outcome(record, built=True, plots={"a plot": lambda: bars({HOSTILE: 3}, HOSTILE, "documents")})
    metadata = metadata_of(drawing, asked, CLEAN_DOCUMENTS)
    for value in metadata.values():
        if isinstance(value, dg.MarkdownMetadataValue):
            svg = base64.b64decode(
                re.fullmatch(r"!\[[^\[\]]*\]\(data:image/svg\+xml;base64,(.*)\)", value.value)[1]
            )  # type: ignore[index]
            assert b"<img" not in svg
            assert b"\x1b" not in svg
        elif isinstance(value, dg.TableMetadataValue):
            cells = [cell for row in value.records for cell in row.data.values() if isinstance(cell, str)]
            assert all(cell.replace("\n", "").isprintable() for cell in cells)
        elif isinstance(value, str):
            assert value.isprintable()


def test_an_error_that_quotes_a_document_is_not_the_description_of_a_check() -> None:
    record = BuildRecord(
        stage="a", shard="b", fingerprint="", code_version="", error=f"ValueError: {HOSTILE}"
    )
    evaluation = check_evaluation(record)
    assert "img" not in str(evaluation.description)
    told = evaluation.metadata["error"].value
    assert "\\x1b[2J" in told
    assert "\x1b" not in told


def test_what_is_shown_is_cut_and_numbers_stay_numbers() -> None:
    assert shown(3) == 3
    assert shown("a\nb\x07") == "a\nb\\x07"
    assert len(shown("x" * 10_000)) == 2_000
    assert shown("\ud800") == "\\ud800"


def test_numbers_of_numpy_are_told_as_plain_ones(workplace: Workplace) -> None:
    check = Check("c", "d", lambda _place, _shard: (np.bool_(False), {"n": np.int64(3)}), advice="do this")  # type: ignore[arg-type, return-value]
    passed, metadata = look(check, workplace, "a")
    assert passed is False
    assert metadata == {"n": 3, "what to do": "do this"}
    assert type(metadata["n"]) is int


def test_reasons_are_ordered_and_no_more_than_fit() -> None:
    table = reasons_table(Counts(rows_in=1000, dropped={f"r{number:02}": number for number in range(40)}))
    documents = [record.data["documents"] for record in table.records]
    assert documents == [*range(39, 9, -1), sum(range(10))]
    assert table.records[0].data["share"] == "3.9 %"
    assert table.records[-1].data["reason"] == "10 others"


def test_a_picture_that_is_too_large_is_left_out() -> None:
    assert "too large" in str(picture(b"x" * LARGEST_PICTURE, "plot").value)


def test_a_label_asset_has_columns_and_lineage_too(workplace: Workplace) -> None:
    stage = stage_named("neighbours")
    assert isinstance(stage, LakeStage)
    frame = pl.DataFrame(
        {"doc_id": ["a"], "shard": ["s"], "neighbours": [["b"]], "similarities": [[0.5]]},
        schema_overrides={"similarities": pl.List(pl.Float32)},
    )
    workplace.lake.write("neighbours", "s", frame)
    record = BuildRecord(
        stage="neighbour_labels",
        shard="s",
        fingerprint="",
        code_version="",
        files={"neighbours/s.parquet": ""},
    )
    metadata = label_materialization(record, stage, workplace).metadata
    assert {column.name for column in metadata["dagster/column_schema"].value.columns} == set(frame.columns)
    lineage = metadata["dagster/column_lineage"].value
    assert lineage.deps_by_column["similarities"][0].asset_key == dg.AssetKey("embeddings")


def test_a_stage_that_keeps_pairs_shows_the_columns_of_its_verdicts(workplace: Workplace) -> None:
    built(workplace)
    engine.build_shard(stage_named("signatures"), workplace, "a.jsonl")
    stage = stage_named("dedup_clusters")
    assert isinstance(stage, LakeStage)
    metadata = metadata_of(engine.build_lake(stage, workplace), workplace, stage)
    names = {column.name for column in metadata["dagster/column_schema"].columns}
    assert names == set(TYPES["dedup_clusters"])
    assert names.isdisjoint({"doc_id_a", "doc_id_b"})


def test_an_asset_says_before_it_is_built_what_it_holds_and_where_to_look(workplace: Workplace) -> None:
    told = about(CLEAN_DOCUMENTS, workplace)
    assert "curate report --lake" in told["report is written by"]
    assert all(column.description for column in told["dagster/column_schema"].columns)
