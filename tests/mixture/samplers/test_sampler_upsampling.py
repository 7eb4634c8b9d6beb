"""Repetitions along the curve: closed-form shares, the budget, the cap, and what cannot be had."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from sampler_inputs import measured

from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.samplers.interface import scores_of
from curation_assets.mixture.samplers.upsampling import exponent, repetitions


def test_the_exponent_solves_the_equation_of_the_best_bucket() -> None:
    """By bisection on p of ratio * (1 - g(.95)) / .05 = 7, with a = .4: algorithms.md 1.7."""
    for ratio in (0.4, 1.0, 2.5, 4.0):
        low, high = 0.0, 1e4
        for _ in range(200):
            middle = (low + high) / 2
            top = ratio * (1 - ((0.95 - 0.4) / 0.6) ** (middle + 1)) / 0.05
            low, high = (middle, high) if top < 7 else (low, middle)
        assert exponent(ratio, 0.4, 7.0, 20) == pytest.approx(low, rel=1e-9)


def test_shares_of_buckets_are_the_closed_form() -> None:
    """4,000 documents of equal length, with a budget of as many tokens as there are."""
    count, a = 4000, 0.4
    value = np.random.default_rng(1).permutation(count).astype(np.float64)
    copies = repetitions(value, np.full(count, 100), budget=100 * count)
    p = exponent(1.0, a, 7.0, 20)
    assert p == pytest.approx(3.951, abs=1e-3)
    ordered = copies[np.argsort(value)].reshape(20, -1)
    edges = np.linspace(0, 1, 21)
    drawn = np.where(edges < a, 0, np.maximum(edges - a, 0) / (1 - a)) ** (p + 1)
    assert ordered.mean(axis=1) / 20 == pytest.approx(np.diff(drawn), abs=1e-12)
    assert ordered[:8].max() == 0.0
    assert ordered[-1] == pytest.approx(np.full(200, 7.0))


@given(st.data())
def test_the_budget_is_met_and_the_cap_and_the_order_hold(data: st.DataObject) -> None:
    start, cap = (
        data.draw(st.sampled_from([0.0, 0.33, 0.4, 0.7])),
        data.draw(st.sampled_from([1.0, 4.0, 7.0])),
    )
    rows = st.tuples(st.one_of(st.just(math.nan), st.integers(0, 5).map(float)), st.integers(0, 900))
    value, tokens = np.array(data.draw(st.lists(rows, min_size=1, max_size=40)), np.float64).T
    tokens = tokens.astype(np.int64)
    total = int(tokens[~np.isnan(value)].sum())
    assume(total > 0)
    ratio = data.draw(st.floats(cap / 20, cap * (1 - start)))
    copies = repetitions(value, tokens, ratio * total, start, cap)
    assert float(tokens @ copies) == pytest.approx(ratio * total, rel=1e-9)
    assert copies.min() >= 0
    assert copies.max() <= cap
    assert not copies[np.isnan(value)].any()
    known = np.flatnonzero(~np.isnan(value))
    best_first = known[np.argsort(-value[known], kind="stable")]
    assert (np.diff(copies[best_first]) <= 0).all()


@given(seed=st.integers(0, 50))
def test_the_order_of_rows_and_the_scale_do_not_matter(seed: int) -> None:
    generator = np.random.default_rng(seed)
    value, tokens = generator.random(50), generator.integers(1, 900, 50)
    copies = repetitions(value, tokens, tokens.sum())
    order = generator.permutation(50)
    assert repetitions(value[order], tokens[order], tokens.sum()) == pytest.approx(copies[order], abs=1e-9)
    assert repetitions(value * 8 - 3, tokens, tokens.sum()).tolist() == copies.tolist()


def test_a_budget_that_the_curve_cannot_have_is_refused_with_the_arithmetic() -> None:
    value, tokens = np.arange(20.0), np.ones(20, np.int64)
    with pytest.raises(
        ValueError, match=r"5 times .* 5 / \(1 - 0\.4\) = 8\.333 times, more than the cap of 7"
    ):
        repetitions(value, tokens, 100)
    with pytest.raises(ValueError, match=r"0\.1 \* 20 = 2 times, less than the cap of 7.*0\.1667 and 2 can"):
        repetitions(value, tokens, 2)
    with pytest.raises(ValueError, match=r"between 0\.35 and 4\.2 times the tokens"):
        repetitions(value, tokens, 2)
    with pytest.raises(ValueError, match="2 documents without tokens"):
        repetitions(np.ones(2), np.zeros(2, np.int64), 5)
    with pytest.raises(ValueError, match="lies in the best of 20 buckets"):
        exponent(1.0, 0.96, 7.0, 20)
    with pytest.raises(ValidationError, match="lies in the best of 4 buckets"):
        MixtureConfig(upsampling={"start": 0.8, "buckets": 4})


def test_the_ends_of_what_can_be_had() -> None:
    """A flat step at the one, the best bucket alone at the other."""
    value, tokens = np.arange(20.0), np.ones(20, np.int64)
    assert repetitions(value, tokens, 20 * 0.6 * 7) == pytest.approx([0.0] * 8 + [7.0] * 12)
    assert repetitions(value, tokens, 20 * 0.05 * 7) == pytest.approx([0.0] * 19 + [7.0])
    flat = repetitions(value, tokens, 20 * 7, start=0.0)  # where rounding would show
    assert flat.max() <= 7.0
    assert (np.diff(flat) >= 0).all()
    assert repetitions(value, tokens, 0).tolist() == [0.0] * 20
    assert repetitions(value[:0], tokens[:0], 9).tolist() == []


def test_the_value_is_the_score_of_the_settings() -> None:
    scores = scores_of(2, rank=np.array([0.25, 0.75]), named={"edu": np.array([3.0, 1.0])})
    assert measured("upsampling", scores).tolist() == [0.25, 0.75]
    assert measured("upsampling", scores, upsampling={"score": "edu"}).tolist() == [3.0, 1.0]
