"""The command line that trains students, and the files it reads."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from made_scored import SCORES, TEXTS, Planted
from survivor_tables import SHARD, write_survivors

from curation_assets.quality.student.cascade import load_cascade
from curation_assets.quality.student.reading import read_lake, read_scored
from curation_assets.quality.student.student import load_student
from curation_assets.quality.student.train import main
from curation_assets.workplace import Workplace
from resources.records import BuildRecord

ROWS = [
    {"text": text, "score": float(score), "teacher": "planted"}
    for text, score in zip(TEXTS, SCORES, strict=True)
]


def write_lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_both_kinds_of_file_train_the_same_student(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, table = write_lines(tmp_path / "scored.jsonl", ROWS), tmp_path / "scored.parquet"
    pl.DataFrame(ROWS).write_parquet(table)
    student, cascade = tmp_path / "student.npz", tmp_path / "cascade.json"
    options = ["--trees", "20", "--characters", "150", "--calls", "0.6", "--output", str(student)]
    assert main(["--scored", str(table), *options, "--cascade", str(cascade)]) == 0
    assert "gate passed: Spearman" in capsys.readouterr().out
    read = load_student(student)
    assert (read.teacher, read.characters, read.record["from"]["name"]) == ("planted", 150, "scored.parquet")
    fitted = load_cascade(cascade, read, Planted())
    assert fitted.record["cross_validated"]["recall"] >= 0.95
    assert fitted.record["cross_validated"]["texts"] + fitted.record["held_out"]["texts"] == len(TEXTS)
    assert main(["--scored", str(lines), *options]) == 0
    assert load_student(student).fingerprint == read.fingerprint


def test_a_failed_gate_and_a_missing_band_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "score": hash_of(str(row["text"]))} for row in ROWS[:150]]
    path, output = write_lines(tmp_path / "noise.jsonl", rows), tmp_path / "student.npz"
    options = ["--output", str(output), "--trees", "5", "--characters", "100"]
    assert main(["--scored", str(path), *options, "--cascade", str(tmp_path / "cascade.json")]) == 1
    printed = capsys.readouterr()
    assert "gate FAILED" in printed.out
    assert "no cascade: recall 0.950" in printed.err
    assert output.exists()
    assert not (tmp_path / "cascade.json").exists()


def hash_of(text: str) -> float:
    return sum(text.encode()) * 7919 % 1000 / 1000


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "neither .parquet nor .jsonl"),
        ("a.jsonl", "[1]\n", "line 1: not an object"),
        ("a.jsonl", '{"text": "a"}\n', "line 1: not an object"),
        ("a.jsonl", '{"text": "a", "score": 1}\n', "1 scored texts"),
        (
            "a.jsonl",
            '{"text": "a", "score": 1, "teacher": "x"}\n{"text": "a", "score": 1}\n',
            "several teachers",
        ),
        ("a.parquet", "no table", "a.parquet: "),
    ],
)
def test_files_that_cannot_be_read_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    assert main(["--scored", str(tmp_path / name), "--output", str(tmp_path / "out.npz")]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


def test_a_cascade_needs_the_teachers_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"text": "a", "score": 1}])
    given = ["--scored", str(path), "--output", str(tmp_path / "s"), "--cascade", str(tmp_path / "c")]
    assert main(given) == 1
    assert "--cascade needs the teacher's fingerprint" in capsys.readouterr().err


def test_rows_without_text_or_score_are_passed_over(tmp_path: Path) -> None:
    rows = [{"text": None, "score": 1}, {"text": "a", "score": None}, {"text": "\ud800", "score": 2}]
    found = read_scored(write_lines(tmp_path / "a.jsonl", [*rows, {"text": "b", "score": 3}]))
    assert (found.texts, found.scores.tolist(), found.teacher) == (["\ud800", "b"], [2.0, 3.0], "")
    pl.DataFrame(rows[:2], schema={"text": pl.String, "score": pl.Int64}).write_parquet(
        tmp_path / "a.parquet"
    )
    assert read_scored(tmp_path / "a.parquet").texts == []


def test_the_scores_of_a_lake_teach_a_student(
    open_workplace: Callable[..., Workplace], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = open_workplace().lake
    write_survivors(open_workplace(), TEXTS)
    rows = {"doc_id": [f"d{row}" for row in range(len(TEXTS))], "other": SCORES, "quality": SCORES}
    lake.write("quality_scores", SHARD, pl.DataFrame(rows))
    with lake.writing():
        lake.save_record(BuildRecord(stage="quality_scores", shard=SHARD, fingerprint="", code_version=""))
    assert len(read_lake(lake, "other", 10**6).texts) == len(set(TEXTS))
    some = read_lake(lake, "other", 300)
    assert some.texts == read_lake(lake, "other", 300).texts
    known = dict(zip(TEXTS, SCORES, strict=True))
    assert [known[text] for text in some.texts] == some.scores.tolist()
    output = tmp_path / "student.npz"
    options = ["--lake", str(lake.root), "--trees", "20", "--characters", "150", "--output", str(output)]
    assert main([*options, "--column", "other", "--texts", "600"]) == 0
    assert load_student(output).record["from"] == {"column": "other"}
    assert main([*options, "--column", "none"]) == 1
    assert "no column 'none', but other, quality" in capsys.readouterr().err
