"""No query reads anything but the lake's tables, and none writes."""

import os
from pathlib import Path

import pytest
from querying_lake import ledger, put, small_lake

from curation_assets.inspection.querying.connection import QueryError, answered, opened
from curation_assets.inspection.querying.documents import literal, quoted
from resources.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    (tmp_path / "secret.txt").write_text("secret")
    return small_lake(tmp_path / "lake")


READS = [
    "SELECT * FROM read_text('{root}/../secret.txt')",
    "SELECT * FROM read_text('{root}/ledger/../../secret.txt')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('https://example.org/x.parquet')",
    "SELECT * FROM read_duckdb('{root}/../x.db')",
    "SELECT * FROM parquet_metadata('{root}/ledger/a.jsonl.parquet')",
    "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "SELECT getenv('HOME')",
    "SELECT * FROM lake",  # a variable of Python's
    "SELECT * FROM arrow_scan(1, 2, 3)",
]
WRITES = [
    "COPY ledger TO '{out}'",
    "COPY (SELECT 1) TO '{root}/ledger/b.jsonl.parquet'",
    "EXPORT DATABASE '{out}'",
    "ATTACH '{out}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET lock_configuration = false",
    "SET enable_external_access = true",
    "RESET enable_external_access",
    "PRAGMA enable_profiling",
    "CALL enable_logging(storage = 'file', storage_path = '{out}')",
    "FROM enable_logging(storage = 'file', storage_path = '{out}')",
    "FROM enable_profiling(save_location = '{out}')",
    "CREATE TABLE t AS SELECT 1",
    "CREATE SECRET (TYPE s3)",
    "DROP VIEW ledger",
    "INSERT INTO ledger SELECT * FROM ledger",
    "WITH x AS (COPY (SELECT 1) TO '{out}') SELECT * FROM x",
    "WITH x AS (COPY (SELECT 1) TO '{root}/ledger/b.jsonl.parquet') SELECT * FROM x",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{out}'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{root}/ledger/b.jsonl.parquet'",
    "SELECT 1; COPY (SELECT 1) TO '{out}'",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{out}''')",
]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("query", READS + WRITES)
def test_what_reads_other_files_or_writes_is_refused(lake: Lake, tmp_path: Path, query: str) -> None:
    before = everything(tmp_path)
    filled = query.format(root=lake.root, out=tmp_path / "out")
    with pytest.raises(QueryError), answered(lake, filled) as result:
        result.fetchall()
    assert everything(tmp_path) == before


def test_also_a_connection_that_runs_any_statement_cannot_write_or_be_unlocked(
    lake: Lake, tmp_path: Path
) -> None:
    """What answered() refuses by the kind of statement, DuckDB has no right to either."""
    import duckdb

    before = everything(tmp_path)
    with opened(lake) as connection:
        for query in WRITES[:9] + WRITES[17:21]:
            with pytest.raises(duckdb.Error):
                connection.execute(query.format(root=lake.root, out=tmp_path / "out")).fetchall()
        (allowed,) = connection.execute("SELECT current_setting('allowed_directories')").fetchall()[0]
        assert len(allowed) == 1  # what does not fit into memory goes there
    assert not os.path.exists(allowed[0])
    assert everything(tmp_path) == before


HOSTILE = [
    "it's",
    'a"b',
    "a;DROP VIEW ledger",
    "a'), ('passwd",
    "*",
    "[a-z]",
    "?",
    "a\nb",
    "{x}",
    "%20",
    "é~\u202e",
]


def test_shards_of_any_name_are_read_and_nothing_else(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "la'ke [1] *")
    for shard in HOSTILE:
        put(lake, "ledger", shard, ledger({f"doc of {shard}": "kept"}, shard))
    with answered(lake, "SELECT shard FROM documents") as result:
        assert sorted(shard for (shard,) in result.fetchall()) == sorted(HOSTILE)


def test_names_and_texts_are_quoted() -> None:
    import duckdb

    for text in HOSTILE:
        rows = duckdb.sql(f"SELECT {literal(text)} AS {quoted(text)}")
        assert rows.columns == [text]
        assert rows.fetchall() == [(text,)]
