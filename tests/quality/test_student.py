"""A student of a planted teacher: training, its file, and what a score depends on."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from made_scored import HOSTILE, SCORES, TEACHER, TEXTS, made_texts, trained

from curation_assets.quality.student.gate import Figures, Gate, compare
from curation_assets.quality.student.npz_file import save_npz
from curation_assets.quality.student.student import Student, load_student
from curation_assets.quality.student.training import train_student
from resources.models import ModelError


def test_a_student_learns_what_the_teacher_likes() -> None:
    new = [text for text in made_texts(200, seed=9) if text not in TEXTS]
    student = trained().student
    figures = compare(student.score(new), TEACHER.score(new))
    assert student.gate.passed
    assert figures.passed
    assert figures.calibration_error < 0.3
    assert np.ptp(TEACHER.score(new)) > 4


def test_the_gate_is_of_texts_that_were_not_trained_on() -> None:
    result = trained()
    gate, out = result.student.gate, result.held_out
    assert 0.1 < out.mean() < 0.3
    assert gate.held_out == compare(
        result.student.score([TEXTS[i] for i in np.flatnonzero(out)]), SCORES[out]
    )
    assert gate.cross_validated.texts == (~out).sum()
    assert result.unseen[out].tolist() == result.student.score(np.array(TEXTS)[out].tolist()).tolist()


def test_noise_cannot_be_learnt_by_heart() -> None:
    noise = np.random.default_rng(4).random(len(TEXTS))
    result = train_student(TEXTS, noise, trees=30)
    assert not result.student.gate.passed
    assert abs(result.student.gate.cross_validated.spearman) < 0.25


def test_the_same_texts_give_the_same_file_in_any_order(tmp_path: Path) -> None:
    texts, scores = [*TEXTS[:120], TEXTS[0]], [*SCORES[:120], 3.0]
    order = np.random.default_rng(1).permutation(len(texts))
    one = train_student(texts, np.array(scores), trees=5)
    two = train_student([texts[i] for i in order], np.array(scores)[order], trees=5)
    one.student.save(tmp_path / "one.npz")
    two.student.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    assert one.unseen[order].tolist() == two.unseen.tolist()
    assert one.held_out[0] == one.held_out[-1]


def test_a_score_depends_on_its_text_alone() -> None:
    student, some = trained().student, TEXTS[:40]
    scores = student.score(some)
    assert scores.tolist() == [student.score([text])[0] for text in some]
    assert scores[::-1].tolist() == student.score(some[::-1]).tolist()
    assert student.score([]).shape == (0,)


def test_odd_texts_have_scores_on_the_scale() -> None:
    for student in (trained().student, dataclasses.replace(trained().student, characters=None)):
        scores = student.score(HOSTILE)
        assert (scores >= SCORES.min()).all()
        assert (scores <= SCORES.max()).all()
        assert scores.tolist() == [student.score([text])[0] for text in HOSTILE]


def test_a_file_gives_back_the_student(tmp_path: Path) -> None:
    student = trained().student
    student.save(tmp_path / "student.npz")
    read = load_student(tmp_path / "student.npz")
    assert read.fingerprint == student.fingerprint
    assert (read.gate, read.teacher, read.characters) == (student.gate, "planted", 1000)
    assert read.record == json.loads(json.dumps(student.record))
    assert read.score(TEXTS).tolist() == student.score(TEXTS).tolist()
    read.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "student.npz").read_bytes()


def test_the_fingerprint_is_of_what_a_score_depends_on() -> None:
    student = trained().student
    fewer = dataclasses.replace(student, characters=999)
    other = dataclasses.replace(student, coefficients=student.coefficients * np.float32(2))
    noted = dataclasses.replace(student, record={})
    assert len({student.fingerprint, fewer.fingerprint, other.fingerprint}) == 3
    assert noted.fingerprint == student.fingerprint


def test_a_student_that_failed_is_loaded_only_if_asked_for(tmp_path: Path) -> None:
    bad = Gate(Figures(320, 0.65, 0.7, 0.1), Figures(80, 0.8, 0.7, 0.1))
    failed = dataclasses.replace(trained().student, gate=bad)
    failed.save(tmp_path / "failed.npz")
    with pytest.raises(ModelError, match=r"failed its gate: Spearman 0\.650 in cross-validation and 0\.800"):
        load_student(tmp_path / "failed.npz")
    assert load_student(tmp_path / "failed.npz", allow_failed=True).gate == bad


def _broken(student: Student, **arrays: np.ndarray) -> Student:
    return dataclasses.replace(student, forest=dataclasses.replace(student.forest, **arrays))


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path, student = tmp_path / "student.npz", trained().student
    student.save(path)
    data = path.read_bytes()
    files = {"cut.npz": data[: len(data) // 2], "empty.npz": b"", "text.npz": b"not an archive at all"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    np.savez(tmp_path / "bare.npz", values=np.zeros(3))
    np.savez(tmp_path / "object.npz", header=np.array([{}], dtype=object))
    _broken(student, lefts=student.forest.lefts * 0).save(tmp_path / "loop.npz")
    _broken(student, values=student.forest.values * np.nan).save(tmp_path / "nan.npz")
    dataclasses.replace(student, characters=-1).save(tmp_path / "negative.npz")
    dataclasses.replace(student, coefficients=student.coefficients[:-1]).save(tmp_path / "odd.npz")
    save_npz(dataclasses.replace(student._file(), kind="other"), tmp_path / "other.npz")
    save_npz(dataclasses.replace(student._file(), record={}), tmp_path / "record.npz")
    for broken in sorted(tmp_path.glob("*.npz")):
        if broken != path:
            with pytest.raises(ModelError, match=r"student|point out"):
                load_student(broken)
    with pytest.raises(ModelError, match="No such file"):
        load_student(tmp_path / "missing")


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (SCORES[:99], "99 scored texts"),
        (np.full(200, np.nan), "not finite"),
        (np.full(200, 3.0), "all scores are the same"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(scores: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        train_student(TEXTS[: len(scores)], scores)
    with pytest.raises(ValueError, match="scores for"):
        train_student(TEXTS, scores)
