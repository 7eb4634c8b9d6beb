"""The command ``curate report``: what is in the mixture, as one page."""

from pathlib import Path

import click

from curation_assets.commands.options import built_lake_option, check_outside, explained
from resources.lake import Lake


@click.command()
@built_lake_option
@click.option(
    "-o",
    "--output",
    default="report.html",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page; it is replaced.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Documents whose kind is known, as data/sample_labels.jsonl: adds a table of what became of them.",
)
def report(lake: Path, output: Path, labels: Path | None) -> None:
    """Write a page about the mixture of a lake: where documents went, what was kept, and what it looks like.

    It is one file that loads nothing, to be opened from the disk or sent to somebody. It holds the beginnings
    of some documents. docs/inspection.md has more.
    """
    from rich.console import Console

    from curation_assets.report.collecting import collect
    from curation_assets.report.page import report as draw
    from curation_assets.terminal import TerminalReporter
    from resources.files import write_bytes_atomically

    with explained():
        if not lake.is_dir():
            raise click.ClickException(f"there is no lake {lake}: curate run makes one")
        check_outside(output, lake)
        with TerminalReporter(Console(stderr=True)).stage("counting", None) as progress:
            figures = collect(Lake(lake), labels, progress)
        data = draw(figures).encode()
        write_bytes_atomically(output, data)
    told = f"{figures.total.documents:,} documents, {figures.total.mixture:,} of them in the mixture"
    click.echo(f"{output}: {len(data) / 1e6:.1f} MB about {told}")
