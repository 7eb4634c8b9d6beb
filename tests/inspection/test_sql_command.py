"""``curate sql`` as a user meets it."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from querying_lake import ledger, put, small_lake

from curation_assets.cli import main
from curation_assets.inspection.querying.cells import cell
from curation_assets.inspection.querying.results import unique
from curation_assets.text.visible import is_harmless
from resources.lake import Lake

EVIL = "\x1b[31mred\x1b]0;title\x07 \u202egnp.exe\n[bold]x[/bold] =1+1"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    place = small_lake(tmp_path / "lake")
    put(place, "ledger", "c.jsonl", ledger({"c1": EVIL}, "c.jsonl"))
    return place.root


def sql(lake: Path, *options: object, columns: str = "120") -> tuple[int, str]:
    arguments = ["sql", "--lake", str(lake), *map(str, options)]
    result = CliRunner().invoke(main, arguments, env={"COLUMNS": columns})
    return result.exit_code, result.output


def test_a_result_is_a_table_and_texts_do_nothing_to_the_terminal(lake: Path) -> None:
    code, text = sql(lake, "SELECT doc_id, reason, position FROM ledger ORDER BY 1")
    assert code == 0, text
    lines = text.splitlines()
    assert lines[0].split() == ["doc_id", "reason", "position"]
    assert lines[1].split() == ["a1", "kept", "0"]
    assert r"\x1b[31mred\x1b]0;title\x07 \u202egnp.exe\n[bold]x[/bold]" in lines[4]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_errors_and_names_of_columns_do_nothing_to_the_terminal_either(lake: Path) -> None:
    code, text = sql(lake, "SELECT CAST(reason AS INTEGER) FROM ledger WHERE doc_id = 'c1'")
    assert code == 1
    assert "Could not convert" in text
    assert "\x1b" not in text
    code, text = sql(lake, f'SELECT 1 AS "{EVIL}"')
    assert code == 0
    assert "\x1b" not in text


def test_a_reader_that_has_seen_enough_is_no_error(lake: Path) -> None:
    command = [sys.executable, "-m", "curation_assets.cli", "sql", "--lake", str(lake), "--format", "csv"]
    endless = "SELECT repeat('x', 1000) FROM range(100000)"
    with subprocess.Popen([*command, endless], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stderr
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""


def test_names_of_tables_are_told_and_wrong_ones_explained(lake: Path) -> None:
    for query in ("show tables", " SHOW ALL TABLES; "):
        code, text = sql(lake, query)
        assert code == 0
        assert [line.strip() for line in text.splitlines()][1:] == [
            "clean_documents", "density_sketch", "documents", "ledger", "quality_scores", "topics"
        ]  # fmt: skip
    code, text = sql(lake, "FROM ledgr")
    assert code == 1
    assert "there is no table ledgr (did you mean ledger?)" in text
    code, text = sql(lake, "FROM mixture_plan")
    assert code == 1
    assert text == "Error: mixture_plan: not built yet in this lake; curate run builds it\n"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["FROM ledger", "-n", "2", "--format", "csv"], "LIMIT"),
        (["--tables", "--format", "json"], "go with a query"),
        (["--views", "x.duckdb", "-o", "y.csv"], "go with a query"),
    ],
)
def test_options_that_would_do_nothing_are_refused(lake: Path, options: list[str], told: str) -> None:
    code, text = sql(lake, *options)
    assert code == 2
    assert told in text


def test_a_row_that_is_wider_than_the_terminal_is_a_list(lake: Path) -> None:
    code, text = sql(lake, "FROM documents ORDER BY doc_id LIMIT 2", columns="80")
    assert code == 0
    assert re.search(r"^row 2\n  doc_id +a2$", text, re.MULTILINE)


def test_what_is_left_out_of_a_table_is_said(lake: Path) -> None:
    code, text = sql(lake, "FROM ledger", "-n", "2")
    assert code == 0
    assert "The first 2 rows" in text
    assert "No rows." in sql(lake, "FROM ledger WHERE false")[1]


def test_files_have_every_row_and_value(lake: Path, tmp_path: Path) -> None:
    values = "[position] AS list, stage, position = 0 AS first, 'nan'::DOUBLE AS x"
    query = f"SELECT doc_id, reason, {values} FROM ledger"
    for kind in ("csv", "json", "parquet"):
        code, text = sql(lake, query + " ORDER BY 1", "--format", kind, "-o", tmp_path / f"out.{kind}")
        assert code == 0, text
        assert "4 rows" in text
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["doc_id", "reason", "list", "stage", "first", "x"]
    assert rows[4] == ["c1", EVIL, "[0]", "", "true", "nan"]
    found = json.loads((tmp_path / "out.json").read_bytes())
    assert found[3] == {"doc_id": "c1", "reason": EVIL, "list": [0], "stage": None, "first": True, "x": None}
    frame = pl.read_parquet(tmp_path / "out.parquet")
    assert frame["reason"].to_list() == ["kept", "kept", "kept", EVIL]
    assert frame["list"].to_list() == [[0], [1], [0], [0]]


def test_csv_and_json_go_to_a_pipe_and_are_valid_when_empty(lake: Path) -> None:
    assert sql(lake, "SELECT 1 AS a, 2 AS a", "--format", "csv") == (0, "a,a_2\n1,2\n")
    assert json.loads(sql(lake, "FROM ledger WHERE false", "--format", "json")[1]) == []
    assert json.loads(sql(lake, "SELECT 1 AS a", "--format", "json")[1]) == [{"a": 1}]


def test_a_query_that_fails_leaves_the_file_as_it_was(lake: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("before")
    code, text = sql(lake, "SELECT CAST(reason AS INTEGER) FROM ledger", "--format", "csv", "-o", target)
    assert (code, target.read_text()) == (1, "before"), text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lake", "out.csv"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "give a query, or --tables, or --views"),
        (["SELECT 1", "--tables"], "give a query, or --tables, or --views"),
        (["SELECT 1", "--format", "parquet"], "needs -o FILE"),
        (["SELECT 1", "-o", "x.csv"], "-o goes with --format"),
        (["SELECT 1", "--format", "csv", "-o", "LAKE/ledger/x.csv"], "lies in the lake"),
    ],
)
def test_options_that_do_not_go_together_are_refused(lake: Path, options: list[str], words: str) -> None:
    code, text = sql(lake, *[option.replace("LAKE", str(lake)) for option in options])
    assert code == 2
    assert words in " ".join(text.split())


def test_the_views_are_listed_with_a_sentence_a_column(lake: Path) -> None:
    code, text = sql(lake, "--tables")
    assert code == 0
    assert "documents: a row for every document that was read" in text
    assert "ledger: 3 files" in text
    assert "density_sketch: 1 file" in text
    assert re.search(r"decided_by +VARCHAR +the value that decided", text)
    assert re.search(r"ask_llm +DOUBLE +Ask-LLM score", text)
    code, text = sql(Lake(lake.parent / "nowhere").root, "--tables")
    assert code == 1
    assert "there is no lake" in text


def test_views_are_written_and_the_command_says_that_paths_are_absolute(lake: Path, tmp_path: Path) -> None:
    code, text = sql(lake, "--views", tmp_path / "views.duckdb")
    assert code == 0
    assert "absolute paths" in text
    assert (tmp_path / "views.duckdb").is_file()


@given(st.text(), st.integers(1, 20))
def test_a_cell_is_one_printable_line(text: str, longest: int) -> None:
    assert all(is_harmless(letter) for letter in cell(text, longest))


@given(st.lists(st.sampled_from(["a", "a_2", "b", ""]), max_size=6))
def test_names_of_columns_are_made_unique_and_the_first_stays(names: list[str]) -> None:
    made = unique(names)
    assert len(set(made)) == len(made) == len(names)
    assert all(
        new == old
        for place, (new, old) in enumerate(zip(made, names, strict=True))
        if old not in names[:place]
    )
