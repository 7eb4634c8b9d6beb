"""The draw: budgets met exactly, odds as weighed, probabilities that are true."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.mixture.draw import Draw, exponential_keys, fill

IDS = [f"doc{i}" for i in range(12)]
WEIGHTS = np.array([0.2, 0.5, 0.5, 1, 1, 1, 2, 2, 3, 5, 8, 20])
SIZES = np.array([50, 7, 20, 1, 30, 10, 15, 80, 5, 25, 40, 0])


def _draws(seeds: int, sizes: np.ndarray, budget: int) -> list[Draw]:
    return [fill(exponential_keys(IDS, WEIGHTS, seed), sizes, budget, WEIGHTS) for seed in range(seeds)]


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 50)), max_size=40),
    st.integers(0, 1200),
    st.data(),
)
def test_budget_is_met_within_one_document(
    rows: list[tuple[int, int]], budget: int, data: st.DataObject
) -> None:
    """Taken: the longest run of smallest keys in which the total before each document is below the budget."""
    keys = np.array([key for key, _ in rows], dtype=np.float64)
    sizes = np.array([size for _, size in rows], dtype=np.int64)
    draw = fill(keys, sizes, budget, np.ones(len(rows)))
    total, expected = 0, set()
    for position in sorted(range(len(rows)), key=lambda i: (keys[i], i)):
        if total >= budget:
            break
        total += int(sizes[position])
        expected.add(position)
    assert set(np.flatnonzero(draw.taken).tolist()) == expected
    assert (draw.threshold is None) == (len(expected) == len(rows))
    assert ((draw.probability >= 0) & (draw.probability <= 1)).all()


def test_first_document_is_drawn_in_proportion_to_its_weight() -> None:
    seeds = 4000
    rates = np.mean([draw.taken for draw in _draws(seeds, np.ones(12, np.int64), 1)], axis=0)
    expected = WEIGHTS / WEIGHTS.sum()
    assert (np.abs(rates - expected) < 4 * np.sqrt(expected * (1 - expected) / seeds)).all()


@pytest.mark.parametrize(("sizes", "budget"), [(np.ones(12, np.int64), 5), (SIZES, 100)])
def test_inclusion_probabilities_are_true(sizes: np.ndarray, budget: int) -> None:
    """Over many draws, a document is taken as often as its probability says: within 4 standard errors."""
    draws = _draws(3000, sizes, budget)
    taken = np.array([draw.taken for draw in draws], dtype=float)
    excess = taken - np.array([draw.probability for draw in draws])
    assert (np.abs(excess.mean(axis=0)) <= 4 * excess.std(axis=0, ddof=1) / np.sqrt(len(draws)) + 1e-12).all()
    assert excess.sum(axis=1).mean() == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize(("sizes", "budget"), [(np.ones(12, np.int64), 5), (SIZES, 100)])
def test_sums_over_the_taken_estimate_sums_over_all(sizes: np.ndarray, budget: int) -> None:
    """Horvitz and Thompson: divided by the probability, a total is right on average."""
    values = np.arange(1.0, 13.0)
    totals = [(values[d.taken] / d.probability[d.taken]).sum() for d in _draws(3000, sizes, budget)]
    error = np.std(totals, ddof=1) / np.sqrt(len(totals))
    assert np.mean(totals) == pytest.approx(values.sum(), abs=4 * error)


def test_thresholds_equal_those_found_by_moving_a_key() -> None:
    """A document is taken with any key up to the threshold behind its probability, and with none above."""
    keys = exponential_keys(IDS, WEIGHTS, seed=5)
    draw = fill(keys, SIZES, 100, WEIGHTS)
    for i in range(12):
        limit = -np.log1p(-draw.probability[i]) / WEIGHTS[i]
        for factor, expected in ((0.999, True), (1.001, False)):
            moved = keys.copy()
            moved[i] = limit * factor
            assert fill(moved, SIZES, 100, WEIGHTS).taken[i] == expected


def test_edges() -> None:
    keys, sizes = np.array([1.0, 2.0]), np.array([5, 5])
    everything = fill(keys, sizes, 11, np.ones(2))
    assert (everything.taken.all(), everything.probability.tolist()) == (True, [1.0, 1.0])
    nothing = fill(keys, sizes, 0, np.ones(2))
    assert (nothing.taken.any(), nothing.probability.tolist()) == (False, [0.0, 0.0])
    assert fill(keys[:0], sizes[:0], 5, np.ones(0)).taken.size == 0
