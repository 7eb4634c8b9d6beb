"""The commands that build and look after a lake: ``curate run``, ``status``, ``plan`` and ``dev``."""

import os
import sys
from pathlib import Path

import click

from curation_assets.commands.options import (
    config_option,
    explained,
    inbox_option,
    json_option,
    lake_option,
    open_workplace,
    print_all,
    print_json,
    same_inbox_option,
)


@click.command()
@inbox_option
@lake_option
@config_option
@click.option("--workers", type=click.IntRange(1, 256), help="Worker processes (default: compute.workers).")
@click.option("--allow-empty", is_flag=True, help="Take every shard out when the inbox is empty.")
@click.option("--verify", is_flag=True, help="Read every file of inbox and lake; build again what differs.")
@click.option("--until", metavar="STAGE", help="Build no stage after this one.")
def run(
    inbox: Path,
    lake: Path,
    config: Path | None,
    workers: int | None,
    allow_empty: bool,
    verify: bool,
    until: str | None,
) -> None:
    """Bring a lake up to date with its inbox: only what changed is built.

    Exit code 0: all done. 3: some shards failed, all others are up to date. 1: the run stopped. 130 or 143:
    it was interrupted.
    """
    from curation_assets.config import WORKERS_VARIABLE
    from curation_assets.graph import STAGES
    from curation_assets.orchestration.headless import run_job
    from curation_assets.workplace import Workplace

    names = [stage.name for stage in STAGES]
    if until not in (None, *names):
        raise click.BadParameter(f"{until!r} is none of {', '.join(names)}", param_hint="--until")
    if until and verify:
        raise click.UsageError("--verify looks at all stages: leave out --until")
    workplace = open_workplace(inbox, lake, config, remembered=False)
    before = Workplace.memory_of(lake).get("config")
    if config is None and before:
        click.secho(
            f"Without --config, all settings have their defaults; the last run used {before}.", fg="yellow"
        )
    os.environ["CURATION_ALLOW_EMPTY"] = "1" if allow_empty else ""
    if workers:
        os.environ[WORKERS_VARIABLE] = str(workers)
    sys.exit(run_job(workplace, verify=verify, until=until))


@click.command()
@same_inbox_option
@lake_option
@config_option
@json_option
@click.option("--all", "every", is_flag=True, help="A line for every stage and shard that is not fresh.")
def status(inbox: Path | None, lake: Path, config: Path | None, as_json: bool, every: bool) -> None:
    """Show shards by stages: fresh, stale, missing, failed or blocked, and why.

    Equal reasons are told once, with the number of their shards. "behind: S (why)": what it was built from
    will be replaced, because of stage S.
    """
    from curation_assets.inspection import reports
    from curation_assets.inspection.status import grouped
    from curation_assets.inspection.status import status as lines_of

    with explained():
        lines = lines_of(open_workplace(inbox, lake, config))
    if as_json:
        print_json([vars(line) for line in lines])
        return
    if every:
        news = [line for line in lines if line.state != "fresh"]
        told = [f"{line.state}: {line.stage} of {line.shard}: {line.why}" for line in news]
    else:
        told = reports.status_reasons(grouped(lines))
    print_all(reports.status_table(lines), *told)


@click.command()
@same_inbox_option
@lake_option
@config_option
@json_option
def plan(inbox: Path | None, lake: Path, config: Path | None, as_json: bool) -> None:
    """Show what the next run would do, without doing it.

    For each stage: the shards that are surely built, and those that may be: behind a build that runs, the
    next one is skipped if the first writes the same bytes again. Documents and seconds are estimates, by
    what earlier runs of this lake have measured; "anew" is what has to go through a model. A stage that can
    start from its last build may need less. Nothing is written.
    """
    from curation_assets.inspection import reports
    from curation_assets.inspection.estimates import estimate
    from curation_assets.inspection.plan_ahead import look_ahead

    with explained():
        workplace = open_workplace(inbox, lake, config).remembering()
        workers = workplace.config.compute.worker_count()
        ahead = look_ahead(workplace)
        stages = estimate(workplace, ahead, workers)
    if as_json:
        print_json(reports.plan_json(ahead, stages, workers))
        return
    if ahead.gone and not workplace.inbox.shards:
        print_all("The inbox is empty: the run would stop and take nothing out, unless with --allow-empty.")
    print_all(*([reports.plan_table(stages)] if stages else []), *reports.plan_words(ahead, stages, workers))


@click.command()
@same_inbox_option
@lake_option
@config_option
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
def dev(inbox: Path | None, lake: Path, config: Path | None, port: int) -> None:
    """Serve the Dagster UI on localhost, with the daemon that watches the inbox."""
    from curation_assets.orchestration.headless import serve

    serve(open_workplace(inbox, lake, config), port)
