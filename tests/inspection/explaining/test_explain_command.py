"""``curate explain`` as a user meets it: by id, address and words; what is wrong is said in a sentence."""

import io
import json
import re
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from explained_lake import BIDI, ESCAPE, Planted
from inspection.querying_lake import put
from rich.console import Console
from small_inboxes import prose

from curation_assets.cli import main
from curation_assets.commands.explain import _coloured
from curation_assets.inspection.explaining.explanation import explain
from curation_assets.inspection.explaining.finding import document_by_id
from curation_assets.inspection.explaining.whole import tree_of
from resources.lake import Lake


def run(planted: Planted, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["explain", "--lake", str(planted.lake.root), *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output


def found(planted: Planted, *options: str) -> tuple[str, str]:
    code, text = run(planted, "--json", *options)
    assert code == 0, text
    told = json.loads(text)
    return told["doc_id"], told["shard"]


def test_a_document_is_found_by_id_prefix_address_and_words(planted: Planted) -> None:
    doc_id = planted.doc_id("masked")
    for options in (
        [doc_id],
        [doc_id[:9]],
        [f" {doc_id[:9].upper()} "],
        ["masked"],  # its record_id
        ["--url", "https://example.org/masked/"],
        ["--url", "http://example.org/masked"],
        ["--text", "  " + prose(40)[:60].upper().replace(" ", "\n ")],
    ):
        assert found(planted, *options) == (doc_id, "a.jsonl")


def test_an_id_of_the_input_comes_before_the_beginning_of_another_documents(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = {"doc_id": ["1234aa", "ffff00"], "record_id": ["7", "1234"], "shard": ["s", "s"]}
    put(lake, "raw_documents", "s", pl.DataFrame(rows))
    assert document_by_id(lake, "1234").doc_id == "ffff00"
    assert document_by_id(lake, "1234a").doc_id == "1234aa"
    assert document_by_id(lake, "7").doc_id == "1234aa"


def test_words_of_the_raw_text_are_found_where_cleaning_took_them_out(planted: Planted) -> None:
    assert found(planted, "--text", ESCAPE)[0] == planted.doc_id("hostile")


def test_a_record_of_two_shards_is_the_one_that_was_kept_unless_one_is_named(planted: Planted) -> None:
    doc_id = planted.doc_id("twin", "a.jsonl")
    assert doc_id == planted.doc_id("twin", "b.jsonl")
    kept = planted.table("dedup_clusters").filter("kept", doc_id=doc_id)["shard"].to_list()
    assert found(planted, doc_id) == (doc_id, *kept)
    for shard in ("a.jsonl", "b.jsonl"):
        assert found(planted, doc_id, "--shard", shard) == (doc_id, shard)
    assert "the same record is in" in run(planted, doc_id)[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["0123456789"], "no document has the id '0123456789'"),
        (["\x1b[2Jx"], "no document has the id '\\x1b[2Jx'"),
        (["\udcff\udcfe--"], "no document has the id"),
        (["a"], "too short"),
        (["--text", "Never written"], "no document starts with 'Never written'"),
        (["--text", "(.*)"], "no document starts with '(.*)'"),
        (["--text", " "], "needs the first words"),
        (["--text", "x " * 5000], "no document starts with"),
        (["--url", "http://nowhere"], "no document was read with the address"),
        ([], "give one of DOC_ID, --text and --url"),
        (["x", "--url", "y"], "give one of DOC_ID, --text and --url"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(planted: Planted, options: list[str], words: str) -> None:
    code, text = run(planted, *options)
    assert code != 0
    assert words in text
    assert "Traceback" not in text
    assert is_harmless(text)


def test_several_documents_are_listed_with_their_first_words(place: Planted) -> None:
    code, text = run(place, "--text", prose(3)[:20])
    assert code == 1
    assert "fits 2 documents" in text
    assert f"{place.doc_id('same')} of b.jsonl ('{prose(3)[:10]}" in text
    for shard in ("a.jsonl", "b.jsonl"):
        path = place.lake.table_path("raw_documents", shard)
        pl.read_parquet(path).with_columns(doc_id="alike" + pl.col("doc_id")).write_parquet(path)
    code, text = run(place, "alike")
    assert code == 1
    assert "give more of one" in text
    assert f"and {len(set(place.table('raw_documents')['doc_id'])) - 5} more" in text


def test_an_empty_lake_and_none_at_all_say_what_to_do(planted: Planted, tmp_path: object) -> None:
    for name, words in (("", "holds no documents yet: curate run"), ("none", "is not there: curate run")):
        done = CliRunner().invoke(main, ["explain", "abcdef", "--lake", f"{tmp_path}/{name}"])
        assert done.exit_code == 1
        assert words in done.output


def test_the_wrong_shard_is_told(planted: Planted) -> None:
    code, text = run(planted, planted.doc_id("masked"), "--shard", "b.jsonl")
    assert code == 1
    assert "is not in the shard 'b.jsonl', but in a.jsonl" in text


def test_all_rules_are_shown_when_asked_for(planted: Planted) -> None:
    doc_id = planted.doc_id("masked")
    rules = json.loads(run(planted, doc_id, "--json")[1])["cleaning"]["rules"]
    shown = run(planted, doc_id, "--rules")[1]
    assert all(f"{rule['column']} = " in shown for rule in rules)
    assert len(run(planted, doc_id)[1].splitlines()) < len(shown.splitlines())


def is_harmless(text: str) -> bool:
    bad = {"Cc", "Cf", "Zl", "Zp"}
    return not {letter for letter in text if unicodedata.category(letter) in bad and letter != "\n"}


def test_escapes_and_direction_marks_of_a_document_are_shown_and_never_sent(planted: Planted) -> None:
    doc_id = planted.doc_id("hostile")
    for options in ([doc_id], [doc_id, "--json"], [doc_id, "--rules"], ["--url", f"http://x/{BIDI}"]):
        code, text = run(planted, *options)
        assert code == 0, text
        assert is_harmless(text)
        assert "\\u202e" in text
    assert "\\x1b]0;owned\\x07" in run(planted, doc_id)[1]
    assert "[bold red]markup[/] </script>" in run(planted, doc_id)[1]


def test_in_a_terminal_nothing_but_colours_is_sent_beside_the_words(planted: Planted) -> None:
    told = explain(planted.lake, document_by_id(planted.lake, planted.doc_id("hostile")))
    out = io.StringIO()
    Console(file=out, force_terminal=True, width=90, color_system="standard").print(_coloured(tree_of(told)))
    colours, words = re.compile("\x1b\\[[0-9;]*m"), out.getvalue()
    assert colours.search(words)
    assert is_harmless(colours.sub("", words))
    assert max(map(len, colours.sub("", words).splitlines())) <= 90
    assert "[bold red]markup[/]" in " ".join(colours.sub("", words).split())
