"""Structure, copies and evaluation items on a small lake: sound as built, told when something is planted."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import yaml
from made_lake import rewrite
from small_inboxes import prose, small_files, write_jsonl

from curation_assets import engine, runner
from curation_assets.catalogue.lineage import ORIGINS
from curation_assets.catalogue.sentences import sentence
from curation_assets.catalogue.structure import StructureError, faults_of_stage, refuse_faults
from curation_assets.catalogue.types import TYPES
from curation_assets.checks.copies import look_for_copies
from curation_assets.checks.decontamination import look_for_items
from curation_assets.checks.registry import checks_of
from curation_assets.graph import STAGES, stage_named
from curation_assets.orchestration.events import CHECK_NAME, STRUCTURE, failed_evaluations, look
from curation_assets.shards.stage import RAW_DOCUMENTS
from curation_assets.stage import Built, LakeStage, ShardStage, Stage
from curation_assets.workplace import Workplace
from resources.compute import Compute
from resources.lake import WHOLE_LAKE


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_config: Path) -> Workplace:
    """A lake of four shards, one with names that are hostile."""
    folder = tmp_path_factory.mktemp("checked")
    small_files(folder / "inbox")
    write_jsonl(folder / "inbox" / "d.jsonl", [prose(8), prose(9)], source="![x](http://evil)<script>\x1b[2J")
    workplace = Workplace.open(folder / "inbox", folder / "lake", tiny_config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _handle: None)
        for stage in STAGES:
            for outcome in runner.outcomes(stage, workplace, Compute(1), lambda _documents: None):
                assert outcome.record.error is None
    return workplace


@pytest.fixture
def workplace(built: Workplace, tmp_path: Path) -> Workplace:
    shutil.copytree(built.lake.root, tmp_path / "lake")
    return Workplace.open(built.inbox_path, tmp_path / "lake", built.config_path)


def shards_of(stage: Stage, workplace: Workplace) -> list[str]:
    return workplace.lake.recorded_shards(stage.name) if isinstance(stage, ShardStage) else [WHOLE_LAKE]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_check_passes_on_a_lake_as_built(built: Workplace, stage: Stage) -> None:
    for shard in shards_of(stage, built):
        assert faults_of_stage(stage, built.lake, shard) == []
        for check in checks_of(stage):
            if not check.whole and check.name != "nothing_quarantined":
                assert look(check, built, shard)[0], (check.name, shard)
    for check in checks_of(stage):
        if check.whole:
            assert look(check, built, WHOLE_LAKE)[0], check.name


def table_of(stage_or_labels: str) -> str:
    """Return the main table that an asset writes."""
    for stage in STAGES:
        if isinstance(stage, LakeStage) and stage_or_labels in (stage.name, stage.labels):
            return stage.label_table or stage.name
    return stage_or_labels


def stage_of(table: str) -> Stage | None:
    found = [
        stage
        for stage in STAGES
        if table in (stage.label_table if isinstance(stage, LakeStage) else "", *getattr(stage, "tables", ()))
    ]
    return found[0] if found else None


OF_WHOLE_LAKES = {"duplicate_edges": "dedup_clusters", "containment_pairs": "contained_documents"}


def test_every_column_that_is_written_has_a_sentence_and_a_type(built: Workplace) -> None:
    looked_at = 0
    for folder in sorted(path for path in built.lake.root.iterdir() if not path.name.startswith("_")):
        for path in sorted(folder.glob("*.parquet"))[:1]:
            table = folder.name
            stage = stage_of(table) or stage_named(OF_WHOLE_LAKES.get(table, table))
            for column in pl.read_parquet_schema(path):
                assert sentence(table, column, stage), f"{table}.{column}"
                assert table == "density_sketch" or column in TYPES[table], f"{table}.{column}"
                looked_at += 1
    assert looked_at > 200


def test_lineage_names_columns_that_are_there_of_assets_that_are_read(built: Workplace) -> None:
    reachable = {stage.name for stage in STAGES} | {
        stage.labels for stage in STAGES if isinstance(stage, LakeStage) and stage.labels
    }
    for table, columns in ORIGINS.items():
        for column, named in columns.items():
            assert column in TYPES.get(table, {column: None}), f"{table}.{column}"
            for name in named:
                asset, _, source = name.partition(".")
                assert asset in reachable, name
                assert source in TYPES.get(table_of(asset), {"count": None}), f"{table}.{column}: {name}"


def test_every_column_but_what_is_read_comes_from_somewhere() -> None:
    begins = {"raw_documents", "quarantine"}
    missing = [
        f"{table}.{column}"
        for table, columns in TYPES.items()
        for column in columns
        if table not in begins and column not in ORIGINS[table]
    ]
    assert missing == []


def doubled(workplace: Workplace) -> None:
    frame = workplace.lake.read("raw_documents", "a.jsonl")
    workplace.lake.write("raw_documents", "a.jsonl", pl.concat([frame, frame.head(1)]))


def without_a_column(workplace: Workplace) -> None:
    frame = workplace.lake.read("mixture", "a.jsonl")
    workplace.lake.write("mixture", "a.jsonl", frame.drop("tokens"))


def of_another_type(workplace: Workplace) -> None:
    rewrite(workplace.lake, "quality_scores", "a.jsonl", tokens=pl.col("tokens").cast(pl.Int32))


def with_a_further_column(workplace: Workplace) -> None:
    rewrite(workplace.lake, "ledger", "a.jsonl", note=pl.lit("x"))


def scaled(workplace: Workplace, factor: float) -> None:
    column = workplace.lake.read("embeddings", "a.jsonl")["embedding"]
    values = pl.Series(column.to_numpy() * factor, dtype=column.dtype)
    rewrite(workplace.lake, "embeddings", "a.jsonl", embedding=values)


def of_a_label(workplace: Workplace) -> None:
    rewrite(workplace.lake, "dedup_clusters", "a.jsonl", doc_id=pl.col("doc_id").first())


def broken(workplace: Workplace) -> None:
    workplace.lake.table_path("contamination", "a.jsonl").write_bytes(b"PAR1")


@pytest.mark.parametrize(
    ("stage", "plant", "told"),
    [
        ("raw_documents", doubled, "1 rows repeat the doc_id"),
        ("mixture", without_a_column, "the columns tokens are missing"),
        ("quality_scores", of_another_type, "tokens is Int32, not Int64"),
        ("ledger", with_a_further_column, "the columns note are not declared"),
        ("embeddings", lambda place: scaled(place, 1.01), "vectors are not of length 1"),
        ("embeddings", lambda place: scaled(place, float("nan")), "no finite numbers"),
        ("dedup_clusters", of_a_label, "rows repeat the doc_id"),
        ("contamination", broken, "cannot be read"),
    ],
)
def test_a_planted_fault_of_structure_is_told(
    workplace: Workplace, stage: str, plant: Callable[[Workplace], None], told: str
) -> None:
    plant(workplace)
    place = WHOLE_LAKE if isinstance(stage_named(stage), LakeStage) else "a.jsonl"
    faults = faults_of_stage(stage_named(stage), workplace.lake, place)
    assert len(faults) == 1
    assert told in faults[0]


def test_a_build_that_is_not_as_declared_fails_its_shard_before_it_is_written(workplace: Workplace) -> None:
    def build(place: Workplace, shard: str, _progress: object) -> Built:
        return Built(tables={"raw_documents": place.lake.read("raw_documents", shard).drop("url")})

    wrong = dataclasses.replace(RAW_DOCUMENTS, build=build, update=None)
    outcome = engine.build_shard(wrong, workplace, "a.jsonl", force=True)
    assert str(outcome.record.error).startswith("StructureError: raw_documents: the columns url are missing")
    assert not workplace.lake.table_path("raw_documents", "a.jsonl").exists()
    told = {evaluation.check_name: evaluation for evaluation in failed_evaluations(outcome.record)}
    assert not told[STRUCTURE].passed
    assert told[STRUCTURE].blocking
    assert not told[CHECK_NAME].passed


@pytest.mark.parametrize("inner", [pl.Float16, pl.Float32])
def test_tables_without_rows_and_short_floats_are_sound(
    workplace: Workplace, inner: type[pl.DataType]
) -> None:
    frame = workplace.lake.read("embeddings", "a.jsonl")
    size = frame.schema["embedding"].size  # type: ignore[attr-defined]
    stored = frame.with_columns(pl.col("embedding").cast(pl.Array(inner, size)))
    refuse_faults({"embeddings": stored})
    refuse_faults({"embeddings": stored.clear()})


def test_label_tables_are_refused_too() -> None:
    with pytest.raises(StructureError, match="are missing"):
        refuse_faults({"topics": pl.DataFrame({"doc_id": ["a"], "shard": ["b"]})})


@pytest.mark.parametrize(
    ("reason", "figure"), [("near_duplicate", "near_copies"), ("exact_duplicate", "equal_words")]
)
def test_a_copy_that_survives_is_told(workplace: Workplace, reason: str, figure: str) -> None:
    planted = 0
    for shard in workplace.lake.recorded_shards("dedup_labels"):
        dropped = workplace.lake.read("dedup_clusters", shard)["drop_reason"] == reason
        planted += int(dropped.sum())
        rewrite(workplace.lake, "dedup_clusters", shard, kept=pl.col("kept") | dropped)
    assert planted
    passed, figures = look_for_copies(workplace, WHOLE_LAKE)
    assert not passed
    assert figures[figure] == planted


def test_copies_that_the_policy_keeps_are_no_fault(workplace: Workplace, tmp_path: Path) -> None:
    for shard in workplace.lake.recorded_shards("dedup_labels"):
        rewrite(workplace.lake, "dedup_clusters", shard, kept=pl.lit(True))
    assert not look_for_copies(workplace, WHOLE_LAKE)[0]
    for settings in ({"policy": "weight"}, {"enabled": False}):
        assert look_for_copies(changed(workplace, tmp_path, dedup=settings), WHOLE_LAKE)[0]
    alone = {"sources": {"*": {"enabled": False}}}
    assert look_for_copies(changed(workplace, tmp_path, dedup=alone), WHOLE_LAKE)[1]["near_copies"] == 0


def changed(workplace: Workplace, folder: Path, **sections: object) -> Workplace:
    """Return the workplace under other settings; nothing is built again."""
    assert workplace.config_path
    values = yaml.safe_load(workplace.config_path.read_text()) | sections
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(values))
    return Workplace.open(workplace.inbox_path, workplace.lake.root, path)


def test_an_evaluation_item_in_the_mixture_is_told(workplace: Workplace, tmp_path: Path) -> None:
    passed, figures = look_for_items(workplace, "a.jsonl")
    assert passed
    assert "no evaluation sets" in figures["note"]
    mixture = {
        shard: workplace.lake.read("mixture", shard) for shard in workplace.lake.recorded_shards("mixture")
    }
    shard, rows = next((shard, rows) for shard, rows in mixture.items() if rows.height)
    (tmp_path / "items.jsonl").write_text(json.dumps({"question": rows["text"][0][100:400]}))
    (tmp_path / "others.jsonl").write_text(json.dumps({"question": "nobody here has written this " * 4}))
    for name, hits in (("items", 1), ("others", 0)):
        declared = {"files": {"exam": str(tmp_path / f"{name}.jsonl")}}
        found = look_for_items(changed(workplace, tmp_path, contamination=declared), shard)
        assert found[0] == (hits == 0)
        assert found[1]["hits"] == hits


def test_a_check_that_cannot_be_made_fails_with_a_word_and_stops_nothing(workplace: Workplace) -> None:
    shutil.rmtree(workplace.lake.root / "mixture_plan")
    for check in checks_of(stage_named("mixture_plan")):
        passed, metadata = look(check, workplace, WHOLE_LAKE)
        if not passed:
            assert "FileNotFoundError" in metadata["could not be made"]
            assert metadata["what to do"]
