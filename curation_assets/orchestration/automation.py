"""What runs by itself under the daemon: a sensor on the inbox, and a look at everything each night."""

import os
import time

import dagster as dg
from pydantic import BaseModel, ValidationError

from curation_assets.inbox_state import is_suddenly_empty, saved_state, state_now
from curation_assets.orchestration.asset_factory import WorkplaceResource
from curation_assets.orchestration.instance import recover
from curation_assets.orchestration.job import JOB_NAME, VERIFY_TAG, allows_empty, curate

SECONDS_VARIABLE = "CURATION_SENSOR_SECONDS"
SECONDS_BETWEEN_LOOKS = int(os.environ.get(SECONDS_VARIABLE) or 30)
LONGEST_WAIT_SECONDS = 3600.0
IN_PROGRESS = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


class Asked(BaseModel):
    """The sensor's cursor: the last state that it asked a run for, how often in a row, and when."""

    state: str = ""
    times: int = 0
    at: float = 0.0

    @classmethod
    def of(cls, cursor: str | None) -> "Asked":
        try:
            return cls.model_validate_json(cursor or "{}")
        except ValidationError:  # the cursor of an earlier version
            return cls()

    def again(self, state: str, now: float) -> "Asked":
        return Asked(state=state, times=self.times + 1 if state == self.state else 1, at=now)


def why_not(
    state: str, built: str | None, asked: Asked, last: dg.DagsterRunStatus | None, now: float
) -> str | None:
    """Return why no run is to be started, or None if one is.

    A run that stopped is started again: at once the first time, then after 1, 2, 4 ... minutes, an
    hour at most, since what stopped it may not have passed. One that somebody cancelled is left alone.

    Args:
        state: what the lake would be built from now.
        built: what it was built from, None if no run has ended since one began.
        last: the status of the newest run.
        now: Unix time in seconds.
    """
    if state == built:
        return "the lake is up to date with the inbox and the settings"
    if state != asked.state:
        return None
    if last == dg.DagsterRunStatus.CANCELED:
        return "the last run was cancelled; the next is started when something changes"
    wait = asked.at + _wait_seconds(asked.times) - now
    return f"the last run stopped; another is started in {wait:.0f} s" if wait > 0 else None


def _wait_seconds(times: int) -> float:
    return 0.0 if times < 2 else min(60.0 * 2.0 ** min(times - 2, 10), LONGEST_WAIT_SECONDS)


@dg.sensor(
    job=curate,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a run of curate when the content of the inbox or a setting has changed, "
    "or when a run was killed; a file whose bytes are the same changes nothing.",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, workplace: WorkplaceResource
) -> dg.RunRequest | dg.SkipReason:
    place = workplace.open()
    for run in recover(context.instance, place.lake):
        context.log.warning(f"run {run} has been reported failed: its process is gone")
    if is_in_progress(context.instance):
        return dg.SkipReason("a run of curate is in progress; a change is taken up after it")
    if is_suddenly_empty(place) and not allows_empty():
        return dg.SkipReason(f"the inbox {place.inbox_path} is suddenly empty: is a folder not mounted?")
    state, asked, now = state_now(place), Asked.of(context.cursor), time.time()
    reason = why_not(state, saved_state(place.lake), asked, _last_status(context.instance), now)
    if reason:
        return dg.SkipReason(reason)
    context.update_cursor(asked.again(state, now).model_dump_json())
    return dg.RunRequest()  # without a key: a state may come back, and is built again then


@dg.schedule(
    name="nightly_reconcile",
    job=curate,
    cron_schedule="0 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night: reads every file of the inbox and of the lake, and builds again what differs "
    "from its record.",
)
def nightly_reconcile(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    if is_in_progress(context.instance):
        return dg.SkipReason("a run of curate is in progress")
    return dg.RunRequest(tags={VERIFY_TAG: "true"})


def is_in_progress(instance: dg.DagsterInstance) -> bool:
    return instance.get_runs_count(dg.RunsFilter(job_name=JOB_NAME, statuses=IN_PROGRESS)) > 0


def _last_status(instance: dg.DagsterInstance) -> dg.DagsterRunStatus | None:
    runs = instance.get_runs(dg.RunsFilter(job_name=JOB_NAME), limit=1)
    return runs[0].status if runs else None
