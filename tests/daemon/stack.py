"""A real Dagster daemon on an inbox and a lake of a test's own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import dagster as dg
from dagster._core.scheduler.instigation import InstigatorTick, TickStatus

from curation_assets.orchestration.instance import home_of
from curation_assets.orchestration.job import JOB_NAME
from curation_assets.workplace import PROJECT, Workplace

Found = TypeVar("Found")
GENEROUS_SECONDS = 300.0
# The daemon as it is, but for its sensors' round, which is a second and not five.
DAEMON = (
    "from dagster._daemon import cli, sensor; sensor.MIN_INTERVAL_LOOP_TIME = 1; "
    "cli.create_dagster_daemon_cli()()"
)
Built = tuple[str, str | None]


def wait_for(look: Callable[[], Found], what: str) -> Found:
    """Return what ``look`` finds as soon as it finds something."""
    until = time.monotonic() + GENEROUS_SECONDS
    while not (found := look()):
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.2)
    return found


class Stack:
    """The daemon, its code server and its runs: one session of processes, to be killed as one."""

    def __init__(self, workplace: Workplace) -> None:
        self.workplace = workplace
        self.home = home_of(workplace.lake).resolve()
        self._hasten(self.home / "dagster.yaml")
        self.instance = dg.DagsterInstance.from_config(str(self.home))
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def _hasten(settings: Path) -> None:
        """Take a run from the queue within a second, not five, and copy no output of processes."""
        text = settings.read_text(encoding="utf-8")
        before = "concurrency:\n  runs:\n    max_concurrent_runs: 2\n"
        assert before in text
        after = "run_queue:\n  max_concurrent_runs: 2\n  dequeue_interval_seconds: 1\n"
        module = "dagster._core.storage.noop_compute_log_manager"
        after += f"compute_logs:\n  module: {module}\n  class: NoOpComputeLogManager\n"
        settings.write_text(text.replace(before, after), encoding="utf-8")

    def start(self) -> None:
        environment = {**os.environ, **self.workplace.environment(), "DAGSTER_HOME": str(self.home)}
        environment["CURATION_SENSOR_SECONDS"] = "1"
        command = [sys.executable, "-c", DAEMON, "run", "-w", str(PROJECT / "workspace.yaml")]
        with (self.home / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, cwd=self.home, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """Kill the daemon, the code server and the runs at one blow."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def runs(self) -> list[dg.RunRecord]:
        """Return the runs of the job, the oldest first."""
        return list(self.instance.get_run_records(dg.RunsFilter(job_name=JOB_NAME), ascending=True))

    def finished_run(self, number: int) -> dg.RunRecord:
        """Wait until the job's run with this number (from 0) has ended."""
        return wait_for(lambda: self._finished(number), f"run {number}")

    def _finished(self, number: int) -> dg.RunRecord | None:
        runs = self.runs()
        return runs[number] if len(runs) > number and runs[number].dagster_run.is_finished else None

    def built(self, run: dg.RunRecord) -> set[Built]:
        """Return (asset, partition) of everything that a run has materialised."""
        records = self.instance.get_records_for_run(
            run.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
        ).records
        events = [record.event_log_entry.asset_materialization for record in records]
        return {(event.asset_key.to_user_string(), event.partition) for event in events if event}

    def next_look(self) -> InstigatorTick:
        """Wait for a look at the inbox that begins from now on; return how it ended."""
        now = time.time()
        return wait_for(lambda: self._look_after(now), "a look at the inbox")

    def _look_after(self, moment: float) -> InstigatorTick | None:
        for state in self.instance.all_instigator_state():
            for tick in self.instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1):
                if tick.timestamp > moment and tick.status != TickStatus.STARTED:
                    return tick
        return None
