"""When the inbox sensor and the nightly schedule start a run, and when they do not."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.events import DagsterEvent
from fake_stages import do_not_wait_for_the_disk
from small_inboxes import prose, write_jsonl

from curation_assets import engine, inbox_state, runner
from curation_assets.inbox_state import forget_state, save_state, state_built, state_now
from curation_assets.orchestration.asset_factory import WorkplaceResource
from curation_assets.orchestration.automation import Asked, inbox_sensor, nightly_reconcile, why_not
from curation_assets.orchestration.instance import recover
from curation_assets.orchestration.job import VERIFY_TAG, curate
from curation_assets.shards.stage import RAW_DOCUMENTS
from curation_assets.workplace import Workplace
from resources import hash_memory
from resources.processes import is_alive

STARTED, FAILED, CANCELED = (
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
)


class House:
    """An inbox of two shards, a lake, and a Dagster instance; runs are played, not run."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.folder, self.inbox, self.instance = folder, folder / "inbox", instance
        self.config = folder / "curation.yaml"
        self.settings({"mixture": {"minimum_rank": 0.0}})
        for name in ("a", "b"):
            write_jsonl(self.inbox / f"{name}.jsonl", [prose(ord(name))])
        self.cursor: str | None = None

    def settings(self, values: dict[str, object], comment: str = "") -> None:
        self.config.write_text(comment + yaml.safe_dump(values), encoding="utf-8")

    def open(self) -> Workplace:
        return Workplace.open(self.inbox, self.folder / "lake", self.config)

    def look(self) -> dg.RunRequest | dg.SkipReason:
        """Let the sensor look once."""
        resource = WorkplaceResource(
            inbox=str(self.inbox), lake=str(self.folder / "lake"), config=str(self.config)
        )
        context = dg.build_sensor_context(
            instance=self.instance, resources={"workplace": resource}, cursor=self.cursor
        )
        found = inbox_sensor(context)
        self.cursor = context.cursor
        assert isinstance(found, dg.RunRequest | dg.SkipReason)
        return found

    def asks(self) -> bool:
        return isinstance(self.look(), dg.RunRequest)

    def why(self) -> str:
        found = self.look()
        assert isinstance(found, dg.SkipReason)
        return str(found.skip_message)

    def build(self) -> None:
        """Do what a run does as far as the sensor can see: begin, read every shard, end."""
        place = self.open()
        forget_state(place.lake)
        runner.prune(place)
        for shard in place.inbox.shards:
            engine.build_shard(RAW_DOCUMENTS, place, shard)
        save_state(place)

    def run(self, status: dg.DagsterRunStatus, process: int | None = None) -> dg.DagsterRun:
        """Note a run of the job in the instance; one that has started names its process."""
        run = self.instance.create_run_for_job(curate, status=status)
        if process:
            event = DagsterEvent(
                dg.DagsterEventType.RUN_START.value, job_name=run.job_name, message="", pid=process
            )
            self.instance.report_dagster_event(event, run.run_id)
        return run


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    do_not_wait_for_the_disk(monkeypatch)
    with dg.DagsterInstance.ephemeral() as instance:
        yield House(tmp_path, instance)


@pytest.fixture
def built(house: House) -> House:
    house.build()
    return house


def test_a_lake_that_was_never_built_is_built_and_one_that_is_up_to_date_is_left(house: House) -> None:
    assert house.asks()
    house.build()
    assert house.why() == "the lake is up to date with the inbox and the settings"


def test_the_state_is_the_same_before_and_after_a_run(built: House) -> None:
    assert state_now(built.open()) == state_built(built.open())


def test_a_touch_the_same_bytes_and_a_comment_start_nothing(built: House) -> None:
    file = built.inbox / "a.jsonl"
    os.utime(file)
    assert not built.asks()
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data)
    assert not built.asks()
    built.settings({"mixture": {"minimum_rank": 0.0}, "compute": {"workers": 2}}, comment="# a word\n")
    assert not built.asks()


CHANGES = {
    "new shard": lambda house: write_jsonl(house.inbox / "c.jsonl", [prose(9)]),
    "changed shard": lambda house: write_jsonl(house.inbox / "a.jsonl", [prose(9)]),
    "deleted shard": lambda house: (house.inbox / "a.jsonl").unlink(),
    "renamed shard": lambda house: (house.inbox / "a.jsonl").rename(house.inbox / "z.jsonl"),
    "exchanged shards": lambda house: exchange(house.inbox / "a.jsonl", house.inbox / "b.jsonl"),
    "threshold": lambda house: house.settings({"mixture": {"minimum_quality": 0.5}}),
    "cleaning threshold": lambda house: house.settings({"cleaning": {"language": {"minimum_score": 0.9}}}),
}


def exchange(one: Path, other: Path) -> None:
    bytes_of_one = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(bytes_of_one)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_content_starts_a_run_and_no_second_one_after_it(built: House, change: str) -> None:
    CHANGES[change](built)
    assert built.asks()
    built.build()
    assert not built.asks()


def test_a_state_that_was_there_before_is_built_again(built: House) -> None:
    first = (built.inbox / "a.jsonl").read_bytes()
    for _ in range(2):
        write_jsonl(built.inbox / "a.jsonl", [prose(9)])
        assert built.asks()
        built.build()
        (built.inbox / "a.jsonl").write_bytes(first)
        assert built.asks()
        built.build()
        assert not built.asks()


def test_a_file_that_changes_back_while_it_is_read_is_read_again(built: House) -> None:
    """The run read other bytes than those that lie there now, though they lay there when it was asked for."""
    first = (built.inbox / "a.jsonl").read_bytes()
    write_jsonl(built.inbox / "a.jsonl", [prose(9)])
    built.build()
    (built.inbox / "a.jsonl").write_bytes(first)
    assert built.asks()


def test_a_change_during_a_run_is_taken_up_after_it(built: House) -> None:
    run = built.run(dg.DagsterRunStatus.STARTING)
    write_jsonl(built.inbox / "c.jsonl", [prose(9)])
    assert "in progress" in built.why()
    built.instance.report_run_failed(run)
    assert built.asks()


def test_a_run_that_ended_with_a_failed_shard_is_not_started_again_for_the_same_files(built: House) -> None:
    (built.inbox / "bad.parquet").write_bytes(b"no")
    assert built.asks()
    built.build()
    built.run(FAILED)
    assert not built.asks()
    (built.inbox / "bad.parquet").write_bytes(b"still not")
    assert built.asks()


def test_a_file_that_cannot_be_read_is_not_tried_again_and_again(
    built: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> str:
        raise PermissionError(path)

    write_jsonl(built.inbox / "a.jsonl", [prose(9)])
    with monkeypatch.context() as patch:
        patch.setattr(hash_memory, "hash_file", refused)
        assert built.asks()
        built.build()
        assert not built.asks()
    assert built.asks()


def test_a_folder_that_cannot_be_seen_is_no_reason_to_run_again_and_again(built: House) -> None:
    write_jsonl(built.inbox / "sub" / "c.jsonl", [prose(9)])
    built.build()
    shutil.move(built.inbox / "sub", built.folder / "elsewhere")
    (built.inbox / "sub").symlink_to(built.inbox / "sub")  # a loop: nobody can look into it
    assert len(built.open().inbox.shards) == 2
    assert "up to date" in built.why()


def test_a_run_that_was_killed_is_started_again_at_once_and_then_later_and_later(built: House) -> None:
    forget_state(built.open().lake)
    assert built.asks()
    built.run(FAILED)
    assert built.asks()
    assert "another is started in" in built.why()
    write_jsonl(built.inbox / "a.jsonl", [prose(9)])
    assert built.asks(), "something else may well succeed"


def test_the_wait_after_stopped_runs_doubles_up_to_an_hour() -> None:
    asked = Asked()
    waits = []
    for _ in range(9):
        asked = asked.again("state", now=0.0)
        times = (second for second in range(10_000) if not why_not("state", None, asked, FAILED, second))
        waits.append(next(times))
    assert waits == [0, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_run_that_somebody_cancelled_is_not_started_again_until_something_changes(built: House) -> None:
    write_jsonl(built.inbox / "a.jsonl", [prose(9)])
    assert built.asks()
    forget_state(built.open().lake)
    built.run(CANCELED)
    assert "was cancelled" in built.why()
    write_jsonl(built.inbox / "a.jsonl", [prose(10)])
    assert built.asks()


def test_an_inbox_that_is_suddenly_empty_starts_nothing(built: House) -> None:
    for file in built.inbox.glob("*"):
        file.unlink()
    assert "is a folder not mounted?" in built.why()


def test_more_than_a_look_can_read_is_left_to_the_run(built: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(path: Path) -> str:
        raise AssertionError(f"{path} was read")

    write_jsonl(built.inbox / "a.jsonl", [prose(9)])
    monkeypatch.setattr(inbox_state, "BYTES_HASHED_PER_LOOK", 10)
    with monkeypatch.context() as patch:
        patch.setattr(hash_memory, "hash_file", unread)
        assert built.asks()


def test_the_cursor_of_another_version_is_as_good_as_none(built: House) -> None:
    built.cursor = "6f1ed002ab5595859014ebf0951522d9"
    assert not built.asks()
    forget_state(built.open().lake)
    assert built.asks()


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize("status", [STARTED, dg.DagsterRunStatus.CANCELING])
def test_a_run_whose_process_is_gone_is_reported_and_the_lake_built_again(
    built: House, status: dg.DagsterRunStatus
) -> None:
    run = built.run(STARTED, ended_process())
    if status != STARTED:
        built.instance.report_run_canceling(run)
    assert built.asks()
    now = built.instance.get_run_by_id(run.run_id)
    assert now is not None
    assert now.status == (FAILED if status == STARTED else CANCELED)


def test_a_run_whose_process_lives_or_has_not_begun_is_left_alone(built: House) -> None:
    runs = [built.run(STARTED, os.getpid()), built.run(dg.DagsterRunStatus.STARTING)]
    assert "in progress" in built.why()
    assert not any(
        run.is_finished for run in map(built.instance.get_run_by_id, [r.run_id for r in runs]) if run
    )


def test_no_run_is_reported_while_somebody_writes_to_the_lake(built: House) -> None:
    """The number of a process says nothing of a run in another container; the lock does."""
    run = built.run(STARTED, ended_process())
    lake = built.open().lake
    with lake.writing_shard("a.jsonl"):
        assert recover(built.instance, lake) == []
    assert recover(built.instance, lake) == [run.run_id]


def test_a_click_that_was_killed_is_reported_and_leaves_no_lake_that_counts_as_up_to_date(
    built: House,
) -> None:
    run = built.instance.create_run_for_job(click_job(), status=STARTED)
    event = DagsterEvent("PIPELINE_START", job_name=run.job_name, message="", pid=ended_process())
    built.instance.report_dagster_event(event, run.run_id)
    assert built.asks()
    assert built.instance.get_runs(dg.RunsFilter(statuses=[FAILED]))[0].run_id == run.run_id


def click_job() -> dg.JobDefinition:
    @dg.job
    def another() -> None:
        pass

    return another


def test_a_process_is_told_from_a_later_one_of_the_same_number() -> None:
    assert is_alive(os.getpid(), time.time())
    assert not is_alive(os.getpid(), heard_at=1_000_000.0)
    assert not is_alive(ended_process(), time.time())


def test_a_process_that_nobody_has_waited_for_is_gone() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.read()
    deadline = time.monotonic() + 60
    while is_alive(process.pid, time.time()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(process.pid, time.time())
    process.wait()


def test_each_night_everything_is_verified_unless_a_run_is_in_progress(tmp_path: Path) -> None:
    with dg.instance_for_test() as instance:  # a schedule opens it by reference
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=datetime(2026, 1, 1, 3, tzinfo=UTC)
        )
        request = nightly_reconcile(context)
        assert isinstance(request, dg.RunRequest)
        assert request.tags[VERIFY_TAG] == "true"
        House(tmp_path, instance).run(STARTED, os.getpid())
        assert isinstance(nightly_reconcile(context), dg.SkipReason)
