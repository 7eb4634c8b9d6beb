"""Runs the graph from the command line: in this process, recorded in the lake's Dagster instance."""

import gc
import os
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from rich.console import Console

from curation_assets import runner
from curation_assets.console import VisibleConsole
from curation_assets.definitions import definitions
from curation_assets.graph import STAGES, stage_named
from curation_assets.inspection.budget import budget_told
from curation_assets.mixture.manifest import MANIFEST_FILE
from curation_assets.orchestration.instance import (
    HOME_VARIABLE,
    OtherLakeError,
    home_of,
    report_orphaned_runs,
)
from curation_assets.orchestration.job import JOB_NAME, LOOK, UNTIL_TAG, VERIFY_TAG, step_of
from curation_assets.reporting import REPORTER
from curation_assets.runner import StageSummary
from curation_assets.stage import Stage
from curation_assets.terminal import TerminalReporter, reasons_table, summary_table
from curation_assets.workplace import PROJECT, Workplace
from resources.lock import LakeBusyError

EXIT_STOPPED, EXIT_SHARDS_FAILED = 1, 3
EXIT_BY_SIGNAL = 128  # and the number of the signal: 130 for Ctrl-C, 143 for SIGTERM


def run_job(workplace: Workplace, *, verify: bool = False, until: str | None = None) -> int:
    """Run the job ``curate`` and print what it did; return the exit code of the command.

    With ``verify`` every file of inbox and lake is read, as by night. With ``until`` no stage after
    that one is built; a shard that is gone or fails is taken out of all stages none the less.

    Raises:
        KeyError: there is no stage of the name ``until``.
    """
    console, steps = VisibleConsole(), _steps(until)
    try:
        os.environ[HOME_VARIABLE] = str(home_of(workplace.lake).resolve())
    except OtherLakeError as error:
        return _stopped(console, [str(error)])
    except OSError as error:
        return _stopped(console, [f"the lake {workplace.lake.root} cannot be written: {error}"])
    unseen = runner.shards_out_of_sight(workplace)
    with dg.DagsterInstance.get() as instance:
        try:
            with workplace.lake.writing():
                report_orphaned_runs(instance, workplace.lake)
        except LakeBusyError as error:
            return _stopped(console, [str(error)])
        reporter = TerminalReporter(console)
        token = REPORTER.set(reporter)
        try:
            with _noted_signals() as signals:
                result = _execute(workplace, instance, verify, until if steps else None, steps)
        except KeyboardInterrupt:
            return _interrupted(console, signal.SIGINT)
        finally:
            REPORTER.reset(token)
    if signals and not result.success:
        return _interrupted(console, signals[0])
    if not result.success and len(reporter.summaries) < len(_stages(until)):
        return _stopped(console, [f"its log: run {result.run_id} in the UI", *_causes(result)])
    code = _conclude(console, workplace, reporter.summaries, unseen, until)
    return code if code or result.success else _stopped(console, _causes(result))


def _stages(until: str | None) -> Sequence[Stage]:
    return STAGES[: STAGES.index(stage_named(until)) + 1] if until else STAGES


def _steps(until: str | None) -> list[str] | None:
    """Return the steps of the job that build the stages up to this one, or None for the whole job."""
    stages = _stages(until)
    return None if stages == STAGES else [LOOK, *map(step_of, stages)]


@contextmanager
def _noted_signals() -> Iterator[bytearray]:
    """Note which signals arrive: Dagster handles SIGINT and SIGTERM as if they were one."""
    noted = bytearray()
    if threading.current_thread() is not threading.main_thread():
        yield noted
        return
    here, there = socket.socketpair()
    with here, there:
        for end in (here, there):
            end.setblocking(False)
        before = signal.set_wakeup_fd(there.fileno())
        try:
            yield noted
        finally:
            signal.set_wakeup_fd(before)
            with suppress(BlockingIOError):
                noted += bytes(n for n in here.recv(64) if n in (signal.SIGINT, signal.SIGTERM))


def _interrupted(console: Console, number: int) -> int:
    console.print("Interrupted; what is finished is kept, and the same command goes on from there.")
    return EXIT_BY_SIGNAL + number


def _stopped(console: Console, reasons: Sequence[str]) -> int:
    console.print("The run stopped.", style="red")
    for reason in reasons:
        console.print(reason, style="red", markup=False, highlight=False, soft_wrap=True)
    return EXIT_STOPPED


def _causes(result: dg.ExecuteInProcessResult) -> list[str]:
    """Return the innermost error of every step that failed, or else of the run; each once."""
    steps = [event.step_failure_data for event in result.get_step_failure_events()]
    others = [event.event_specific_data for event in result.all_events]
    return list(dict.fromkeys(filter(None, map(_cause, steps or others))))


def _cause(data: object) -> str:
    told = getattr(data, "user_failure_data", None)
    if told and told.description:
        return str(told.description)
    error = getattr(data, "error", None)
    while error and error.cause:
        error = error.cause
    return str(error.message).strip() if error else ""


def _execute(
    workplace: Workplace,
    instance: dg.DagsterInstance,
    verify: bool,
    until: str | None,
    steps: list[str] | None,
) -> dg.ExecuteInProcessResult:
    job = definitions(workplace).resolve_job_def(JOB_NAME)
    tags = {
        "curation/command": "curate run",
        **({VERIFY_TAG: "true"} if verify else {}),
        **({UNTIL_TAG: until} if until else {}),
    }
    gc.freeze()  # the definitions live as long as the run, and need not be looked through again and again
    try:
        return job.execute_in_process(
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            instance=instance,
            raise_on_error=False,
            op_selection=steps,
            tags=tags,
        )
    finally:
        gc.unfreeze()


def _conclude(
    console: Console,
    workplace: Workplace,
    summaries: list[StageSummary],
    unseen: Mapping[str, str],
    until: str | None,
) -> int:
    console.print(summary_table(summaries))
    console.print("seconds: of all workers together; built: shards that were not up to date before")
    console.print(reasons_table(summaries))
    failures = {
        f"{summary.stage} of {shard}": why for summary in summaries for shard, why in summary.failed.items()
    } | {f"{shard} stays as it was, since it may be there still": why for shard, why in unseen.items()}
    for what, why in sorted(failures.items()):
        console.print(f"failed: {what}: {why}", style="red", markup=False, highlight=False)
    for path, reason in workplace.inbox.ignored:
        console.print(f"ignored: {path}: {reason}", style="yellow", markup=False, highlight=False)
    if _steps(until):
        console.print(f"No stage after {until} was built; curate status says which are stale.")
    else:
        _say_where(console, workplace)
    return EXIT_SHARDS_FAILED if failures else 0


def _say_where(console: Console, workplace: Workplace) -> None:
    lake = _short(workplace.lake.root)
    lines = [
        *budget_told(workplace.lake),
        f"The mixture:   {lake}/mixture/*.parquet and {lake}/mixture_jsonl/*.jsonl",
        f"What is in it: {lake}/{MANIFEST_FILE}",
        f"Every verdict: {lake}/ledger/*.parquet",
        f"Look around:   {_command()} dev --lake {shlex.quote(lake)}",
    ]
    if not workplace.inbox.shards:
        lines.insert(0, f"The inbox {workplace.inbox_path} has no shards, so the mixture is empty.")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _command() -> str:
    """Return how ``curate`` is called from here, whether or not its environment is activated."""
    installed = Path(sys.executable).with_name("curate")
    return _short(installed) if installed.is_file() else "curate"


def _short(path: Path) -> str:
    resolved = path.resolve()
    return str(resolved.relative_to(Path.cwd())) if resolved.is_relative_to(Path.cwd()) else str(resolved)


def serve(workplace: Workplace, port: int) -> None:
    """Replace this process by ``dagster dev`` on localhost, on the lake's own instance."""
    try:
        home = home_of(workplace.lake).resolve()
    except OtherLakeError as error:
        sys.exit(str(error))
    os.environ.update({**workplace.environment(), HOME_VARIABLE: str(home)})
    with dg.DagsterInstance.get() as instance, suppress(LakeBusyError), workplace.lake.writing():
        report_orphaned_runs(instance, workplace.lake)
    workspace = str(PROJECT / "workspace.yaml")
    command = ["-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port), "-w", workspace]
    # Anywhere else: in the project, Dagster would warn of the dagster.yaml that it does not use.
    os.chdir(home)
    os.execv(sys.executable, [sys.executable, *command])
