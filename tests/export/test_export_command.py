"""``curate export`` as a user meets it."""

import errno
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from export_lake import mixture_lake, row
from mixture.scored_lake import Scored, ScoredLake

from curation_assets.cli import main
from curation_assets.export.folder import Folder
from curation_assets.mixture.config import Budget, MixtureConfig
from resources.lake import Lake


def export(lake: Path, target: Path, *options: str) -> tuple[int, str]:
    arguments = ["export", "--lake", str(lake), "--to", str(target), *options]
    result = CliRunner().invoke(main, arguments, env={"COLUMNS": "200"})
    return result.exit_code, result.output


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    rows = [row("a", "a text", phase="main", position=0.5), row("b", "b", phase="end", position=0.25)]
    return mixture_lake(
        tmp_path / "lake", {"s": rows}, {"allocation": {"phases": [{"name": "main"}, {"name": "end"}]}}
    ).root


def test_it_ends_with_a_table_and_says_where_the_files_are(lake: Path, tmp_path: Path) -> None:
    code, text = export(lake, tmp_path / "to", "--format", "tokens")
    assert code == 0, text
    assert text.split("phase  ")[1].split()[:3] == ["rows", "readings", "tokens"]
    assert "main" in text
    assert str(tmp_path / "to" / "README.md") in text
    code, text = export(lake, tmp_path / "to", "--format", "tokens")
    assert code == 0, text
    assert "of them there already" in text


def test_one_phase_may_be_taken_by_itself(lake: Path, tmp_path: Path) -> None:
    code, text = export(lake, tmp_path / "to", "--format", "jsonl", "--phase", "end")
    assert code == 0, text
    lines = (tmp_path / "to" / "data" / "s.jsonl").read_text().splitlines()
    assert [json.loads(line)["doc_id"] for line in lines] == ["b"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "jsonl", "--phase", "nap"], "no phase 'nap'; it has 'main', 'end'"),
        (["--format", "jsonl", "--copies", "spread"], "column weight"),
        (["--format", "jsonl", "--eod", "0"], "go with --format tokens"),
        (["--format", "jsonl", "--part-size", "1MB"], "has a file a shard"),
        (["--format", "tokens", "--part-size", "much"], "is no size"),
        (["--format", "tokens", "--part-size", "0"], "a part has 1 to"),
        (["--format", "tokens", "--tokenizer", "./nowhere"], "no file nowhere"),
        (["--format", "tokens", "--eod", "<nothing>"], "no token '<nothing>'"),
        (["--format", "tokens", "--eod", "99999999"], "no token '99999999'"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    lake: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    code, text = export(lake, tmp_path / "to", *options)
    assert code in (1, 2)
    assert words in " ".join(text.split())
    assert not (tmp_path / "to").exists()


def test_a_tokenizer_that_is_none_or_ends_no_document_is_named(lake: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    (tmp_path / "bad.json").write_text("{}")
    code, text = export(
        lake, tmp_path / "to", "--format", "tokens", "--tokenizer", str(tmp_path / "bad.json")
    )
    assert code == 1
    assert "bad.json cannot be read" in text
    good = tmp_path / "words.json"
    Tokenizer(WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]")).save(str(good))
    code, text = export(lake, tmp_path / "to", "--format", "tokens", "--tokenizer", str(good))
    assert code == 1
    assert "no token that is known to end a document" in text
    assert "--eod" in text
    code, text = export(lake, tmp_path / "to", "--format", "tokens", "--tokenizer", str(good), "--eod", "a")
    assert code == 0, text
    assert json.loads((tmp_path / "to" / "tokens.json").read_bytes())["end_of_document"] == {
        "id": 1,
        "token": "a",
    }


def test_without_a_mixture_there_is_nothing_to_export(tmp_path: Path) -> None:
    code, text = export(tmp_path / "no lake", tmp_path / "to", "--format", "jsonl")
    assert (code, "there is no lake" in text) == (1, True)
    (tmp_path / "lake").mkdir()
    code, text = export(tmp_path / "lake", tmp_path / "to", "--format", "jsonl")
    assert (code, "has no mixture yet: curate run makes one" in text) == (1, True)
    lake = mixture_lake(tmp_path / "lake", {"a": [row("a", "x")]})
    lake.discard("mixture", "a")
    code, text = export(tmp_path / "lake", tmp_path / "to", "--format", "jsonl")
    assert (code, "is not the one that its manifest describes" in text) == (1, True)
    (lake.root / "mixture_manifest" / "manifest.json").write_text("{")
    code, text = export(tmp_path / "lake", tmp_path / "to", "--format", "jsonl")
    assert (code, "is damaged" in text) == (1, True)


def test_a_folder_in_the_lake_or_of_others_is_refused(lake: Path, tmp_path: Path) -> None:
    code, text = export(lake, lake / "export", "--format", "jsonl")
    assert (code, "lies in the lake" in text) == (1, True)
    (tmp_path / "mine.txt").write_text("mine")
    code, text = export(lake, tmp_path, "--format", "jsonl")
    assert (code, "is not empty" in text) == (1, True)


def test_a_full_disk_is_a_sentence(lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Folder, "write", full)
    code, text = export(lake, tmp_path / "to", "--format", "datasets")
    assert code == 1
    assert f"the disk of {tmp_path / 'to'} is full; what is finished is kept" in " ".join(text.split())


def test_what_a_run_leaves_behind_is_exported_whole(tmp_path: Path) -> None:
    scored = ScoredLake(tmp_path / "lake", MixtureConfig(budget=Budget(unit="documents", amount=3)))
    scored.hold(
        {
            "a.jsonl": [Scored("aa"), Scored("ab")],
            "b.jsonl": [Scored("ba"), Scored("bb")],
        }
    )
    scored.run()
    taken = pl.concat([Lake(scored.root).read("mixture", shard) for shard in ("a.jsonl", "b.jsonl")])
    for kind in ("parquet", "datasets"):
        code, text = export(scored.root, tmp_path / kind, "--format", kind)
        assert code == 0, text
        found = pl.read_parquet(tmp_path / kind / "data" / "*.parquet")
        assert sorted(found["text"]) == sorted(taken["text"])
        card = (tmp_path / kind / "README.md").read_text()
        assert "3 of 4 documents" in card
        assert "| exact&#95;duplicate | 4 |" in card
