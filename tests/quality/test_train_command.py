"""``curate train``: one command that reaches every trainer."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_inboxes import prose

from curation_assets.cli import main
from curation_assets.commands.quality import TRAINERS
from curation_assets.quality.perplexity.ngram import NgramPerplexity, read_model


def train(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["train", *map(str, arguments)])
    return result.exit_code, result.output


def test_help_lists_every_kind() -> None:
    code, text = train("--help")
    assert code == 0
    told = [line.split()[0] for line in text.splitlines() if line.strip()]
    assert [name for name in told if name in TRAINERS] == list(TRAINERS)


@pytest.mark.parametrize("kind", TRAINERS)
def test_each_kind_has_its_trainers_help_and_is_named_as_it_is_called(kind: str) -> None:
    code, text = train(kind, "--help")
    assert code == 0
    assert text.startswith(f"usage: curate train {kind} ")
    assert "--output" in text
    code, text = train(kind, "--nonsense")
    assert code == 2
    assert f"curate train {kind}: error: " in text


def test_a_kind_that_is_none_is_refused() -> None:
    code, text = train("magic", "--help")
    assert code == 2
    assert "magic" in text


def test_a_model_comes_out(tmp_path: Path) -> None:
    texts = tmp_path / "texts.jsonl"
    texts.write_text("".join(json.dumps({"text": prose(number)}) + "\n" for number in range(8)))
    output = tmp_path / "model.npz"
    code, text = train("ngram", "--texts", texts, "--output", output, "--minimum-word", "1")
    assert code == 0, text
    assert f"written to {output}" in text
    model = read_model(output)
    assert [file["name"] for file in model.record["files"]] == ["texts.jsonl"]  # type: ignore[union-attr]
    like, unlike = NgramPerplexity(model).score([prose(9), "qx zz kk jj vv"])
    assert like < unlike


@pytest.mark.parametrize("kind", ["probe", "classifier"])
def test_files_that_are_missing_are_told_of_in_a_line(tmp_path: Path, kind: str) -> None:
    none, output = tmp_path / "none.jsonl", tmp_path / "model"
    given = {
        "probe": ["--labels", none],
        "classifier": ["--kind", "hashed", "--positive", none, "--negative", none],
    }
    code, text = train(kind, *given[kind], "--output", output)
    assert code == 1
    assert text.startswith("error: ")
    assert "none.jsonl" in text
    assert len(text.strip().splitlines()) == 1
