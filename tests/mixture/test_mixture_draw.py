"""The draw: budgets met exactly, odds as weighed, probabilities that are true."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.mixture.draw import (
    Draw,
    Pool,
    draw_by_chance,
    draw_by_log_weight,
    draw_by_weight,
    fill,
    repeat,
    take_in_order,
)
from curation_assets.mixture.keys import exponentials, uniforms

IDS = [f"doc{i}" for i in range(12)]
WEIGHTS = np.array([0.2, 0.5, 0.5, 1, 1, 1, 2, 2, 3, 5, 8, 20])
SIZES = np.array([50, 7, 20, 1, 30, 10, 15, 80, 5, 25, 40, 0])


def exponential_keys(names: list[str], weights: np.ndarray, seed: int) -> np.ndarray:
    return exponentials(uniforms(names, seed)) / weights


def pool_of(seed: int, sizes: np.ndarray, budget: int, most: int | np.ndarray = 1) -> Pool:
    names = [f"doc{i}" for i in range(len(sizes))]
    return Pool(exponentials(uniforms(names, seed)), sizes, np.full(len(sizes), most, dtype=np.int32), budget)


def _draws(seeds: int, sizes: np.ndarray, budget: int) -> list[Draw]:
    return [draw_by_weight(pool_of(seed, sizes, budget), WEIGHTS) for seed in range(seeds)]


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
    draw = draw_by_weight(Pool(keys, sizes, np.ones(len(rows), np.int32), budget), np.ones(len(rows)))
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
    draw = draw_by_weight(pool_of(5, SIZES, 100), WEIGHTS)
    keys = exponential_keys(IDS, WEIGHTS, seed=5)
    for i in range(12):
        limit = -np.log1p(-draw.probability[i]) / WEIGHTS[i]
        for factor, expected in ((0.999, True), (1.001, False)):
            moved = keys.copy()
            moved[i] = limit * factor
            assert fill(moved, SIZES, 100, None).taken[i] == expected


def test_edges() -> None:
    keys, sizes = np.array([1.0, 2.0]), np.array([5, 5])
    once = np.ones(2, np.int32)
    everything = draw_by_weight(Pool(keys, sizes, once, 11), np.ones(2))
    assert (everything.taken.all(), everything.probability.tolist()) == (True, [1.0, 1.0])
    nothing = draw_by_weight(Pool(keys, sizes, once, 0), np.ones(2))
    assert (nothing.taken.any(), nothing.probability.tolist()) == (False, [0.0, 0.0])
    assert draw_by_weight(Pool(keys[:0], sizes[:0], once[:0], 5), np.ones(0)).taken.size == 0


CHANCES = np.array([0.0, 0.002, 0.026, 0.1, 0.25, 0.42, 0.5, 0.75, 0.9, 0.99, 1.0, 1.0])


def test_each_document_is_kept_with_its_own_chance() -> None:
    """Without a budget that binds: within 4 standard errors, and independently of each other."""
    seeds = 4000
    draws = [draw_by_chance(pool_of(seed, SIZES, 10**6), CHANCES) for seed in range(seeds)]
    kept = np.array([draw.taken for draw in draws], dtype=float)
    rates = kept.mean(axis=0)
    assert (np.abs(rates - CHANCES) <= 4 * np.sqrt(CHANCES * (1 - CHANCES) / seeds) + 1e-12).all()
    assert draws[0].probability == pytest.approx(CHANCES)
    number = kept.sum(axis=1)
    assert number.var(ddof=1) == pytest.approx((CHANCES * (1 - CHANCES)).sum(), rel=0.1)


def test_a_budget_that_binds_draws_among_those_kept() -> None:
    for seed in range(50):
        free, bound = (draw_by_chance(pool_of(seed, SIZES, budget), CHANCES) for budget in (10**6, 60))
        assert (free.taken | ~bound.taken).all()
        assert 0 <= SIZES[bound.taken].sum() - min(60, SIZES[free.taken].sum()) < SIZES.max()
        assert (bound.probability <= free.probability + 1e-12).all()


@given(
    st.lists(st.tuples(st.integers(1, 100), st.integers(0, 4)), min_size=1, max_size=30),
    st.integers(0, 5000),
    st.integers(0, 3),
    st.booleans(),
)
def test_repetition_fills_the_budget_and_keeps_to_the_caps(
    rows: list[tuple[int, int]], budget: int, seed: int, drawn: bool
) -> None:
    sizes, most = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    pool = pool_of(seed, sizes, budget, most)
    weights = 1.0 + np.arange(len(rows)) % 3
    made = draw_by_weight(pool, weights) if drawn else take_in_order(pool, weights)
    total, room = int((sizes * made.copies).sum()), int((sizes * most).sum())
    assert (made.copies <= most).all()
    assert total == room if room <= budget else 0 <= total - budget < sizes.max()
    assert (made.probability[made.taken] > 0).all()
    assert ((made.probability >= 0) & (made.probability <= 1)).all()
    passes = 0
    while passes < most.max(initial=0) and (sizes * np.minimum(most, passes + 1)).sum() < budget:
        passes += 1
    more = made.copies - np.minimum(most, passes)
    assert ((more >= 0) & (more <= (most > passes))).all(), "whole passes, then at most one more"


@given(
    st.lists(st.tuples(st.integers(1, 100), st.floats(0, 5, allow_subnormal=False)), min_size=1, max_size=30),
    st.integers(0, 5000),
    st.integers(0, 3),
)
def test_documents_are_repeated_as_often_as_expected(
    rows: list[tuple[int, float]], budget: int, seed: int
) -> None:
    sizes = np.array([size for size, _ in rows], dtype=np.int64)
    expected = np.array([times for _, times in rows])
    made = repeat(pool_of(seed, sizes, budget, 4), expected)
    wanted = (np.minimum(expected, 4) * sizes).sum()
    scaled = np.minimum(expected, 4) * min(1.0, budget / wanted if wanted else 1.0)
    assert (np.abs(made.copies - scaled) < 1 + 1e-6).all()
    assert abs(int((made.copies * sizes).sum()) - min(budget, wanted)) <= sizes.max()


def test_the_fraction_of_a_repetition_is_drawn() -> None:
    seeds, expected = 3000, np.linspace(0.05, 2.8, 12)
    draws = [repeat(pool_of(seed, np.ones(12, np.int64), 10**6, 9), expected) for seed in range(seeds)]
    copies = np.array([draw.copies for draw in draws], dtype=float)
    # The total is fixed, so the draws of the fractions lean on each other: a few percent of the chance.
    assert copies.mean(axis=0) == pytest.approx(expected, abs=0.08)
    excess = np.array([draw.taken - draw.probability for draw in draws])
    assert (np.abs(excess.mean(axis=0)) <= 4 * excess.std(axis=0, ddof=1) / np.sqrt(seeds) + 1e-12).all()


def test_luck_is_uniform_and_depends_on_name_and_seed_alone() -> None:
    names = [f"{i:032x}" for i in range(50_000)]
    numbers = uniforms(names, 3)
    assert ((numbers > 0) & (numbers < 1)).all()
    counts = np.histogram(numbers, 20, (0, 1))[0]
    assert ((counts - 2500) ** 2 / 2500).sum() < 43.8, "chi-square of 19 degrees of freedom, p = .001"
    assert abs(np.corrcoef(numbers, uniforms(names, 4))[0, 1]) < 0.02
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.02
    beside = uniforms([*names[:10], "a much longer name, which makes the array of names wider", "é"], 3)
    assert beside[:10].tolist() == numbers[:10].tolist()
    assert uniforms([], 3).size == 0
    assert len(np.unique(numbers)) == len(names)


@pytest.mark.parametrize("budget", [0, 1, 60, 100, 293, 10**6])
def test_logarithms_of_weights_draw_like_the_weights(budget: int) -> None:
    for seed in range(20):
        pool = pool_of(seed, SIZES, budget)
        one, other = draw_by_weight(pool, WEIGHTS), draw_by_log_weight(pool, np.log(WEIGHTS) + 5000.0)
        assert one.copies.tolist() == other.copies.tolist()
        assert other.probability == pytest.approx(one.probability)


@pytest.mark.parametrize("budget", [30, 100, 290])
def test_chances_are_true_where_the_last_document_has_to_fit(budget: int) -> None:
    draws = [
        draw_by_weight(dataclasses.replace(pool_of(seed, SIZES, budget), beyond=False), WEIGHTS)
        for seed in range(3000)
    ]
    totals = np.array([SIZES[draw.taken].sum() for draw in draws])
    assert (totals <= budget).all()
    assert (budget - totals < SIZES.max()).all()
    excess = np.array([draw.taken - draw.probability for draw in draws])
    assert (np.abs(excess.mean(axis=0)) <= 4 * excess.std(axis=0, ddof=1) / np.sqrt(len(draws)) + 1e-12).all()


@pytest.mark.parametrize("beyond", [True, False])
def test_one_that_is_taken_already_has_the_chance_that_it_would_have(beyond: bool) -> None:
    """The chance of a document that may not be taken is what it has where it may, the others as they are."""
    for seed in range(30):
        pool = dataclasses.replace(pool_of(seed, SIZES, 100), beyond=beyond)
        for place in (3, 7, 11):
            most = np.where(np.arange(12) == place, 0, 1).astype(np.int32)
            without = draw_by_weight(dataclasses.replace(pool, most=most), WEIGHTS)
            assert without.copies[place] == 0
            assert without.probability[place] == pytest.approx(
                draw_by_weight(pool, WEIGHTS).probability[place]
            )


def test_certain_documents_take_turns_where_the_budget_has_no_room_for_all() -> None:
    taken = [
        draw_by_chance(pool_of(seed, np.ones(12, np.int64), 4), np.ones(12)).taken for seed in range(400)
    ]
    rates = np.mean(taken, axis=0)
    assert np.sum(taken, axis=1).tolist() == [4] * 400
    assert (np.abs(rates - 1 / 3) < 4 * np.sqrt(2 / 9 / 400)).all()
