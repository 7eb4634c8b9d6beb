"""The views of a lake: which rows they have, in a query and in a file."""

from pathlib import Path

import duckdb
import polars as pl
import pytest
from querying_lake import ledger, put, small_lake
from test_sql_safety import HOSTILE

from curation_assets.inspection.querying.connection import QueryError, answered
from curation_assets.inspection.querying.database import write_views
from curation_assets.inspection.querying.documents import PARTS
from curation_assets.inspection.querying.tables import read_tables
from resources.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return small_lake(tmp_path / "lake")


def rows(lake: Lake, query: str) -> list[tuple[object, ...]]:
    with answered(lake, query) as result:
        return result.fetchall()


def test_documents_have_their_values_and_nulls_for_what_is_not_built(lake: Lake) -> None:
    columns = "doc_id, source, topic, tokens, ask_llm, density, selected"
    assert rows(lake, f"SELECT {columns} FROM documents ORDER BY 1") == [
        ("a1", "web", 0, 3, 0.25, None, None),
        ("a2", "web", 1, 4, 0.5, None, None),
        ("b1", "web", 0, None, None, None, None),
    ]
    names = [row[0] for row in rows(lake, "DESCRIBE documents")]
    assert names == [name for part in PARTS.values() for name in part] + ["ask_llm"]
    assert "text" not in names


def test_only_shards_whose_builds_are_finished_are_there(lake: Lake) -> None:
    put(lake, "ledger", "c.jsonl", ledger({"c1": "kept"}, "c.jsonl"))
    put(lake, "ledger", "d.jsonl", ledger({"d1": "kept"}, "d.jsonl"), error="ValueError: no")
    lake.withdraw("ledger", "c.jsonl")
    lake.write("ledger", "e.jsonl", ledger({"e1": "kept"}, "e.jsonl"))
    assert rows(lake, "SELECT DISTINCT shard FROM ledger ORDER BY 1") == [("a.jsonl",), ("b.jsonl",)]


def test_shards_built_before_and_after_a_scorer_came_are_one_table(lake: Lake) -> None:
    late = {"doc_id": ["b1"], "shard": ["b.jsonl"], "tokens": [9], "stage": [0.5], 'Odd "name"': [1.0]}
    put(lake, "quality_scores", "b.jsonl", pl.DataFrame(late))
    query = 'SELECT ask_llm, "Odd ""name""" FROM documents ORDER BY doc_id'
    assert rows(lake, query) == [(0.25, None), (0.5, None), (None, 1.0)]
    assert rows(lake, "SELECT stage FROM documents WHERE doc_id = 'b1'") == [(None,)]  # the ledger's
    assert rows(lake, "SELECT stage FROM quality_scores WHERE doc_id = 'b1'") == [(0.5,)]


def test_tables_of_a_whole_lake_are_views_too(lake: Lake) -> None:
    assert rows(lake, "SELECT cell, params FROM density_sketch") == [(0, "{}")]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELEC 1", "syntax error"),
        ("", "expected one statement, found 0"),
        ("SELECT 1; SELECT 2", "expected one statement, found 2"),
        ("FROM mixture", "mixture: not built yet in this lake"),
        ("FROM mixtures", "tables: documents, raw_documents"),
        ("SELECT nothing FROM ledger", "nothing"),
        ("PIVOT ledger ON stage USING count(*)", "ON column IN (...)"),
        ("DELETE FROM ledger", "only reads"),
        ("SELECT CAST(reason AS INTEGER) FROM ledger", "Could not convert string 'kept'"),
    ],
)
def test_a_query_that_cannot_be_answered_is_explained(lake: Lake, query: str, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        rows(lake, query)
    assert words in str(caught.value)


def test_lakes_without_tables_and_files_that_are_gone_are_explained(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="there is no lake"):
        rows(Lake(tmp_path / "nowhere"), "SELECT 1")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LookupError, match="is empty: curate run fills it"):
        rows(Lake(tmp_path / "empty"), "FROM ledger")
    lake.table_path("ledger", "a.jsonl").unlink()
    with pytest.raises(ValueError, match=r"1 files of ledger are gone.*--verify"):
        rows(lake, "FROM documents")


def test_the_file_of_views_says_the_same_from_any_folder(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = write_views(Lake(Path("lake")), tmp_path / "views.duckdb")
    assert set(names) == {*read_tables(lake), "documents"}
    monkeypatch.chdir("/")
    with duckdb.connect(str(tmp_path / "views.duckdb"), read_only=True) as connection:
        for name in names:
            query = f"SELECT * FROM {name} ORDER BY ALL"
            assert connection.execute(query).fetchall() == rows(lake, query)


def test_the_file_of_views_finds_shards_of_any_name(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "la'ke [1] *")
    for shard in HOSTILE:
        put(lake, "ledger", shard, ledger({f"doc of {shard}": "kept"}, shard))
    write_views(lake, tmp_path / "views.duckdb")
    with duckdb.connect(str(tmp_path / "views.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT shard FROM documents").fetchall()
    assert sorted(shard for (shard,) in found) == sorted(HOSTILE)


def test_a_file_of_views_replaces_one_and_nothing_else(lake: Lake, tmp_path: Path) -> None:
    target = tmp_path / "views.duckdb"
    write_views(lake, target)
    write_views(lake, target)
    with duckdb.connect(str(target)) as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1")
    (tmp_path / "notes.txt").write_text("notes")
    for other in (target, tmp_path / "notes.txt"):
        before = other.read_bytes()
        with pytest.raises(ValueError, match="no file of views"):
            write_views(lake, other)
        assert other.read_bytes() == before
    with pytest.raises(ValueError, match="lies in the lake"):
        write_views(lake, lake.root / "views.duckdb")
