"""A student on embeddings: calibrated, judged, bound to the model of the vectors."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from curation_assets.quality.student.embedded import load_embedding_student, train_embedding_student
from curation_assets.quality.student.gate import Figures, Gate
from resources.models import ModelError

RANDOM = np.random.default_rng(6)
NAMES = [f"text {number}" for number in range(500)]
VECTORS = RANDOM.normal(size=(500, 6)).astype(np.float32)
SCORES = np.exp(VECTORS[:, 0] - VECTORS[:, 1] + 0.2 * RANDOM.normal(size=500))


def test_a_student_comes_to_the_teachers_scale() -> None:
    student = train_embedding_student(NAMES, VECTORS, SCORES, "minilm", teacher="exp")
    assert student.gate.passed
    scores = student.score(VECTORS, "minilm")
    assert scores.tolist() == [student.score(row[None], "minilm")[0] for row in VECTORS]
    assert student.gate.held_out.calibration_error < 0.25 * SCORES.std()
    assert abs(scores.mean() - SCORES.mean()) < 0.1 * SCORES.mean()


def test_the_order_of_the_texts_is_of_no_account(tmp_path: Path) -> None:
    order = RANDOM.permutation(500)
    train_embedding_student(NAMES, VECTORS, SCORES, "minilm").save(tmp_path / "one.npz")
    names = [NAMES[row] for row in order]
    train_embedding_student(names, VECTORS[order], SCORES[order], "minilm").save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_file_gives_back_the_student(tmp_path: Path) -> None:
    student = train_embedding_student(NAMES, VECTORS, SCORES, "minilm", teacher="exp")
    student.save(tmp_path / "student.npz")
    read = load_embedding_student(tmp_path / "student.npz")
    assert (read.fingerprint, read.gate, read.teacher) == (student.fingerprint, student.gate, "exp")
    assert read.score(VECTORS, "minilm").tolist() == student.score(VECTORS, "minilm").tolist()
    with pytest.raises(ModelError, match="these are of other"):
        read.score(VECTORS, "other")
    failed = dataclasses.replace(student, gate=Gate(Figures(400, 0.1, 0.1, 0.0), student.gate.held_out))
    failed.save(tmp_path / "failed.npz")
    with pytest.raises(ModelError, match="failed its gate"):
        load_embedding_student(tmp_path / "failed.npz")
    assert load_embedding_student(tmp_path / "failed.npz", allow_failed=True).gate == failed.gate
