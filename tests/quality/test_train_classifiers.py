"""The command that trains classifiers: files in, one model file out."""

import gzip
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard

from curation_assets.quality.classifiers.dsir import load_dsir
from curation_assets.quality.classifiers.embedding import load_regression
from curation_assets.quality.classifiers.fasttext import load_fasttext
from curation_assets.quality.classifiers.hashed import load_hashed
from curation_assets.quality.classifiers.reading import read_texts
from curation_assets.quality.classifiers.train import main

GOOD = [f"The river {name} rises in the hills." for name in "abcdef"]
BAD = [f"buy {name} now" for name in "uvwxyz"]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return options that name a file of positives and one of negatives."""
    lines = "".join(json.dumps({"text": text, "id": 1}) + "\n" for text in GOOD)
    (tmp_path / "good.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    pl.DataFrame({"text": [*BAD, None]}).write_parquet(tmp_path / "bad.parquet")
    return ["--positive", str(tmp_path / "good.jsonl.gz"), "--negative", str(tmp_path / "bad.parquet")]


@pytest.mark.parametrize("kind", ["hashed", "fasttext", "dsir"])
def test_a_trained_file_ranks_texts(tmp_path: Path, files: list[str], kind: str) -> None:
    output = tmp_path / "model.safetensors"
    assert main(["--kind", kind, *files, "--output", str(output), "--epochs", "30", "--rate", "0.5"]) == 0
    model = {
        "hashed": load_hashed,
        "dsir": load_dsir,
        "fasttext": lambda path: load_fasttext(path, "positive"),
    }[kind](output)
    good, bad = model.score(["the hills rises the river", "buy buy now"])
    assert good > bad
    assert model.record["positive"]["texts"] == len(GOOD)
    assert [file["name"] for file in model.record["files"]] == ["good.jsonl.gz", "bad.parquet"]


def test_a_regression_learns_from_files_of_vectors(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).random(size=(20, 4), dtype=np.float32)
    grades = 3 * vectors[:, 0] + 1
    frame = pl.DataFrame({"embedding": pl.Series(vectors, dtype=pl.Array(pl.Float32, 4))})
    frame.with_columns(grade=pl.Series(grades)).write_parquet(tmp_path / "graded")
    arguments = ["--kind", "embedding", "--positive", str(tmp_path / "graded"), "--grades", "grade"]
    output = ["--output", str(tmp_path / "model")]
    assert main([*arguments, *output]) == 1
    assert main([*arguments, *output, "--embedding-model", "abc", "--penalty", "1e-6"]) == 0
    found = load_regression(tmp_path / "model").score(vectors, "abc")
    np.testing.assert_allclose(found, grades, atol=1e-3)


def test_texts_are_read_from_every_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("one\n\n two \r\n\u2028three", encoding="utf-8")
    (tmp_path / "rows.jsonl.zst").write_bytes(zstandard.compress(b'{"text": "four"}\n{"other": 1}\n'))
    found = list(read_texts([tmp_path / "lines.txt", tmp_path / "rows.jsonl.zst"]))
    assert found == ["one", " two ", "\u2028three", "four"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("model.pickle", b"x", "not one of"),
        ("rows.jsonl", b"[1]\n", "line 1: not a JSON object"),
        ("rows.jsonl", b"{\n", "line 1"),
        ("none.txt", None, "none.txt"),
        ("cut.jsonl.gz", gzip.compress(b'{"text": "a"}\n' * 99, mtime=0)[:-9], "end-of-stream"),
        ("cut.jsonl.zst", b"no zstd", "zstd"),
        ("rows.parquet", b"x", "Parquet"),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes | None, message: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    given = ["--positive", str(tmp_path / name), "--negative", str(tmp_path / name)]
    assert main(["--kind", "hashed", *given, "--output", str(tmp_path / "model")]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
