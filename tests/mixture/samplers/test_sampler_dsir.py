"""DSIR's log weights: the draw is Gumbel top-k, whatever their size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sampler_inputs import measured

from curation_assets.mixture.draw import Pool, draw_by_log_weight
from curation_assets.mixture.keys import exponentials, uniforms
from curation_assets.mixture.samplers.interface import scores_of

NAMES = [f"d{number}" for number in range(200)]


def gumbel_keys(log_weights: np.ndarray, seed: int) -> np.ndarray:
    """Return log weight plus Gumbel noise, as in DSIR; the largest are taken."""
    numbers = uniforms(NAMES, seed)
    return log_weights - np.log(-np.log(numbers))


@given(seed=st.integers(0, 1000), spread=st.sampled_from([0.1, 3.0, 100.0]))
def test_exponential_keys_of_the_weights_are_gumbel_keys(seed: int, spread: float) -> None:
    """-log(u) / w ascends as log w - log(-log u) descends: one is minus the logarithm of the other."""
    log_weights = np.random.default_rng(seed).normal(scale=spread, size=200)
    luck = exponentials(uniforms(NAMES, seed))
    exponential = luck / np.exp(log_weights)
    gumbel = gumbel_keys(log_weights, seed)
    assert -np.log(exponential) == pytest.approx(gumbel, abs=1e-9)
    assert np.argsort(exponential).tolist() == np.argsort(-gumbel).tolist()
    once = np.ones(200, np.int64)
    taken = draw_by_log_weight(Pool(luck, once, once.astype(np.int32), 30), log_weights).taken
    assert set(np.flatnonzero(taken)) == set(np.argsort(-gumbel)[:30].tolist())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=30),
    st.integers(0, 30),
    st.floats(-50, 50),
    st.integers(0, 5),
)
def test_a_document_more_displaces_at_most_one(weights: list[float], k: int, more: float, seed: int) -> None:
    def taken(names: list[str], log_weights: list[float]) -> np.ndarray:
        once = np.ones(len(names), np.int64)
        pool = Pool(exponentials(uniforms(names, seed)), once, once.astype(np.int32), k)
        return draw_by_log_weight(pool, np.array(log_weights)).taken

    before = taken(NAMES[: len(weights)], weights)
    after = taken(["new", *NAMES[: len(weights)]], [more, *weights])
    assert before.sum() == min(k, len(weights))
    assert (before & ~after[1:]).sum() == (after[0] and len(weights) >= k)
    assert not (after[1:] & ~before).any()


def test_extreme_weights_stay_finite() -> None:
    once = np.ones(5, np.int64)
    pool = Pool(exponentials(uniforms(NAMES[:5], 0)), once, once.astype(np.int32), 2)
    drawn = draw_by_log_weight(pool, np.array([-1e6, 1e6, 0, 1e5, 3]))
    assert drawn.taken.tolist() == [False, True, False, True, False]
    assert np.isfinite(drawn.probability).all()
    assert drawn.probability[1] == pytest.approx(1)


def test_log_weights_of_thousands_keep_their_order_where_weights_cannot() -> None:
    """As weights all but a few of these are 0, and the rest would be drawn blindly; logs tell them apart."""
    log_weights = np.linspace(-5000, 5000, 200)
    scores = scores_of(200, tokens=np.full(200, 500), named={"dsir": log_weights})
    made = measured("dsir", scores)
    assert made.tolist() == log_weights.tolist()
    weights = np.exp(log_weights - log_weights.max())
    assert (weights == 0).sum() > 150
    taken = set(np.argsort(-gumbel_keys(made, seed=1))[:50].tolist())
    assert taken == set(range(150, 200))


def test_short_and_missing_ones_are_left_out() -> None:
    scores = scores_of(
        4,
        tokens=np.array([99, 100, 5000, 400]),
        named={"dsir": np.array([-1.0, -300.0, np.nan, -np.inf])},
    )
    assert measured("dsir", scores) == pytest.approx([np.nan, -300.0, np.nan, np.nan], nan_ok=True)
    every = measured("dsir", scores, dsir={"minimum_tokens": 0})
    assert every == pytest.approx([-1.0, -300.0, np.nan, np.nan], nan_ok=True)
