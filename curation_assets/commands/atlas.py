"""The command ``curate atlas``: the mixture in embedding-atlas, where that is installed."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from curation_assets.commands.options import built_lake_option, check_outside, explained, print_all
from resources.lake import Lake

PROGRAM = "embedding-atlas"
INSTALL = (
    f"{PROGRAM} is not installed: pip install 'curation-assets[atlas]', or install it elsewhere and name it"
    " with --program; --prepare FILE writes the table without it."
)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@built_lake_option
@click.option(
    "-n",
    "most",
    default=50_000,
    show_default=True,
    type=click.IntRange(1),
    help="Documents at most: a sample.",
)
@click.option("--port", default=5055, show_default=True, type=click.IntRange(1, 65535))
@click.option("--prepare", type=_FILE, metavar="FILE", help="Write the table (Parquet) and open nothing.")
@click.option("--program", type=_FILE, help=f"Where {PROGRAM} is, if not beside curate or on the PATH.")
def atlas(lake: Path, most: int, port: int, prepare: Path | None, program: Path | None) -> None:
    """Look at the mixture in embedding-atlas: a map of the embeddings, with filters and search.

    A point is a document: the beginning of its text, source, language, quality, density and topic, and its
    neighbours where that asset is on. Its place are the first two principal components of its embedding;
    regions bear the words of their topics. No model is loaded and no network is used; the page is served on
    localhost alone.
    """
    from curation_assets.inspection.atlas import write_atlas

    found = _program(program)
    if prepare is None and found is None:
        raise click.ClickException(INSTALL)
    if prepare:
        check_outside(prepare, lake)
    with explained(), tempfile.TemporaryDirectory(prefix="curate-atlas-") as folder:
        target = prepare or Path(folder) / "mixture.parquet"
        labels = None if prepare else target.with_name("labels.parquet")
        rows, documents = write_atlas(Lake(lake), target, most, labels)
        told = f"{rows:,} of {documents:,} documents of the mixture"
        print_all(f"{told}: {prepare}" if prepare else told)
        if prepare is None and found:
            sys.exit(_serve(command(found, target, labels, port)))


def _program(named: Path | None) -> str | None:
    if named:
        if not os.access(named, os.X_OK):
            raise click.BadParameter(f"{named} is no program that can be started", param_hint="--program")
        return str(named)
    beside = Path(sys.executable).with_name(PROGRAM)
    return str(beside) if os.access(beside, os.X_OK) else shutil.which(PROGRAM)


def command(program: str, table: Path, labels: Path | None, port: int) -> list[str]:
    """Return the command line that serves a table as it is, without computing anything anew.

    The browser's own DuckDB answers the queries of the page: the program's other way, its server, calls
    ``DuckDBPyConnection.arrow``, which DuckDB 2 has no more, and the page stays empty.
    """
    import polars as pl

    from curation_assets.inspection.atlas_beside import NEIGHBOURS

    options = ["--text", "text", "--x", "x", "--y", "y", "--disable-projection", "--duckdb", "wasm"]
    if NEIGHBOURS in pl.read_parquet_schema(table):
        options += ["--neighbors", NEIGHBOURS]
    if labels and labels.exists():
        options += ["--labels", str(labels)]
    return [program, str(table), *options, "--host", "localhost", "--port", str(port)]


def _serve(command_line: list[str]) -> int:
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    with subprocess.Popen(command_line, env={**os.environ, **offline}) as serving:
        try:
            return serving.wait()
        except KeyboardInterrupt:  # the program has got the same signal and ends by itself
            serving.wait()
            return 0
