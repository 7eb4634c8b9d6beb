"""A DuckDB connection that can read the tables of a lake, and nothing else of the machine.

Tables are handed over as Arrow datasets, opened here: so DuckDB itself needs no right to any file, and has
none. To allow it the lake's folders instead would let it write there, too, whatever kinds of statements are
refused: since DuckDB 2 a common table expression may hold a COPY (``WITH x AS (COPY ... TO ...) SELECT``).
"""

import contextlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from curation_assets.inspection.querying.documents import PARTS, VIEW, documents_query, quoted
from curation_assets.inspection.querying.tables import LakeTable, read_tables, table_names
from resources.lake import Lake

if TYPE_CHECKING:
    import duckdb
    import pyarrow.dataset

_SHOW_TABLES = re.compile(r"\s*show\s+(all\s+)?tables\s*;?\s*", re.IGNORECASE)
_NAMES = "SELECT view_name AS name FROM duckdb_views() WHERE NOT internal ORDER BY name"
_READING = ("SELECT", "EXPLAIN")
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "python_enable_replacements": False,  # names of variables of this program are no tables
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
}


class QueryError(ValueError):
    """A query that cannot be answered; the message says what is wrong with it."""


@contextlib.contextmanager
def opened(lake: Lake, names: set[str] | None = None) -> Iterator["duckdb.DuckDBPyConnection"]:
    """Open views of these tables (all, without) that are built, and of ``documents``; nothing can be written.

    What does not fit into memory goes to a folder of its own, which is removed.

    Raises:
        LookupError: there is no lake, or nothing in it.
        ValueError: a file that a build record names is not there.
    """
    import duckdb

    wanted = names if names is None or VIEW not in names else names | set(PARTS)
    tables = read_tables(lake, wanted)
    if not tables and not read_tables(lake):
        raise LookupError(f"the lake {lake.root} is empty: curate run fills it")
    _all_there(tables)
    with (
        tempfile.TemporaryDirectory(prefix="curate-sql-") as spill,
        duckdb.connect(":memory:", config=_CLOSED) as connection,
    ):
        columns = {}
        for table in tables.values():
            data = _dataset(table)
            columns[table.name] = data.schema.names
            connection.register(table.name, data)
        query = documents_query(columns) if names is None or VIEW in names else None
        if query:
            connection.execute(f"CREATE VIEW {quoted(VIEW)} AS {query}")
        connection.execute("SET temp_directory = $folder", {"folder": spill})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


@contextlib.contextmanager
def answered(lake: Lake, sql: str) -> Iterator["duckdb.DuckDBPyRelation"]:
    """Yield the relation that one statement stands for; what is taken of it in the block is computed there.

    Raises:
        LookupError: there is no lake, or nothing in it.
        QueryError: it is not one statement that reads, or DuckDB refuses it.
    """
    import duckdb

    known = table_names(lake)
    named = {word.lower() for word in re.findall(r"\w+", sql)} & {*known, VIEW}
    listing = _SHOW_TABLES.fullmatch(sql) is not None  # which DuckDB would answer for its own catalogue
    with opened(lake, None if listing else named) as connection:
        found = connection.execute("SELECT view_name FROM duckdb_views()").fetchall()
        there = {name for (name,) in found}
        try:
            yield connection.sql(_NAMES if listing else _one_that_reads(connection, sql))
        except duckdb.Error as error:
            raise QueryError(_in_words(error, named, there, known)) from None


def _one_that_reads(connection: "duckdb.DuckDBPyConnection", sql: str) -> Any:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"expected one statement, found {len(statements)}")
    kind = statements[0].type.name
    if kind not in _READING:
        pivot = "; a PIVOT has to name its values: ON column IN (...)" if kind == "MULTI" else ""
        raise QueryError(
            f"curate sql only reads (SELECT, FROM, WITH, DESCRIBE, SUMMARIZE, EXPLAIN); this is {kind}{pivot}"
        )
    return statements[0]


def _in_words(error: Exception, named: set[str], there: set[str], known: list[str]) -> str:
    unbuilt = sorted(named - there) if "does not exist" in str(error) else []
    if unbuilt:
        return f"{', '.join(unbuilt)}: not built yet in this lake; curate run builds it"
    told = str(error)
    missing = re.search(r"Table with name (.+?) does not exist", told)
    if missing:
        names = [VIEW, *known]
        close = get_close_matches(missing[1], names, 1)
        meant = f" (did you mean {close[0]}?)" if close else ""
        told = f"there is no table {missing[1]}{meant}"
        return f"{told}\n(tables: {', '.join(names)}; curate sql --tables tells of their columns)"
    return told


def _all_there(tables: Mapping[str, LakeTable]) -> None:
    for table in tables.values():
        if table.missing:
            raise ValueError(
                f"{len(table.missing)} files of {table.name} are gone, such as {table.missing[0]!r}:"
                " curate run --verify writes them again"
            )


def _dataset(table: LakeTable) -> "pyarrow.dataset.Dataset":
    """Return a table's files as one; shards built before a column was added have nulls in it."""
    import pyarrow as pa
    import pyarrow.dataset
    import pyarrow.parquet as pq

    schemas: list[pa.Schema] = []
    for path in table.files:
        schema = pq.read_schema(path).remove_metadata()
        if not any(schema.equals(other) for other in schemas):
            schemas.append(schema)
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    return pyarrow.dataset.dataset([str(path) for path in table.files], schema=schema, format="parquet")
