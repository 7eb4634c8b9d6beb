"""Areas under the curve and agreement, held against scikit-learn, SciPy and the definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from curation_assets.quality.doctor.judging import agreement, area, by_kind_of_junk

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([-2.5, 0.0, 0.1, 0.5, 3.0]) | st.floats(-1e6, 1e6)),
    min_size=4,
    max_size=40,
)


def columns(rows: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    labels, scores = zip(*[*rows, (0, 0.0), (0, 0.1), (1, 0.0), (1, 0.5)], strict=True)
    return np.array(labels), np.array(scores, dtype=np.float64)


@given(ROWS)
def test_the_area_is_scikit_learns_and_its_error_delongs(rows: list[tuple[int, float]]) -> None:
    labels, scores = columns(rows)
    found = area(labels, scores)
    assert found.value == pytest.approx(roc_auc_score(labels, scores))
    wins = np.array([[(one > other) + (one == other) / 2 for other in scores[labels == 0]]
                     for one in scores[labels == 1]])  # fmt: skip
    variance = sum(wins.mean(axis=axis).var(ddof=1) / wins.shape[1 - axis] for axis in (0, 1))
    assert found.error == pytest.approx(np.sqrt(variance), abs=1e-9)


@given(ROWS, ROWS)
def test_agreement_is_scipys_rank_correlation(
    rows: list[tuple[int, float]], others: list[tuple[int, float]]
) -> None:
    pairs = list(zip(rows, itertools.cycle(others), strict=False))
    one, other = (np.array([pair[at][1] for pair in pairs]) for at in (0, 1))
    found = agreement([one, other, np.full(len(one), 7.0)])
    assert [row[2] for row in found] == [None] * 3
    if len(set(one.tolist())) > 1 and len(set(other.tolist())) > 1:
        assert found[0][1] == found[1][0] == pytest.approx(spearmanr(one, other).statistic, abs=1e-9)
        assert found[0][0] == pytest.approx(1.0)


def test_each_kind_of_junk_is_held_against_all_prose() -> None:
    labels, scores = np.array([1, 1, 0, 0, 0]), np.array([3.0, 2.0, 1.0, 2.5, 4.0])
    kinds = ["book", "spam", "spam", "menu", "logs"]  # prose may have the name of a kind of junk
    assert by_kind_of_junk(labels, kinds, scores) == {"logs": 0.0, "menu": 0.5, "spam": 1.0}


def test_without_texts_of_both_labels_there_is_no_area() -> None:
    with pytest.raises(ValueError, match="both labels"):
        area(np.array([1, 1]), np.array([0.1, 0.2]))
    assert np.isnan(area(np.array([1, 0, 0]), np.array([1.0, 0.0, 0.0])).error)
