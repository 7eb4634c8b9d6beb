"""What becomes of the rest when a shard fails, a run is killed or a file of the lake is damaged."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from fake_stages import do_not_wait_for_the_disk
from lake_files import tables
from small_inboxes import prose, small_files, write_jsonl

from curation_assets.cleaning.stage import CLEAN_DOCUMENTS
from curation_assets.definitions import definitions
from curation_assets.graph import STAGES
from curation_assets.inbox_state import saved_state
from curation_assets.orchestration.automation import inbox_sensor
from curation_assets.orchestration.events import CHECK_NAME
from curation_assets.orchestration.headless import EXIT_SHARDS_FAILED, run_job
from curation_assets.orchestration.instance import HOME_VARIABLE
from curation_assets.orchestration.job import JOB_NAME, VERIFY_TAG
from curation_assets.runner import build_everything
from curation_assets.shards.stage import RAW_DOCUMENTS
from curation_assets.stage import LakeStage, ShardStage
from curation_assets.workplace import Workplace
from resources import hash_memory
from resources.compute import Compute
from resources.records import Counts

B = "b.jsonl"
Built = tuple[str, str | None]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, tiny_config: Path) -> Path:
    """A folder with an inbox and the lake that a first run of the job made of it."""
    folder = tmp_path_factory.mktemp("prepared")
    small_files(folder / "inbox")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(HOME_VARIABLE, "")
        environment.delenv(HOME_VARIABLE)
        assert run_job(Workplace.open(folder / "inbox", folder / "lake", tiny_config)) == 0
    return folder


@pytest.fixture
def place(
    tmp_path: Path, prepared: Path, tiny_config: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Workplace]:
    """Open a copy of the lake and its inbox, as a new process would."""
    do_not_wait_for_the_disk(monkeypatch)
    shutil.copytree(prepared, tmp_path / "place")
    monkeypatch.setenv(HOME_VARIABLE, "")
    monkeypatch.delenv(HOME_VARIABLE)
    folder = tmp_path / "place"
    return lambda: Workplace.open(folder / "inbox", folder / "lake", tiny_config)


@pytest.fixture
def instance(place: Callable[[], Workplace]) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(place().lake.root / "_dagster")) as instance:
        yield instance


def events(instance: dg.DagsterInstance, kind: dg.DagsterEventType) -> list[dg.DagsterEvent]:
    """Return the events of one kind of the newest run."""
    records = instance.get_records_for_run(instance.get_runs()[0].run_id, of_type=kind).records
    found = [record.event_log_entry.dagster_event for record in records]
    return [event for event in found if event]


def materialised(instance: dg.DagsterInstance) -> set[Built]:
    found = events(instance, dg.DagsterEventType.ASSET_MATERIALIZATION)
    return {(event.asset_key.to_user_string(), event.partition) for event in found if event.asset_key}


def failed_checks(instance: dg.DagsterInstance) -> set[Built]:
    found = events(instance, dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = [event.asset_check_evaluation_data for event in found]
    return {
        (evaluation.asset_key.to_user_string(), evaluation.partition)
        for evaluation in evaluations
        if evaluation.check_name == CHECK_NAME and not evaluation.passed
    }


def lose_a_document(monkeypatch: pytest.MonkeyPatch, stage: ShardStage, shard: str, after: int = 0) -> None:
    """Let the recount of one shard find a document too few, from its call number ``after`` on."""
    count, calls = stage.count, iter(range(1000))

    def wrong(workplace: Workplace, counted: str) -> Counts:
        counts = count(workplace, counted)
        if counted != shard or next(calls) < after:
            return counts
        return counts.model_copy(update={"rows_in": counts.rows_in + 1})

    monkeypatch.setitem(vars(stage), "count", wrong)


def test_a_shard_whose_blocking_check_fails_holds_back_its_downstream_and_nobody_elses(
    place: Callable[[], Workplace], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = place().inbox_path
    for name in ("a", "b"):
        write_jsonl(inbox / f"{name}.jsonl", [prose(40 + ord(name)), prose(41 + ord(name))], source="web")
    with monkeypatch.context() as patch:
        lose_a_document(patch, CLEAN_DOCUMENTS, B)
        assert run_job(place()) == EXIT_SHARDS_FAILED
    assert failed_checks(instance) == {("clean_documents", B)}
    built = materialised(instance)
    by_shard = {stage.name for stage in STAGES if isinstance(stage, ShardStage)}
    labels = {stage.labels for stage in STAGES if isinstance(stage, LakeStage) and stage.labels}
    assert {asset for asset, shard in built if shard == B} == {"raw_documents"}
    assert {asset for asset, shard in built if shard == "a.jsonl"} == by_shard | labels
    assert {asset for asset, shard in built if shard is None} >= {"dedup_clusters", "mixture_manifest"}
    without = {path for path in tables(place().lake.root) if B in path}
    assert without == {f"raw_documents/{B}.parquet", f"quarantine/{B}.parquet"}
    assert run_job(place()) == 0
    assert {asset for asset, shard in materialised(instance) if shard == B} == (by_shard | labels) - {
        "raw_documents"
    }
    assert tables(place().lake.root) == from_nothing(place())


def from_nothing(workplace: Workplace) -> dict[str, str]:
    """Return the files of the lake that is built from nothing for the same inbox and settings."""
    lake = workplace.lake.root.with_name("scratch")
    build_everything(Workplace.open(workplace.inbox_path, lake, workplace.config_path), Compute(1))
    return tables(lake)


def test_a_click_does_not_go_on_from_an_asset_whose_blocking_check_fails(
    place: Callable[[], Workplace], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = definitions(place()).resolve_implicit_global_asset_job_def()

    def click(shard: str) -> bool:
        selection = [dg.AssetKey("raw_documents"), dg.AssetKey("clean_documents")]
        done = job.execute_in_process(
            instance=instance, partition_key=shard, asset_selection=selection, raise_on_error=False
        )
        return done.success

    lose_a_document(monkeypatch, RAW_DOCUMENTS, B, after=1)  # the build finds it there, the check does not
    assert not click(B)
    assert materialised(instance) == {("raw_documents", B)}
    assert failed_checks(instance) == {("raw_documents", B)}
    assert click("a.jsonl")
    assert materialised(instance) == {("raw_documents", "a.jsonl"), ("clean_documents", "a.jsonl")}


def start(workplace: Workplace) -> "subprocess.Popen[str]":
    """Start ``curate run`` as a process of its own."""
    arguments = ["--inbox", workplace.inbox_path, "--lake", workplace.lake.root]
    arguments += ["--config", str(workplace.config_path)]
    return subprocess.Popen(
        [sys.executable, "-m", "curation_assets.cli", "run", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def stop_in_the_middle(workplace: Workplace, number: signal.Signals) -> tuple[int, str]:
    """Start a run for new shards and send it a signal when it has read the first of them."""
    for shard in range(3):
        write_jsonl(workplace.inbox_path / f"n{shard}.jsonl", [prose(200 + shard)])
    process = start(workplace)
    deadline = time.monotonic() + 120
    while not workplace.lake.record("raw_documents", "n0.jsonl") and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(number)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def test_a_killed_run_is_reported_and_the_next_one_completes_the_lake(
    place: Callable[[], Workplace], instance: dg.DagsterInstance
) -> None:
    code, _ = stop_in_the_middle(place(), signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert instance.get_runs()[0].status == dg.DagsterRunStatus.STARTED
    assert saved_state(place().lake) is None
    workspace = definitions(place())
    resources = {"workplace": (workspace.resources or {})["workplace"]}
    assert isinstance(
        inbox_sensor(dg.build_sensor_context(instance=instance, resources=resources)), dg.RunRequest
    )
    assert instance.get_runs()[0].status == dg.DagsterRunStatus.FAILURE
    assert run_job(place()) == 0
    assert tables(place().lake.root) == from_nothing(place())
    assert isinstance(
        inbox_sensor(dg.build_sensor_context(instance=instance, resources=resources)), dg.SkipReason
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_interrupted_says_so_and_lets_go_of_the_lake(
    place: Callable[[], Workplace], instance: dg.DagsterInstance, number: signal.Signals, code: int
) -> None:
    returned, output = stop_in_the_middle(place(), number)
    assert returned == code, output
    assert "Traceback" not in output
    assert "Interrupted; what is finished is kept" in output
    assert instance.get_runs()[0].status == dg.DagsterRunStatus.FAILURE
    with place().lake.writing():
        assert not list(place().lake.root.rglob("*.tmp"))


DAMAGED = ["clean_documents/a.jsonl.parquet", "mixture_jsonl/a.jsonl.jsonl", "dedup_clusters/a.jsonl.parquet"]


def test_a_run_that_verifies_builds_damaged_files_again(
    place: Callable[[], Workplace], instance: dg.DagsterInstance
) -> None:
    workplace = place()
    before = tables(workplace.lake.root)
    (workplace.lake.root / DAMAGED[0]).write_bytes(b"damaged")
    (workplace.lake.root / DAMAGED[1]).write_bytes(b"damaged")
    pl.DataFrame({"doc_id": ["x"]}).write_parquet(workplace.lake.root / DAMAGED[2])
    assert run_job(place()) == 0
    assert tables(workplace.lake.root) != before, "a run that trusts the file system sees nothing"
    job = definitions(place()).resolve_job_def(JOB_NAME)
    assert job.execute_in_process(instance=instance, tags={VERIFY_TAG: "true"}).success
    assert tables(workplace.lake.root) == before
    told = [entry.user_message for entry in instance.all_logs(instance.get_runs()[0].run_id)]
    assert {line for line in told if "as it was written" in line} == {
        f"{path} is not as it was written; it is built again" for path in DAMAGED
    }


def test_a_run_that_verifies_reads_every_file_of_the_inbox(
    place: Callable[[], Workplace], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not believe a memory that is wrong, as after bytes that changed without the file's times."""
    monkeypatch.setattr(hash_memory, "_SETTLED_NANOSECONDS", 0)
    workplace = place()
    memory = workplace.lake.root / "_state" / "file_hashes.json"
    digest = workplace.hashes.hash_of(workplace.inbox_path / B)
    workplace.remember_hashes()
    memory.write_text(memory.read_text(encoding="utf-8").replace(digest, "0" * 32), encoding="utf-8")
    assert place().hashes.hash_of(workplace.inbox_path / B) == "0" * 32
    job = definitions(place()).resolve_job_def(JOB_NAME)
    assert job.execute_in_process(instance=instance, tags={VERIFY_TAG: "true"}).success
    assert materialised(instance) == set()
    assert place().hashes.hash_of(workplace.inbox_path / B) == digest
