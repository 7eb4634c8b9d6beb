"""What Dagster knows after a run: partitions, materialisations, data versions, checks, pictures."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from small_inboxes import prose, small_files, write_jsonl

from curation_assets.definitions import definitions
from curation_assets.graph import STAGES
from curation_assets.inbox_state import saved_state
from curation_assets.orchestration import asset_factory
from curation_assets.orchestration.events import CHECK_NAME
from curation_assets.orchestration.headless import EXIT_SHARDS_FAILED, EXIT_STOPPED, run_job
from curation_assets.orchestration.instance import (
    HOME_VARIABLE,
    OtherLakeError,
    claim_from_environment,
    home_of,
    recover,
)
from curation_assets.stage import ShardStage
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_config: Path) -> Path:
    """A folder with an inbox and the lake that a first run of the job made of it."""
    folder = tmp_path_factory.mktemp("built")
    small_files(folder / "inbox")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(HOME_VARIABLE, str(folder / "lake" / "_dagster"))
        (folder / "lake" / "_dagster").mkdir(parents=True)
        assert run_job(Workplace.open(folder / "inbox", folder / "lake", tiny_config)) == 0
    return folder


@pytest.fixture
def workplace(
    tmp_path: Path, small_inbox: Path, tiny_config: Path, monkeypatch: pytest.MonkeyPatch
) -> Workplace:
    monkeypatch.setenv(HOME_VARIABLE, "")
    monkeypatch.delenv(HOME_VARIABLE)
    return Workplace.open(small_inbox, tmp_path / "lake", tiny_config)


@pytest.fixture
def instance(
    workplace: Workplace, built: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """The lake's own instance, after a first run of the job; both are copies for this test alone."""
    shutil.copytree(built / "lake", workplace.lake.root)
    (workplace.lake.root / "_dagster" / "curation_lake.txt").unlink()
    monkeypatch.setenv(HOME_VARIABLE, str(workplace.lake.root / "_dagster"))
    with dg.DagsterInstance.get() as instance:
        yield instance


def latest(instance: dg.DagsterInstance, asset: str, partition: str | None = None) -> dg.AssetMaterialization:
    key = dg.AssetKey(asset)
    event = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition else None), limit=1
    ).records[0]
    assert event.asset_materialization is not None
    return event.asset_materialization


def test_every_stage_of_every_shard_is_recorded(instance: dg.DagsterInstance, workplace: Workplace) -> None:
    shards = set(instance.get_dynamic_partitions("shards"))
    assert shards == set(workplace.inbox.shards)
    for stage in STAGES:
        if isinstance(stage, ShardStage):
            assert instance.get_materialized_partitions(dg.AssetKey(stage.name)) == shards
        else:
            assert latest(instance, stage.name).tags["dagster/data_version"]
    assert instance.get_materialized_partitions(dg.AssetKey("dedup_labels")) == shards
    assert instance.get_materialized_partitions(dg.AssetKey("mixture_labels")) == shards


def test_metadata_has_numbers_columns_and_a_picture(instance: dg.DagsterInstance) -> None:
    metadata = latest(instance, "clean_documents", "a.jsonl").metadata
    assert metadata["documents in"].value == 4
    assert metadata["dropped"].value == 1
    columns = {column.name for column in metadata["dagster/column_schema"].value.columns}
    assert {"doc_id", "drop_reason", "gopher_words"} <= columns
    pictures = [value.value for value in metadata.values() if isinstance(value, dg.MarkdownMetadataValue)]
    assert pictures
    assert all("data:image/svg+xml;base64," in picture for picture in pictures)


def test_the_conservation_check_of_each_shard_has_passed(instance: dg.DagsterInstance) -> None:
    key = dg.AssetCheckKey(dg.AssetKey("clean_documents"), CHECK_NAME)
    executions = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
    evaluations = [execution.event.dagster_event.asset_check_evaluation_data for execution in executions]
    assert {evaluation.partition for evaluation in evaluations} == set(
        instance.get_dynamic_partitions("shards")
    )
    assert all(evaluation.passed for evaluation in evaluations)


def test_a_second_run_records_nothing_new(
    instance: dg.DagsterInstance, workplace: Workplace, small_inbox: Path
) -> None:
    before = instance.get_records_for_run(instance.get_runs()[0].run_id).records
    assert before
    assert run_job(Workplace.open(small_inbox, workplace.lake.root, workplace.config_path)) == 0
    run = instance.get_runs()[0]
    kinds = {
        record.event_log_entry.dagster_event_type
        for record in instance.get_records_for_run(run.run_id).records
    }
    assert dg.DagsterEventType.ASSET_MATERIALIZATION not in kinds


def test_a_deleted_shard_leaves_the_partitions_and_a_bad_one_fails_the_run(
    instance: dg.DagsterInstance, workplace: Workplace, small_inbox: Path
) -> None:
    (small_inbox / "b.jsonl").unlink()
    (small_inbox / "bad.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00")
    again = Workplace.open(small_inbox, workplace.lake.root, workplace.config_path)
    assert run_job(again) == EXIT_SHARDS_FAILED
    assert "b.jsonl" not in instance.get_dynamic_partitions("shards")
    assert not (workplace.lake.root / "mixture" / "b.jsonl.parquet").exists()
    assert instance.get_runs()[0].status == dg.DagsterRunStatus.FAILURE
    key = dg.AssetCheckKey(dg.AssetKey("raw_documents"), CHECK_NAME)
    newest = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)[0]
    evaluation = newest.event.dagster_event.asset_check_evaluation_data
    assert evaluation.partition == "bad.jsonl.gz"
    assert not evaluation.passed


def test_one_partition_of_one_asset_can_be_materialised_by_a_click(
    instance: dg.DagsterInstance, workplace: Workplace
) -> None:
    version = latest(instance, "clean_documents", "a.jsonl").tags["dagster/data_version"]
    result = click(workplace, instance, "clean_documents", "a.jsonl")
    assert result.success
    assert latest(instance, "clean_documents", "a.jsonl").tags["dagster/data_version"] == version
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert checks == {CHECK_NAME: True, "structure": True, "drop_rates_as_before": True}


def test_the_checks_of_an_asset_over_all_shards_run_with_a_click(
    instance: dg.DagsterInstance, workplace: Workplace
) -> None:
    result = click(workplace, instance, "mixture_plan")
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert {CHECK_NAME, "structure", "budget_filled", "estimates_hold"} <= checks.keys()
    assert all(checks.values())


def test_what_a_click_has_built_is_not_told_again_by_the_next_run(
    instance: dg.DagsterInstance, workplace: Workplace
) -> None:
    (workplace.lake.root / "_state" / "clean_documents" / "a.jsonl.json").unlink()
    assert click(workplace, instance, "clean_documents", "a.jsonl").success
    run_job(Workplace.open(workplace.inbox_path, workplace.lake.root, workplace.config_path))
    metadata = latest(instance, "clean_documents", "a.jsonl").metadata
    assert any(isinstance(value, dg.MarkdownMetadataValue) for value in metadata.values()), "no picture"


def test_a_click_whose_input_is_missing_says_what_to_do(workplace: Workplace) -> None:
    with dg.instance_for_test() as instance:
        instance.add_dynamic_partitions("shards", ["a.jsonl"])
        result = click(workplace, instance, "clean_documents", "a.jsonl")
    assert not result.success
    failure = result.failure_data_for_node("clean_documents")
    assert "needs raw_documents, which has not been materialised" in str(failure.user_failure_data)


def click(
    workplace: Workplace, instance: dg.DagsterInstance, asset: str, partition: str | None = None
) -> dg.ExecuteInProcessResult:
    job = definitions(workplace).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=instance, partition_key=partition, asset_selection=[dg.AssetKey(asset)], raise_on_error=False
    )


def test_a_click_on_a_stage_over_all_shards_before_there_are_any_says_so(workplace: Workplace) -> None:
    with dg.instance_for_test() as instance:
        result = click(workplace, instance, "dedup_clusters")
    failure = result.failure_data_for_node("dedup_clusters")
    assert "materialise signatures, clean_documents for a shard first" in str(failure.user_failure_data)
    assert workplace.lake.record("dedup_clusters", WHOLE_LAKE) is None


def test_a_click_waits_for_its_turn_and_then_gives_up_with_the_reason(
    instance: dg.DagsterInstance, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_factory, "WAIT_SECONDS", 0.3)
    lake = workplace.lake
    with lake.writing():
        result = click(workplace, instance, "clean_documents", "a.jsonl")
    assert f"is being written to by process {os.getpid()}" in str(
        result.failure_data_for_node("clean_documents").user_failure_data
    )
    with lake.writing_shard("b.jsonl"):
        assert click(workplace, instance, "clean_documents", "a.jsonl").success
        for asset, partition in (("clean_documents", "b.jsonl"), ("density_sketch", None)):
            failure = click(workplace, instance, asset, partition).failure_data_for_node(asset)
            assert "is being written to by" in str(failure.user_failure_data)


def test_a_partition_key_is_never_taken_for_a_path(workplace: Workplace, tmp_path: Path) -> None:
    outside = write_jsonl(tmp_path / "x.jsonl", [prose(30)])
    key = f"../{outside.name}"
    with dg.instance_for_test() as instance:
        instance.add_dynamic_partitions("shards", [key])
        for asset in ("raw_documents", "clean_documents", "dedup_labels"):
            assert not click(workplace, instance, asset, key).success
    assert not (workplace.lake.root / "x.jsonl.parquet").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inbox", "x.jsonl"]


def test_the_instance_lies_in_the_lake_unless_the_environment_names_one(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert home_of(workplace.lake) == workplace.lake.root / "_dagster"
    assert (workplace.lake.root / "_dagster" / "dagster.yaml").is_file()
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "elsewhere"))
    assert home_of(workplace.lake) == tmp_path / "elsewhere"


def test_the_instance_of_one_lake_is_refused_to_another(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    assert home_of(workplace.lake) == home_of(workplace.lake) == tmp_path / "home"
    with pytest.raises(OtherLakeError, match="keeps the history of the lake"):
        home_of(Lake(tmp_path / "other"))


def test_an_instance_inside_a_lake_is_that_lakes_though_it_has_moved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "lake")
    monkeypatch.setenv(HOME_VARIABLE, "")
    home = home_of(lake)
    (lake.root / "_state").mkdir()
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    with pytest.raises(OtherLakeError, match=str(lake.root)):
        home_of(Lake(tmp_path / "other"))
    lake.root.rename(tmp_path / "moved")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "moved" / "_dagster"))
    assert home_of(Lake(tmp_path / "moved")) == tmp_path / "moved" / "_dagster"
    with pytest.raises(OtherLakeError, match="moved"):
        claim_from_environment(Lake(tmp_path / "other"))


def test_a_stop_says_why(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("CURATION_WORKERS", "many")
    assert run_job(workplace) == EXIT_STOPPED
    assert "CURATION_WORKERS" in capsys.readouterr().out
    monkeypatch.delenv(HOME_VARIABLE)
    (tmp_path / "file").touch()
    assert run_job(Workplace.open(workplace.inbox_path, tmp_path / "file" / "lake")) == EXIT_STOPPED
    assert "cannot be written" in capsys.readouterr().out


def test_a_run_that_verifies_mends_what_was_edited(
    instance: dg.DagsterInstance, workplace: Workplace
) -> None:
    path = workplace.lake.table_path("mixture", "a.jsonl")
    written = path.read_bytes()
    path.write_bytes(written + b"edited")
    again = Workplace.open(workplace.inbox_path, workplace.lake.root, workplace.config_path)
    assert run_job(again) == 0
    assert path.read_bytes() != written, "a plain run looks at the names of files only"
    assert run_job(again, verify=True) == 0
    assert path.read_bytes() == written


def test_a_version_that_cannot_be_kept_fails_the_run(
    instance: dg.DagsterInstance, workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(workplace.lake.root / "_versions")
    (workplace.lake.root / "_versions").write_text("not a folder")
    again = Workplace.open(workplace.inbox_path, workplace.lake.root, workplace.config_path)
    assert run_job(again) == EXIT_STOPPED
    assert "_versions" in capsys.readouterr().out
    assert instance.get_runs()[0].status == dg.DagsterRunStatus.FAILURE


def test_a_run_that_was_never_begun_is_given_up(instance: dg.DagsterInstance, workplace: Workplace) -> None:
    run = instance.create_run_for_job(definitions(workplace).resolve_job_def("curate"))
    assert recover(instance, workplace.lake) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("curation_assets.orchestration.instance.SECONDS_TO_START", -60)
        assert recover(instance, workplace.lake) == [run.run_id]
    ended = instance.get_run_by_id(run.run_id)
    assert ended is not None
    assert ended.status == dg.DagsterRunStatus.FAILURE


def test_a_click_that_changes_something_is_followed_up(
    instance: dg.DagsterInstance, workplace: Workplace
) -> None:
    assert click(workplace, instance, "clean_documents", "a.jsonl").success
    assert saved_state(workplace.lake) is not None, "the same bytes again"
    path = workplace.lake.root / "_state" / "clean_documents" / "a.jsonl.json"
    path.write_text(path.read_text().replace('"output": "', '"output": "x'))
    assert click(workplace, instance, "clean_documents", "a.jsonl").success
    assert saved_state(workplace.lake) is None
