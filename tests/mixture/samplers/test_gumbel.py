"""Gumbel top-k draws in proportion to the weights, and a document more displaces at most one other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.mixture.samplers.gumbel import gumbel_top_k

WEIGHTS = np.log(np.array([8.0, 4.0, 2.0, 1.0, 1.0]))
NAMES = list("abcde")


def test_the_first_one_drawn_is_drawn_in_proportion() -> None:
    seeds = 4000
    taken = sum(gumbel_top_k(NAMES, WEIGHTS, 1, seed=seed).taken for seed in range(seeds))
    expected = np.exp(WEIGHTS) / np.exp(WEIGHTS).sum()
    assert (np.abs(taken / seeds - expected) <= 3 * np.sqrt(expected * (1 - expected) / seeds)).all()


def test_probabilities_make_sums_unbiased() -> None:
    seeds, totals = 4000, []
    for seed in range(seeds):
        drawn = gumbel_top_k(NAMES, WEIGHTS, 2, seed=seed)
        totals.append(np.sum(np.arange(1, 6)[drawn.taken] / drawn.probability[drawn.taken]))
    error = np.std(totals) / np.sqrt(seeds)
    assert abs(np.mean(totals) - 15) <= 3 * error


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=30),
    st.integers(0, 30),
    st.floats(-50, 50),
    st.integers(0, 5),
)
def test_a_document_more_displaces_at_most_one(weights: list[float], k: int, more: float, seed: int) -> None:
    names = [f"doc-{number}" for number in range(len(weights))]
    before = gumbel_top_k(names, np.array(weights), k, seed=seed).taken
    after = gumbel_top_k(["new", *names], np.array([more, *weights]), k, seed=seed).taken
    assert before.sum() == min(k, len(weights))
    lost = before & ~after[1:]
    assert lost.sum() == (after[0] and len(weights) >= k)
    assert not (after[1:] & ~before).any()


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(12)), st.integers(0, 12))
def test_order_changes_nothing(order: list[int], k: int) -> None:
    names, weights = [f"doc-{number}" for number in range(12)], np.linspace(-3, 3, 12)
    drawn = gumbel_top_k(names, weights, k)
    shuffled = gumbel_top_k([names[one] for one in order], weights[order], k)
    assert (shuffled.taken == drawn.taken[order]).all()
    assert (shuffled.probability == drawn.probability[order]).all()


def test_what_is_not_eligible_is_never_taken() -> None:
    eligible = np.array([False, True, False, True, True])
    drawn = gumbel_top_k(NAMES, WEIGHTS, 2, eligible=eligible)
    assert drawn.taken.sum() == 2
    assert not drawn.taken[~eligible].any()
    assert (drawn.probability[~eligible] == 0).all()
    assert gumbel_top_k(NAMES, WEIGHTS, 9, eligible=eligible).taken.tolist() == eligible.tolist()


def test_extreme_weights_stay_finite() -> None:
    drawn = gumbel_top_k(NAMES, np.array([-1e6, 1e6, 0, 1e5, 3]), 2)
    assert drawn.taken.tolist() == [False, True, False, True, False]
    assert np.isfinite(drawn.probability).all()
    assert drawn.probability[1] == pytest.approx(1)
