"""What commands print of sources, names and messages is shown, and never obeyed by a terminal."""

import json
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import click
import polars as pl
import pytest
import report_lake
import yaml
from click.testing import CliRunner
from querying_lake import put
from rich.table import Table

from curation_assets.cards.config import CardConfig
from curation_assets.cards.header import header
from curation_assets.cli import main
from curation_assets.commands.options import explained, print_all
from curation_assets.config import Config, render
from curation_assets.console import VisibleConsole
from curation_assets.text.visible import ascii_json, readable_json, visible_lines
from resources.lake import Lake

HARM = (
    "\x1b[2J clear",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "C1 \x9b31m \x90 \x9c \x85",
    "bidi \u202e \u2066 \u200f",
    "NUL \x00 bell \x07 back \x08 return \r DEL \x7f",
    "lines \u2028 \u2029 hidden \u200b \ufeff \U000e0041",
    "a lone \ud800 surrogate",
)


def harmless(printed: str) -> bool:
    return all(letter.isprintable() or letter == "\n" for letter in printed)


@pytest.mark.parametrize("text", HARM)
def test_strings_in_lines_tables_and_complaints_are_written_out(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table(text)
    table.add_row(text)
    print_all(f"before {text} after", table)
    printed = capsys.readouterr().out
    assert harmless(printed)
    assert f"before {visible_lines(text)} after" in printed
    with pytest.raises(click.ClickException) as caught, explained():
        raise ValueError(text)
    assert harmless(caught.value.message)


def test_numbers_of_a_table_are_legible_in_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    table = Table(*(f"column_{number}" for number in range(6)))
    table.add_row(*(f"{number}" * 7 for number in range(6)))
    print_all(table)
    assert "5555555" in capsys.readouterr().out


def test_in_a_pipe_nothing_of_a_table_is_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    table = Table(*(f"column_{number}" for number in range(9)), box=None)
    table.add_row(*(f"{number}" * 30 for number in range(9)))
    print_all(table)
    assert capsys.readouterr().out.splitlines()[1].split() == [f"{number}" * 30 for number in range(9)]


@pytest.mark.parametrize("text", [*HARM, 'größer 漢字 "quoted" \\ and\nlines'])
def test_json_that_is_printed_hides_nothing_and_means_the_same(text: str) -> None:
    for told in (ascii_json, readable_json):
        printed = told({text: [text, 1.5, None]})
        assert harmless(printed)
        assert json.loads(printed) == {text: [text, 1.5, None]}
    assert ("漢" in readable_json(text)) == ("漢" in text)


def test_the_difference_of_two_versions_obeys_no_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_lake, "SOURCES", (*HARM[:-1], "wiki"))
    lake = report_lake.report_lake(tmp_path / "lake", shards=1, each=40)
    for further in ([], ["--json"]):
        command = ["diff", "latest~1", "latest", "--lake", str(lake.root), *further]
        done = CliRunner().invoke(main, command, env={"COLUMNS": "200"})
        assert done.exit_code == 0, done.output
        assert "[2J clear" in done.output
        assert harmless(done.output)


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_results_are_written_out_for_a_terminal_and_whole_for_a_program(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, texts = Lake(tmp_path / "lake"), [text for text in HARM if text.isascii() or "\ud800" not in text]
    put(lake, "clean_documents", "a", pl.DataFrame({"doc_id": texts, "text": texts}))
    for terminal in (True, False):
        out = TextIOWrapper(BytesIO(), encoding="utf-8", newline="")
        monkeypatch.setattr(out, "isatty", lambda answer=terminal: answer, raising=False)
        monkeypatch.setattr(sys, "stdout", out)
        main.main(
            ["sql", "FROM clean_documents", "--format", kind, "--lake", str(lake.root)], standalone_mode=False
        )
        out.flush()
        printed = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
        assert harmless(printed) == terminal
        if not terminal and kind == "json":
            assert [row["text"] for row in json.loads(printed)] == texts
        if not terminal and kind == "csv":
            assert all(text in printed.replace('""', '"') for text in texts)


def test_a_result_as_csv_is_the_table_formulas_too(tmp_path: Path) -> None:
    """A changed value would be a false one; docs/inspection.md says how a spreadsheet is to take it."""
    lake, formulas = Lake(tmp_path / "lake"), ["=1+1", "+1", "-1", "@x", "\t=1", '=HYPERLINK("http://e";"x")']
    put(lake, "clean_documents", "a", pl.DataFrame({"doc_id": formulas}))
    command = ["sql", "SELECT doc_id FROM clean_documents", "--format", "csv", "--lake", str(lake.root)]
    target = tmp_path / "out.csv"
    assert CliRunner().invoke(main, [*command, "-o", str(target)]).exit_code == 0
    assert pl.read_csv(target)["doc_id"].to_list() == formulas


@pytest.mark.parametrize("text", HARM[:-1])
def test_a_settings_file_is_printed_without_doing_anything_and_says_the_same(text: str) -> None:
    config = Config.model_validate({"card": {"name": text, "description": text}})
    printed = render(config)
    assert harmless(printed)
    assert Config.model_validate(yaml.safe_load(printed)) == config


@pytest.mark.parametrize("text", [*HARM[:-1], "a\n---\nlicense: evil\n---\n# b", "'\"\n\n: {", "- a\n- b"])
def test_the_header_of_a_card_has_a_line_for_a_value_and_no_further_keys(text: str) -> None:
    about = CardConfig(name=text, license=f"https://example.org/{text}", creator=text)
    lines = header(["en"], 5, about=about).splitlines()
    assert lines[0] == lines[-1] == "---"
    assert "---" not in [line.strip() for line in lines[1:-1]]
    known = yaml.safe_load("\n".join(lines[1:-1]))
    assert known["pretty_name"] == text
    assert known["license_link"] == f"https://example.org/{text}"
    assert set(known) == {
        "pretty_name", "license", "license_link", "language", "task_categories", "size_categories"
    }  # fmt: skip


def test_bars_keep_to_the_terminal_and_tables_to_what_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    assert VisibleConsole(force_terminal=True).width == 50
    assert VisibleConsole(force_terminal=True, legible=True).width == 80
    monkeypatch.delenv("COLUMNS")
    assert VisibleConsole(file=StringIO()).width >= 1_000
