"""Phases share the budget exactly and are drawn independently; orders are stable keys."""

import math

import numpy as np
import pytest
from allocation_cells import table
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.mixture.allocation.allocate import allocate
from curation_assets.mixture.allocation.cells import cells_of
from curation_assets.mixture.allocation.config import AllocationConfig, Requests
from curation_assets.mixture.allocation.ordering import order_keys, ordered_by
from curation_assets.mixture.allocation.phases import phase_seed, phases_of
from curation_assets.mixture.draw import Pool, draw_by_weight

THIRDS = [
    {"name": "one", "share": 1 / 3},
    {"name": "two", "share": 1 / 3, "alpha": 0.5, "order": "length_ascending"},
    {"name": "three", "share": 1 / 3, "allocation": {"shares": {"s0": 0.9}}},
]


def test_without_phases_there_is_one_with_the_seed_as_it_is() -> None:
    asked = Requests(shares={"s0": 0.1})
    config = AllocationConfig(shares={"s0": 0.1})
    (only,) = phases_of(config, 100, 7)
    assert (only.budget, only.seed, only.requests, only.overrides, only.order) == (
        100,
        7,
        asked,
        {},
        "random",
    )


@pytest.mark.parametrize("budget", [0, 1, 2, 100, 10**15 + 1])
def test_budgets_of_phases_add_up(budget: int) -> None:
    config = AllocationConfig(phases=THIRDS, shares={"s0": 0.1})
    phases = phases_of(config, budget, 7)
    assert sum(phase.budget for phase in phases) == budget
    assert max(phase.budget for phase in phases) - min(phase.budget for phase in phases) <= 1
    assert phases[1].overrides == {"alpha": 0.5}
    assert [phase.order for phase in phases] == ["random", "length_ascending", "random"]
    assert [phase.requests.shares for phase in phases] == [{"s0": 0.1}, {"s0": 0.1}, {"s0": 0.9}]


def test_the_last_phase_may_choose_first_and_keeps_its_seed() -> None:
    forward = phases_of(AllocationConfig(phases=THIRDS), 100, 7)
    backward = phases_of(AllocationConfig(phases=THIRDS, draw_phases="last_first"), 100, 7)
    assert backward == forward[::-1]
    assert [phase.place for phase in backward] == [2, 1, 0]
    assert len({phase.seed for phase in forward} | {7, phase_seed(8, "one")}) == 5
    assert all(0 <= phase.seed < 2**63 for phase in forward)


def test_caps_hold_over_all_phases_together() -> None:
    """Twelve documents of two sources, at most twice each, in phases that want more of s0 than there is."""
    source = np.arange(12) % 2
    sizes, epochs, used = np.ones(12, np.int64), np.full(12, 2), np.zeros(12, np.int64)
    luck = np.random.default_rng(1).exponential(size=12)
    parts = [{"name": name, "share": share} for name, share in (("one", 0.25), ("two", 0.25), ("three", 0.5))]
    config = AllocationConfig(
        shares={"s0": 0.75}, when_short="leave_unfilled", phases=parts, maximum_epochs=2
    )
    taken = []
    for phase in phases_of(config, 32, 7):
        names = {"source": ["s0", "s1"]}
        cells, cell = cells_of({"source": source}, names, sizes, sizes * 1.0, epochs, used)
        spread = allocate(cells, phase.requests, phase.budget)
        for number, part in enumerate(spread.budget.tolist()):
            inside = cell == number
            most = (epochs - used)[inside].astype(np.int32)
            pool = Pool(luck[inside], sizes[inside], most, part)
            used[inside] += draw_by_weight(pool, np.ones(len(most))).copies
        taken.append(spread.budget.tolist())
    assert taken == [[6, 2], [6, 2], [0, 4]]
    assert used[source == 0].tolist() == [2] * 6
    assert used.sum() == 20


def test_what_earlier_phases_took_is_part_of_the_arithmetic() -> None:
    cells = table([100, 900], epochs=1, used=[60, 0])
    with pytest.raises(ValueError, match="100 tokens x 1 epoch = 100, of which earlier phases left 40"):
        allocate(cells, Requests(shares={"s0": 0.5}), 100)


NUMBERS = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=2, max_size=20)


@given(NUMBERS, st.sampled_from(["quality_ascending", "density_ascending", "length_ascending"]))
def test_ordered_keys_keep_the_order_of_values(values: list[float], order: str) -> None:
    keys = order_keys(order, np.array(values))  # type: ignore[arg-type]
    assert ((keys >= 0) & (keys < 1)).all()
    for one, key in zip(values, keys, strict=True):
        for other, other_key in zip(values, keys, strict=True):
            if math.isnan(other) or one <= other:
                assert key <= other_key
    for value, key in zip(values, keys, strict=True):  # no other document moves it
        assert order_keys(order, np.array([value]))[0] == key  # type: ignore[arg-type]


def test_values_that_differ_by_a_millionth_of_a_millionth_are_told_apart() -> None:
    keys = order_keys("quality_ascending", np.array([0.5, 0.5 + 1e-12, -0.0, 0.0]))
    assert keys[0] < keys[1]
    assert keys[2] == keys[3]


def test_descending_is_the_other_way_round() -> None:
    keys = order_keys("quality_descending", np.array([0.1, 0.9, np.nan, 0.5]))
    assert np.argsort(keys).tolist() == [1, 3, 0, 2]


def test_the_value_that_an_order_needs() -> None:
    needed = [None, "quality", "length", "density"]
    orders = ["random", "quality_descending", "length_ascending", "density_ascending"]
    assert [ordered_by(order) for order in orders] == needed  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'best'; allowed: random, quality_ascending"):
        ordered_by("best")  # type: ignore[arg-type]
