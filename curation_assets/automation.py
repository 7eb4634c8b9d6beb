"""What runs by itself under the daemon: a sensor on the inbox, and a look at everything each night."""

import dagster as dg

from curation_assets.asset_factory import WorkplaceResource
from curation_assets.job import JOB_NAME, curate
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace

SECONDS_BETWEEN_LOOKS = 30
IN_PROGRESS = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def inbox_state(workplace: Workplace) -> str:
    """Return a hash of names, sizes and times of the inbox's files; contents are hashed by the run itself."""
    files = sorted((file.relative_path, file.size, file.mtime_ns) for file in workplace.inbox.shards.values())
    return content_hash(*[str(part) for file in files for part in file])


@dg.sensor(
    job=curate,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a run of curate when a file of the inbox is new, changed or gone.",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, workplace: WorkplaceResource
) -> dg.RunRequest | dg.SkipReason:
    state = inbox_state(workplace.open())
    if state == context.cursor:
        return dg.SkipReason("no file of the inbox has changed")
    if context.instance.get_runs_count(dg.RunsFilter(job_name=JOB_NAME, statuses=IN_PROGRESS)):
        return dg.SkipReason("a run of curate is in progress; the change is taken up after it")
    context.update_cursor(state)
    return dg.RunRequest(run_key=f"{state}-{context.last_tick_completion_time or 0:.0f}")


nightly_reconcile = dg.ScheduleDefinition(
    name="nightly_reconcile",
    job=curate,
    cron_schedule="0 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night: compares every file with what the lake was built from, and mends what differs.",
)
