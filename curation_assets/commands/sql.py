"""The command ``curate sql``: questions to the tables of a lake."""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource

from curation_assets.commands.options import built_lake_option, check_outside, explained, print_all
from curation_assets.inspection.querying.results import Format
from curation_assets.text.visible import visible_lines
from resources.lake import Lake

if TYPE_CHECKING:
    import duckdb

FORMATS: tuple[Format, ...] = get_args(Format)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("query", required=False)
@built_lake_option
@click.option("--tables", is_flag=True, help="List the views, with a sentence for each column.")
@click.option("--views", type=_FILE, metavar="FILE", help="Write the views as a DuckDB file, for notebooks.")
@click.option("--format", "kind", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Write the result there, all rows of it.")
@click.option(
    "-n", "rows", default=40, show_default=True, type=click.IntRange(1), help="Rows of a table at most."
)
def sql(
    query: str | None,
    lake: Path,
    tables: bool,
    views: Path | None,
    kind: Format,
    output: Path | None,
    rows: int,
) -> None:
    """Ask the tables of a lake in DuckDB's SQL; nothing can be written or read but these tables.

    Every table of the lake is a view of its name, over the shards that are built; "documents" has for every
    document that was read what became of it and its values, without texts. For example:

    curate sql "SELECT source, reason, count(*) FROM documents GROUP BY ALL ORDER BY 3 DESC" --lake data/lake
    """
    context = click.get_current_context()
    if kind != "table" and context.get_parameter_source("rows") is not ParameterSource.DEFAULT:
        raise click.UsageError(
            "-n goes with tables; of a format, all rows are written: use LIMIT in the query"
        )
    if query is None and (kind != "table" or output):
        raise click.UsageError("--format and -o go with a query")
    if sum((query is not None, tables, views is not None)) != 1:
        raise click.UsageError("give a query, or --tables, or --views FILE")
    place = Lake(lake)
    with explained():
        if views is not None:
            _write_views(place, views)
        elif tables:
            _tell_tables(place)
        else:
            _answer(place, str(query), kind, output, rows)


def _write_views(lake: Lake, target: Path) -> None:
    from curation_assets.inspection.querying.database import write_views

    names = write_views(lake, target)
    print_all(
        f"{len(names)} views in {target}, with absolute paths: write it again when the lake has moved or has"
        " got new shards."
    )


def _tell_tables(lake: Lake) -> None:
    from curation_assets.inspection.querying.listing import listing

    print_all(*listing(lake))


def _answer(lake: Lake, query: str, kind: Format, output: Path | None, most: int) -> None:
    from curation_assets.inspection.querying.connection import QueryError, answered

    if kind == "parquet" and output is None:
        raise click.UsageError("--format parquet needs -o FILE")
    if kind == "table" and output is not None:
        raise click.UsageError("-o goes with --format csv, json or parquet")
    if output:
        check_outside(output, lake.root)
    try:
        with answered(lake, query) as result:
            if kind == "table":
                _print_table(result, most)
            else:
                _write(result, kind, output)
    except QueryError as error:
        raise click.ClickException(visible_lines(str(error))) from None


def _write(result: "duckdb.DuckDBPyRelation", kind: Format, output: Path | None) -> None:
    from curation_assets.inspection.querying.results import ROWS_AT_ONCE, write_result
    from resources.files import write_atomically

    reader = result.to_arrow_reader(ROWS_AT_ONCE)
    if output is None:
        write_result(kind, reader, _ToTerminal() if sys.stdout.isatty() else sys.stdout.buffer)
        return

    def into(path: Path) -> None:
        with path.open("wb") as file:
            count = write_result(kind, reader, file)
            click.echo(f"{count:,} {'row' if count == 1 else 'rows'}: {output}", err=True)

    write_atomically(output, into)


class _ToTerminal(io.BytesIO):
    """What is written goes to the standard output, and what would act on a terminal is written out."""

    def write(self, data: Any) -> int:
        sys.stdout.write(visible_lines(bytes(data).decode()))
        return len(bytes(data))


def _print_table(result: "duckdb.DuckDBPyRelation", most: int) -> None:
    from curation_assets.inspection.querying.listing import result_table

    if result.columns == ["explain_key", "explain_value"]:
        print_all(*(visible_lines(plan) for _, plan in result.fetchall()))
        return
    found = result.limit(most + 1).fetchall()
    print_all(*result_table(result.columns, found[:most]))
    if len(found) > most:
        print_all(f"The first {most} rows; -n shows more, --format csv -o FILE writes all.")
    elif not found:
        print_all("No rows.")
