"""What the commands have in common: options, opening a lake, complaints, and how they print."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curation_assets.text.visible import ascii_json, visible_lines

if TYPE_CHECKING:
    from rich.console import RenderableType

    from curation_assets.workplace import Workplace

_INBOX_HELP = (
    "Folder of raw shards, searched recursively: .jsonl and .txt (also .gz, .zst), .parquet, .warc(.gz)."
)
folder = click.Path(path_type=Path, file_okay=False)
inbox_option = click.option("--inbox", required=True, type=folder, help=_INBOX_HELP)
same_inbox_option = click.option(
    "--inbox", type=folder, help=_INBOX_HELP + " Default: the one of the last run."
)
lake_option = click.option(
    "--lake",
    required=True,
    type=folder,
    help="Folder of the tables that are built; made if it is not there.",
)
config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings, as in curation.yaml; a key that is left out has its default (see: curate config). "
    "Default of status, plan and dev: those of the last run.",
)
built_lake_option = click.option(
    "--lake", required=True, type=folder, help="Folder of the tables that a run has built."
)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")


def open_workplace(
    inbox: Path | None, lake: Path, config: Path | None, *, remembered: bool = True
) -> "Workplace":
    """Open the workplace and tell Dagster's code location of it; complain like a command-line tool."""
    from curation_assets.config import ConfigError
    from curation_assets.workplace import Workplace

    if inbox and not inbox.is_dir():
        raise click.ClickException(f"the inbox {inbox} is not a folder")
    try:
        if inbox and not remembered:
            workplace = Workplace.open(inbox, lake, config)
        else:
            workplace = Workplace.remembered(lake, inbox, config)
        if not workplace.inbox_path.is_dir():
            raise click.ClickException(f"the inbox {workplace.inbox_path} is not a folder any more")
    except (ConfigError, LookupError) as error:
        raise click.ClickException(visible_lines(str(error))) from None
    os.environ.update(workplace.environment())
    return workplace


def check_outside(path: Path, lake: Path) -> None:
    """Refuse to write into the lake, whose files are the stages' own; a page may lie at its top."""
    target, top = path.resolve(), lake.resolve()
    page = target.parent == top and target.suffix == ".html"
    if target.is_relative_to(top) and not page:
        raise click.UsageError(f"{path} lies in the lake {lake}: choose a place outside of it")


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Tell of what is missing (a model, a version, a file) without a traceback."""
    import polars as pl

    from resources.models import ModelError

    try:
        yield
    except BrokenPipeError:  # whoever read this has seen enough; click ends quietly
        raise
    except (ModelError, LookupError, OSError, ValueError, pl.exceptions.PolarsError) as error:
        told = error.args[0] if isinstance(error, KeyError) and error.args else error
        if isinstance(error, OSError) and isinstance(error.filename, str | Path) and error.filename2 is None:
            told = f"{error.filename}: {error.strerror}"
        raise click.ClickException(visible_lines(str(told))) from None


def print_all(*things: "RenderableType") -> None:
    """Print tables and lines; no line is broken in a pipe, and none does anything to a terminal."""
    from curation_assets.console import VisibleConsole

    console = VisibleConsole(legible=True)
    for thing in things:
        console.print(thing, markup=False, highlight=False, soft_wrap=isinstance(thing, str))


def print_json(value: Any) -> None:
    """Print a value as JSON that does nothing to a terminal, whatever the documents hold."""
    click.echo(ascii_json(value))
