"""UniMax and temperature are what their papers say, within caps and beside other requests."""

from fractions import Fraction

import numpy as np
import pytest
from allocation_cells import table
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.mixture.allocation.allocate import allocate
from curation_assets.mixture.allocation.config import Requests
from curation_assets.mixture.allocation.filling import pour, rule_weights

AMOUNTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=15)


def unimax(amounts: list[int], epochs: int, budget: int) -> list[Fraction]:
    """Algorithm 1 of the paper: sort ascending, share the rest of the budget equally, cap it."""
    given: list[Fraction] = [Fraction(0)] * len(amounts)
    rest = Fraction(budget)
    order = sorted(range(len(amounts)), key=amounts.__getitem__)
    for place, group in enumerate(order):
        share = rest / (len(order) - place)
        given[group] = min(share, Fraction(epochs * amounts[group]))
        rest -= given[group]
    return given


@given(AMOUNTS, st.integers(1, 8), st.integers(0, 200_000))
def test_unimax_is_the_algorithm_of_the_paper(amounts: list[int], epochs: int, budget: int) -> None:
    sizes = np.array(amounts, np.int64)
    held = pour(rule_weights("unimax", sizes, 1.0), 0 * sizes, sizes * epochs, budget)
    np.testing.assert_allclose(held, [float(part) for part in unimax(amounts, epochs, budget)], atol=1e-6)


@given(AMOUNTS, st.integers(1, 8), st.integers(0, 200_000))
def test_unimax_is_uniform_but_for_what_is_full(amounts: list[int], epochs: int, budget: int) -> None:
    cells = table(amounts, epochs=epochs)
    given_ = allocate(cells, Requests(rule={"kind": "unimax"}), budget).budget
    assert given_.sum() == min(budget, sum(amounts) * epochs)
    open_ = given_[given_ < cells.capacity]
    if len(open_):
        assert open_.max() - open_.min() <= 1
        assert given_.max() <= open_.min() + 1


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=15), st.floats(0, 1))
def test_temperature_one_is_in_proportion(amounts: list[int], part: float) -> None:
    budget = int(part * sum(amounts))
    requests = Requests(rule={"kind": "temperature", "temperature": 1.0})
    demand = [1.0 + place for place in range(len(amounts))]  # the rule, not the sampler, decides
    given_ = allocate(table(amounts, demand), requests, budget).budget
    np.testing.assert_allclose(given_, np.array(amounts) / sum(amounts) * budget, atol=1.0)


def test_an_endless_temperature_is_uniform() -> None:
    requests = Requests(rule={"kind": "temperature", "temperature": 1e9})
    assert allocate(table([1000, 5000, 90_000]), requests, 2400).budget.tolist() == [800, 800, 800]


def test_temperature_flattens_by_the_exponent() -> None:
    held = allocate(table([100, 10_000]), Requests(rule={"kind": "temperature", "temperature": 2.0}), 1100)
    assert held.budget.tolist() == [100, 1000]


def test_what_a_cap_blocks_goes_to_the_others_in_proportion() -> None:
    requests = Requests(rule={"kind": "temperature", "temperature": 2.0})
    spread = allocate(table([100, 40_000, 10_000]), requests, 6100)
    assert spread.budget.tolist() == [100, 4000, 2000]
    assert spread.notes == []


def test_a_rule_leaves_room_for_shares_and_floors_of_its_own_grouping() -> None:
    shares = Requests(shares={"s0": 0.5}, rule={"kind": "unimax", "by": "source"})
    assert allocate(table([900] * 4), shares, 900).budget.tolist() == [450, 150, 150, 150]
    cells = table([900] * 4, lengths={"language": 4})
    floors = Requests(floors={"l0": 0.4}, rule={"kind": "unimax", "by": "language"})
    assert allocate(cells, floors, 900).budget.tolist() == [360, 180, 180, 180]


def test_a_rule_and_shares_of_another_grouping_both_hold() -> None:
    cells = table([1000] * 6, [1, 2, 3, 4, 5, 6], {"source": 2, "language": 3})
    requests = Requests(shares={"s0": 0.5}, rule={"kind": "unimax", "by": "language"})
    table_of = allocate(cells, requests, 600).budget.reshape(2, 3)
    assert (table_of.sum(axis=1).tolist(), table_of.sum(axis=0).tolist()) == ([300, 300], [200, 200, 200])


@pytest.mark.parametrize("total", [-5, 0, 7, 19, 20, 21, 60, 1000])
def test_pouring_stays_within_bounds(total: int) -> None:
    lower, upper = np.array([5, 0, 10, 4]), np.array([5, 30, 20, 6])
    held = pour(np.array([1.0, 0.5, 0.25, 0.0]), lower, upper, total)
    assert (held >= lower).all()
    assert (held <= upper).all()
    assert held.sum() == pytest.approx(np.clip(total, 19, 61))
