"""The Dagster instance of a lake: where the runs, events and schedules of its graph are kept."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from curation_assets.inbox_state import forget_state
from curation_assets.workplace import PROJECT
from resources.lake import Lake
from resources.lock import LakeBusyError
from resources.processes import is_alive

HOME_VARIABLE = "DAGSTER_HOME"
SECONDS_TO_START = 300
"""After so long a run that was created and not begun is given up: its creator was killed."""
IN_LAKE, OWNER_FILE = "_dagster", "curation_lake.txt"


class OtherLakeError(RuntimeError):
    """The Dagster instance that DAGSTER_HOME names keeps the history of another lake."""


def home_of(lake: Lake) -> Path:
    """Return the folder of the lake's Dagster instance; an instance named by DAGSTER_HOME goes first.

    A new instance gets the project's dagster.yaml; one that is there is left as it is. An instance
    belongs to one lake, since its partitions are the shards of that lake.

    Raises:
        OtherLakeError: DAGSTER_HOME names the instance of another lake.
    """
    home, named = lake.root / IN_LAKE, os.environ.get(HOME_VARIABLE)
    if named and Path(named).resolve() != home.resolve():
        claim(Path(named), lake)
        return Path(named)
    home.mkdir(parents=True, exist_ok=True)
    _sign(home, lake)
    settings = home / "dagster.yaml"
    if not settings.is_file():
        template = PROJECT / "dagster.yaml"
        if template.is_file():
            shutil.copyfile(template, settings)
        else:
            settings.write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    return home


def claim(home: Path, lake: Lake) -> None:
    """Write down in an instance which lake it belongs to, or refuse if it is another's.

    Raises:
        OtherLakeError: it is another's.
    """
    owner, mine = home / OWNER_FILE, lake.root.resolve()
    in_lake = home.resolve().name == IN_LAKE and (home.parent / "_state").is_dir()
    known = owner.read_text(encoding="utf-8").strip() if owner.is_file() else ""
    other = str(home.resolve().parent) if in_lake else known
    if other not in ("", str(mine)):
        raise OtherLakeError(
            f"{HOME_VARIABLE}={home} keeps the history of the lake {other}: unset it, or name another folder"
        )
    home.mkdir(parents=True, exist_ok=True)
    _sign(home, lake)


def claim_from_environment(lake: Lake) -> None:
    """Claim the instance of this process, however it was started, see ``claim``."""
    named = os.environ.get(HOME_VARIABLE)
    if named and Path(named).resolve() != (lake.root / IN_LAKE).resolve():
        claim(Path(named), lake)


def _sign(home: Path, lake: Lake) -> None:
    (home / OWNER_FILE).write_text(f"{lake.root.resolve()}\n", encoding="utf-8")


def recover(instance: dg.DagsterInstance, lake: Lake) -> list[str]:
    """Report runs whose process is gone as failed, unless the lake is being written to; return their ids.

    They were killed before they could say so. Dagster itself notices only while the process that started
    them lives. One that was created and never begun is given up, too. For STARTING and QUEUED runs it is
    enough to wait: the daemon starts them or gives them up.
    """
    if not _orphans(instance):
        return []
    try:
        with lake.writing():
            return report_orphaned_runs(instance, lake)
    except LakeBusyError:
        return []


def report_orphaned_runs(instance: dg.DagsterInstance, lake: Lake) -> list[str]:
    """Report runs whose process is gone as failed, or cancelled if that was asked for; return their ids.

    The caller holds the lake's lock, so that a run of another machine or container is not taken for a
    dead one. What such a run was building may be half there, so the lake no longer counts as up to date.
    """
    orphans = _orphans(instance)
    for run in orphans:
        if run.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, "The process of this run is gone; what it finished is kept.")
        else:
            instance.report_run_failed(run, "The process of this run is gone; what it finished is kept.")
    if orphans:
        forget_state(lake)
    return [run.run_id for run in orphans]


def _orphans(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Return the runs in progress whose process is gone, those of single assets included."""
    if instance.run_launcher.supports_check_run_worker_health:  # Kubernetes and the like see to it themselves
        return []
    statuses = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    running = [run for run in instance.get_runs(dg.RunsFilter(statuses=statuses)) if _is_gone(instance, run)]
    long_ago = datetime.now(UTC) - timedelta(seconds=SECONDS_TO_START)
    never_begun = dg.RunsFilter(statuses=[dg.DagsterRunStatus.NOT_STARTED], created_before=long_ago)
    return [*running, *instance.get_runs(never_begun)]


def _is_gone(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_START):
        event = entry.dagster_event
        if event and event.pid:
            return not is_alive(event.pid, entry.timestamp)
    return False
