"""Connections that stay open: the same log in the same files as without."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from curation_assets.orchestration.event_storage import connections_kept_open


@dg.op
def two_shards(context: dg.OpExecutionContext) -> None:
    for shard in ("a", "b"):
        context.log_event(
            dg.AssetMaterialization("text", partition=shard, tags={"dagster/data_version": shard})
        )
        check = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey("text"), check_name="conserved", passed=shard == "a", partition=shard
        )
        context.log_event(check)  # type: ignore[arg-type]


@dg.job(executor_def=dg.in_process_executor)
def writes() -> None:
    two_shards()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def run(instance: dg.DagsterInstance) -> list[tuple[str | None, str | None]]:
    """Run the job; return what another instance reads of its log."""
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    run_id = writes.execute_in_process(instance=instance, run_config=quiet).run_id
    with dg.DagsterInstance.from_ref(instance.get_ref()) as other:
        events = [entry.dagster_event for entry in other.all_logs(run_id)]
    return [(event.event_type_value, event.partition) for event in events if event]


def test_the_log_is_the_same(instance: dg.DagsterInstance) -> None:
    plain = run(instance)
    with connections_kept_open(instance):
        kept = run(instance)
        assert instance.get_materialized_partitions(dg.AssetKey("text")) == {"a", "b"}
    assert ("ASSET_MATERIALIZATION", "b") in kept
    assert plain == kept == run(instance)


def test_nothing_stays_open_afterwards(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    with connections_kept_open(instance):
        run(instance)
        assert open_files(tmp_path)
    assert not open_files(tmp_path)


def open_files(folder: Path) -> set[str]:
    links = (path for path in Path("/proc/self/fd").iterdir() if path.exists())
    return {target for link in links if (target := str(link.readlink())).startswith(str(folder / "history"))}


def test_threads_share_them(instance: dg.DagsterInstance) -> None:
    def report(shard: int) -> None:
        instance.report_runless_asset_event(dg.AssetMaterialization("text", partition=str(shard)))

    with connections_kept_open(instance), ThreadPoolExecutor(4) as threads:
        list(threads.map(report, range(40)))
    assert instance.get_materialized_partitions(dg.AssetKey("text")) == {str(shard) for shard in range(40)}


def test_an_instance_without_files_is_left_alone() -> None:
    with dg.DagsterInstance.ephemeral() as instance, connections_kept_open(instance):
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        assert writes.execute_in_process(instance=instance, run_config=quiet).success
