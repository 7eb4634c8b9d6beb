"""Calibration and gate, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.quality.student.calibration import fit_calibration
from curation_assets.quality.student.gate import (
    Figures,
    Gate,
    calibration_error,
    compare,
    gate_from_record,
    spearman,
    top,
    top_overlap,
)

FLOATS = st.floats(-1e6, 1e6)


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_spearman_by_hand() -> None:
    # d = (1, 1, 0, 1, 1): 1 - 6 * 4 / (5 * 24)
    assert spearman(array(1, 2, 3, 4, 5), array(20, 10, 30, 50, 40)) == pytest.approx(0.8)
    assert spearman(array(1, 2, 3), array(3, 2, 1)) == pytest.approx(-1.0)
    # Ranks 1.5, 1.5, 3 and 1, 2, 3: 1.5 / sqrt(1.5 * 2)
    assert spearman(array(1, 1, 2), array(1, 2, 3)) == pytest.approx(1.5 / np.sqrt(3))
    assert spearman(array(1, 1, 1), array(1, 2, 3)) == 0.0


def test_overlap_by_hand() -> None:
    teacher = np.arange(20.0)
    student = teacher.copy()
    student[[19, 0]] = student[[0, 19]]
    assert top(teacher, 0.1).nonzero()[0].tolist() == [18, 19]
    assert top_overlap(student, teacher) == 0.5
    assert top_overlap(student, teacher, 0.5) == 0.9
    assert top(array(1, 1, 1), 0.1).tolist() == [True, False, False]
    # Eight of ten have the highest grade: whichever of them the student likes best is right.
    grades = array(5, 5, 5, 5, 5, 5, 5, 5, 0, 1)
    assert top_overlap(np.arange(10.0), grades, 0.5) == 0.6
    assert top_overlap(-np.arange(10.0), grades, 0.5) == 1.0


def test_calibration_error_by_hand() -> None:
    student, teacher = array(0.1, 0.2, 0.7, 0.9), array(0.2, 0.2, 0.6, 0.6)
    # Halves: |0.15 - 0.2| and |0.8 - 0.6|
    assert calibration_error(student, teacher, bins=2) == pytest.approx(0.125)
    assert calibration_error(student[::-1], teacher[::-1], bins=2) == pytest.approx(0.125)
    assert calibration_error(teacher, teacher) == 0.0


@pytest.mark.parametrize(
    ("figures", "passed"),
    [
        (Figures(100, 0.7, 0.6, 0.1), True),
        (Figures(100, 0.699, 0.9, 0.0), False),
        (Figures(100, 0.9, 0.599, 0.0), False),
    ],
)
def test_both_judgements_have_to_pass(figures: Figures, passed: bool) -> None:
    good = Figures(100, 0.9, 0.9, 0.0)
    for gate in (Gate(figures, good), Gate(good, figures)):
        assert gate.passed is passed
        assert gate_from_record(gate.as_record()) == gate


def test_a_comparison_takes_two_texts() -> None:
    with pytest.raises(ValueError, match="1 and 1"):
        compare(array(1), array(1))


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=80), st.lists(FLOATS, max_size=20))
def test_a_calibration_is_monotone_and_on_the_scale(
    pairs: list[tuple[float, float]], new: list[float]
) -> None:
    predictions, scores = (np.array(column) for column in zip(*pairs, strict=True))
    calibration = fit_calibration(predictions, scores)
    assert calibration.is_monotone
    found = calibration(np.sort([*predictions, *new, -1e300, 1e300]))
    assert (np.diff(found) >= 0).all()
    assert found.min() >= scores.min() - 1e-9 * abs(scores.min())
    assert found.max() <= scores.max() + 1e-9 * abs(scores.max())


def test_a_calibration_undoes_a_curve_and_keeps_ranks() -> None:
    predictions = np.random.default_rng(0).random(5000)
    scores = 100 * predictions**3
    found = fit_calibration(predictions, scores)(predictions)
    assert np.abs(found - scores).max() < 3
    assert len(np.unique(found)) > 4900
    assert spearman(found, scores) > 0.9999


def test_a_calibration_of_noise_averages() -> None:
    random = np.random.default_rng(1)
    calibration = fit_calibration(random.random(4000), (random.random(4000) > 0.8).astype(float))
    assert calibration(array(0.5))[0] == pytest.approx(0.2, abs=0.05)


def test_a_calibrated_score_depends_on_its_prediction_alone() -> None:
    random = np.random.default_rng(2)
    predictions = random.random(300)
    calibration = fit_calibration(predictions, random.random(300) + predictions)
    assert calibration(predictions).tolist() == [calibration(one[None])[0] for one in predictions]
