"""The command ``curate export``: the mixture as files for a trainer."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curation_assets.commands.options import built_lake_option, explained, folder, print_all
from curation_assets.export.options import BY_SHARD, COPIES, FORMATS, PART_BYTES, Copies, Format, Options
from resources.lake import Lake

if TYPE_CHECKING:
    from rich.table import Table

    from curation_assets.export.exporting import Exported

_FULL = (errno.ENOSPC, errno.EDQUOT)
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class _Size(click.ParamType):
    """A number of bytes: 512MB, 2G, 1000000."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> int:
        text = str(value).strip().upper().removesuffix("B")
        unit = text[-1:] if text[-1:].isalpha() else ""
        amount = text.removesuffix(unit)
        if unit not in _UNITS or not (amount.isascii() and amount.isdigit()):
            self.fail(f"{value!r} is no size such as 512MB or 2G", param, context)
        return int(amount) * _UNITS[unit]


@click.command()
@built_lake_option
@click.option(
    "--to", "target", required=True, type=folder, help="Folder to write; new, empty, or of this export."
)
@click.option("--format", "kind", required=True, type=click.Choice(FORMATS), help="What is written.")
@click.option("--phase", "phases", multiple=True, help="Only this phase of the training; may be given again.")
@click.option(
    "--copies",
    type=click.Choice(COPIES),
    help="Documents that are to be read several times: once (with the number beside them; files by shard"
    " always), spread evenly over their phase, or together. Default: spread for tokens, once for datasets.",
)
@click.option(
    "--part-size",
    type=_Size(),
    help=f"Size of a file of datasets and tokens, bytes of text or tokens; default {PART_BYTES // 10**6}MB.",
)
@click.option(
    "--tokenizer", help="For tokens: a folder, a tokenizer.json or a hub name. Default: the packaged one."
)
@click.option("--eod", help="For tokens: the token behind each document, by id or as written.")
@click.option("--overwrite", is_flag=True, help="Replace another export that the folder holds.")
def export(
    lake: Path,
    target: Path,
    kind: Format,
    phases: tuple[str, ...],
    copies: Copies | None,
    part_size: int | None,
    tokenizer: str | None,
    eod: str | None,
    overwrite: bool,
) -> None:
    """Write the mixture of a lake as files for a trainer, with a card that describes it.

    parquet, jsonl, jsonl.zst: a file a shard. datasets: a folder for load_dataset of Hugging Face. tokens:
    ids in flat files for numpy.memmap. The last two are in the order of training. docs/export.md has more.

    After an interruption the same command goes on where it stopped.
    """
    from rich.console import Console

    from curation_assets.export.exporting import export as write
    from curation_assets.export.packing import token_options
    from curation_assets.terminal import TerminalReporter
    from resources.models import PACKAGED

    if kind != "tokens" and (tokenizer or eod):
        raise click.UsageError("--tokenizer and --eod go with --format tokens")
    if kind in BY_SHARD and part_size is not None:
        raise click.UsageError(f"--part-size goes with datasets and tokens; {kind} has a file a shard")
    with explained(), _told_in_words(target):
        options = Options(
            format=kind,
            copies=copies or ("spread" if kind == "tokens" else "once"),
            phases=tuple(dict.fromkeys(phases)) or None,
            part_bytes=PART_BYTES if part_size is None else part_size,
            tokens=token_options(tokenizer or PACKAGED, eod) if kind == "tokens" else None,
        )
        reporter = TerminalReporter(Console(stderr=True))
        try:
            done = write(Lake(lake), target, options, reporter, overwrite=overwrite)
        except KeyboardInterrupt:
            click.echo(
                "Interrupted; what is finished is kept, and the same command goes on from there.", err=True
            )
            sys.exit(130)
    print_all(_table(done), *_words(done, target))


@contextmanager
def _told_in_words(target: Path) -> Iterator[None]:
    from curation_assets.export.folder import FolderError
    from curation_assets.export.source import ChangedError
    from resources.lock import LakeBusyError

    try:
        yield
    except OSError as error:
        if error.errno not in _FULL and "No space left" not in str(error):
            raise
        raise click.ClickException(
            f"the disk of {target} is full; what is finished is kept, and the same command goes on from there"
        ) from None
    except (FolderError, ChangedError, LakeBusyError) as error:
        raise click.ClickException(str(error)) from None


def _table(done: "Exported") -> "Table":
    from curation_assets.export.by_shard import FIGURES
    from curation_assets.inspection.reports import plain_table

    table = plain_table("phase", *FIGURES)
    for phase, figures in done.phases.items():
        table.add_row(repr(phase)[1:-1], *(f"{figures[key]:,}" for key in FIGURES))
    return table


def _words(done: "Exported", target: Path) -> list[str]:
    size = f"{done.bytes / 1e6:,.1f} MB in {done.written + done.kept} files"
    kept = f", {done.kept} of them there already" if done.kept else ""
    return [f"{size}{kept}: {target}", f"What it is and how to read it: {target / 'README.md'}"]
