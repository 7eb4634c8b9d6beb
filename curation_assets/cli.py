"""The command ``curate``: the graph without the UI, recorded in the same Dagster instance."""

import itertools
import json
import os
import sys
from pathlib import Path

import click

from curation_assets.atlas_command import atlas
from curation_assets.cleaning.rules.presets import PRESETS
from curation_assets.command_line import (
    config_option,
    explained,
    inbox_option,
    json_option,
    lake_option,
    open_workplace,
    print_all,
    same_inbox_option,
)
from curation_assets.config import WORKERS_VARIABLE, Config, ConfigError, load_config, render
from curation_assets.contamination_command import contamination
from curation_assets.explain_command import explain
from curation_assets.export_command import export
from curation_assets.quality_commands import doctor, pick, train
from curation_assets.report_command import report
from curation_assets.sample_command import sample
from curation_assets.sql_command import sql
from curation_assets.workplace import Workplace
from resources.lake import Lake


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Turn raw text shards into a training mixture for language models.

    raw shards → cleaned text → dedup clusters → quality scores → embeddings → density estimates → mixture
    """


@main.command()
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
    from curation_assets.graph import STAGES
    from curation_assets.headless import run_job

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


@main.command()
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
        click.echo(json.dumps([vars(line) for line in lines], indent=1))
        return
    if every:
        news = [line for line in lines if line.state != "fresh"]
        told = [f"{line.state}: {line.stage} of {line.shard}: {line.why}" for line in news]
    else:
        told = reports.status_reasons(grouped(lines))
    print_all(reports.status_table(lines), *told)


@main.command()
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
        click.echo(json.dumps(reports.plan_json(ahead, stages, workers), indent=1))
        return
    if ahead.gone and not workplace.inbox.shards:
        print_all("The inbox is empty: the run would stop and take nothing out, unless with --allow-empty.")
    print_all(*([reports.plan_table(stages)] if stages else []), *reports.plan_words(ahead, stages, workers))


@main.command()
@lake_option
@json_option
def versions(lake: Path, as_json: bool) -> None:
    """List the mixtures that the lake has had, the oldest first.

    Each run that changes the mixture keeps it as a version: its manifest, and what became of every document.
    The settings changed are those since the version before.
    """
    from curation_assets.inspection import reports
    from curation_assets.inspection.versions import changed_values, kept, manifest_of

    place = Lake(lake)
    with explained():
        found = kept(place)
        configs = [manifest_of(place, version)["config"] for version in found]
    changes = [list(changed_values(*pair)) for pair in itertools.pairwise([*configs[:1], *configs])]
    if as_json:
        rows = zip(found, changes, strict=True)
        click.echo(json.dumps([{**vars(version), "changed": keys} for version, keys in rows], indent=1))
    elif found:
        print_all(reports.versions_table(found, changes))
    else:
        print_all("No version is kept yet; a run keeps one.")


@main.command()
@click.argument("old")
@click.argument("new")
@lake_option
@json_option
@click.option("-n", "rows", default=3, show_default=True, type=click.IntRange(0), help="Documents a reason.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write it as a page that opens from the disk; it is replaced.",
)
def diff(old: str, new: str, lake: Path, as_json: bool, rows: int, page: Path | None) -> None:
    """Show which documents came into the mixture and went, from version OLD to NEW, and why.

    OLD and NEW are ids as "curate versions" lists them, or their beginning, or latest, latest~1, latest~2:
    the last one, the one before it, ... For example: curate diff latest~1 latest --lake data/lake
    """
    from curation_assets.inspection import reports
    from curation_assets.inspection.version_diff import difference
    from curation_assets.inspection.versions import find

    place = Lake(lake)
    with explained():
        found = difference(place, find(place, old), find(place, new))
        if page:
            from curation_assets.report.difference_page import difference_page
            from resources.files import write_bytes_atomically

            write_bytes_atomically(page, difference_page(found, rows).encode())
    if as_json:
        click.echo(json.dumps(reports.difference_json(found, rows), indent=1, ensure_ascii=False))
    else:
        print_all(*reports.difference_words(found, rows), reports.sources_table(found))


@main.command()
@same_inbox_option
@lake_option
@config_option
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
def dev(inbox: Path | None, lake: Path, config: Path | None, port: int) -> None:
    """Serve the Dagster UI on localhost, with the daemon that watches the inbox."""
    from curation_assets.headless import serve

    serve(open_workplace(inbox, lake, config), port)


main.add_command(doctor)
main.add_command(train)
main.add_command(pick)
main.add_command(contamination)
main.add_command(export)
main.add_command(explain)
main.add_command(sample)
main.add_command(report)
main.add_command(sql)
main.add_command(atlas)


@main.command("config")
@config_option
@click.option("--preset", type=click.Choice(list(PRESETS)), help="Print the cleaning rules of this preset.")
def show_config(config: Path | None, preset: str | None) -> None:
    """Check a settings file and print it with every key, its default and its meaning."""
    if config and preset:
        raise click.UsageError("--preset prints a preset by itself; in a file it is the key cleaning.preset")
    try:
        shown = Config.model_validate({"cleaning": {"preset": preset}}) if preset else load_config(config)
        click.echo(render(shown), nl=False)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
