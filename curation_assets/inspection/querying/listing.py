"""What ``curate sql`` prints: the views and their columns, and results."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from curation_assets.inspection.querying.cells import cell
from curation_assets.inspection.querying.connection import opened
from curation_assets.inspection.querying.documents import LEDGER, PARTS, SCORES, VIEW, quoted
from curation_assets.inspection.querying.tables import LakeTable, meaning, read_tables
from resources.lake import Lake

if TYPE_CHECKING:
    from rich.console import RenderableType

_MOST_BESIDE_EACH_OTHER = 12


def listing(lake: Lake) -> list["RenderableType"]:
    """Return the views of a lake with the type and the meaning of each column.

    Raises:
        LookupError: there is no lake, or nothing in it.
    """
    tables = read_tables(lake)
    shown: list[RenderableType] = []
    with opened(lake) as connection:
        for name in [*([VIEW] if LEDGER in tables else []), *tables]:
            rows = connection.execute(f"DESCRIBE {quoted(name)}").fetchall()
            files = (
                "a row for every document that was read" if name == VIEW else _files(len(tables[name].files))
            )
            described = [(column, kind, _about(tables, name, column)) for column, kind, *_ in rows]
            shown += [f"\n{name}: {files}", _columns(described)]
    return shown


def _about(tables: Mapping[str, LakeTable], view: str, column: str) -> str:
    if view != VIEW:
        return meaning(tables[view], column)
    table = next((table for table, names in PARTS.items() if column in names), SCORES)
    return meaning(tables[table], column) if table in tables else "not built yet"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def _columns(rows: Sequence[tuple[str, str, str]]) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 2), pad_edge=True, show_header=False)
    for name, kind, about in rows:
        table.add_row(*(Text(cell(part, None)) for part in (name, kind, about)))
    return table


def result_table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list["RenderableType"]:
    """Return a result as a table, or each row as a list of its values where that is too wide to read."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[cell(value) for value in row] for row in rows]
    heads = [cell(name) for name in names]
    columns = list(zip(heads, *cells, strict=True))
    width = sum(2 + max(map(len, column)) for column in columns)
    if rows and (len(names) > _MOST_BESIDE_EACH_OTHER or width > Console().width):
        return _as_lists(heads, cells)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for place, head in enumerate(heads):
        is_number = any(isinstance(row[place], int | float) for row in rows)
        table.add_column(Text(head), justify="right" if is_number else "left", no_wrap=True)
    for row in cells:
        table.add_row(*map(Text, row))
    return [table]


def _as_lists(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> list["RenderableType"]:
    widest = max(map(len, heads))
    return [
        f"row {number}\n"
        + "\n".join(f"  {head:<{widest}}  {value}" for head, value in zip(heads, row, strict=True))
        for number, row in enumerate(cells, 1)
    ]
