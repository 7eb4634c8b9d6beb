"""The views of a lake as a DuckDB file, for notebooks and other programs."""

import glob
from collections.abc import Mapping
from pathlib import Path

from curation_assets.inspection.querying.documents import VIEW, documents_query, literal, quoted
from curation_assets.inspection.querying.tables import LakeTable, read_tables
from resources.files import write_atomically
from resources.lake import Lake

_MAGIC, _MAGIC_AT = b"DUCK", 8


def write_views(lake: Lake, target: Path) -> list[str]:
    """Write a DuckDB file that has the views of a lake; return their names.

    Paths in it are absolute, because DuckDB would take relative ones from the folder in which a program was
    started: a lake that is moved needs a new file. So does one that has got new shards; a shard that is built
    again is found. A program that opens the file has DuckDB's usual rights to read and write.

    Raises:
        LookupError: there is no lake, or nothing in it.
        ValueError: the target holds something else than views, or lies in the lake.
    """
    tables = read_tables(lake)
    if not tables:
        raise LookupError(f"the lake {lake.root} is empty: curate run fills it")
    if target.resolve().is_relative_to(lake.root.resolve()):
        raise ValueError(f"{target} lies in the lake {lake.root}: choose a place outside of it")
    if target.exists() and not _holds_only_views(target):
        raise ValueError(f"{target} is there and is no file of views: choose another name")
    names: list[str] = []
    write_atomically(target, lambda path: names.extend(_write(tables, path)))
    return names


def _write(tables: Mapping[str, LakeTable], path: Path) -> list[str]:
    import duckdb

    path.unlink()  # an empty file is no database
    with duckdb.connect(str(path)) as connection:
        columns = {}
        for table in tables.values():
            files = ", ".join(literal(glob.escape(str(file.resolve()))) for file in table.files)
            connection.execute(
                f"CREATE VIEW {quoted(table.name)} AS"
                f" SELECT * FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
            )
            columns[table.name] = connection.table(quoted(table.name)).columns
        query = documents_query(columns)
        if query:
            connection.execute(f"CREATE VIEW {quoted(VIEW)} AS {query}")
    return [*columns, *([VIEW] if query else [])]


def _holds_only_views(path: Path) -> bool:
    import duckdb

    with path.open("rb") as file:
        if file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] != _MAGIC:
            return False
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall()
    return found == [(0,)]
