"""The projection is the minimum of the divergence that a general solver finds."""

import numpy as np
import pytest
from allocation_cells import divergence, projected_by_solver

from curation_assets.mixture.allocation.families import Family
from curation_assets.mixture.allocation.feasibility import decided
from curation_assets.mixture.allocation.projection import project

CELLS = 12
BIG = 10**6


def _families(rng: np.random.Generator, inside: np.ndarray) -> list[Family]:
    """Divide the cells in three ways; ``inside`` meets the bounds: the total, exact and lower ones."""
    exact, at_least = rng.integers(0, 3, CELLS), rng.integers(0, 3, CELLS)
    totals = [np.bincount(label, inside, 3).astype(np.int64) for label in (exact, at_least)]
    total = np.array([inside.sum()])
    none, most = np.zeros(3, np.int64), np.full(3, BIG)
    loose = np.where(np.arange(3) == 0, none, totals[1])
    return [
        Family(np.zeros(CELLS, np.int64), total, total),
        Family(exact, totals[0], totals[0]),
        Family(at_least, loose, most),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_it_is_the_minimum_that_a_general_solver_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inside = rng.integers(20, 400, CELLS)
    capacity = inside + rng.integers(0, 300, CELLS)
    demand = rng.uniform(1, 500, CELLS)
    demand *= inside.sum() / demand.sum()
    families = _families(rng, inside)
    found = project(demand, capacity, families, 1e-7, 5000)
    assert found.settled
    other = projected_by_solver(demand, capacity, families[1], families[2], inside)
    assert divergence(found.amounts, demand) <= divergence(other, demand) + 1e-3
    np.testing.assert_allclose(found.amounts, other, atol=0.05)


def test_a_group_that_is_large_enough_by_nature_is_left_alone() -> None:
    demand, capacity = np.array([60.0, 30.0, 10.0]), np.array([100, 100, 100])
    label = np.array([0, 1, 2])
    total = Family(np.zeros(3, np.int64), np.array([100]), np.array([100]))
    floors = Family(label, np.array([0, 20, 25]), np.array([100, 100, 100]))
    found = project(demand, capacity, [total, floors], 1e-9, 1000)
    np.testing.assert_allclose(found.amounts, [50, 25, 25], atol=1e-6)  # the others give in proportion


def test_a_full_cell_leaves_the_rest_to_its_neighbours() -> None:
    total = Family(np.zeros(3, np.int64), np.array([100]), np.array([100]))
    found = project(np.array([1.0, 1.0, 2.0]), np.array([10, 100, 100]), [total], 1e-9, 10)
    np.testing.assert_allclose(found.amounts, [10, 30, 60])


def test_cells_that_are_empty_or_full_in_any_case_are_found() -> None:
    """The first cell alone fills its group, so the second one is empty; the last two have to be full."""
    capacity = np.array([50, 50, 50, 15, 5])
    groups = Family(np.array([0, 0, 1, 2, 2]), np.array([30, 20, 20]), np.array([30, 20, 20]))
    one = Family(np.array([0, 1, 1, 1, 1]), np.array([30, 0]), np.array([30, 70]))
    empty, full = decided([groups, one], capacity, 70)
    assert empty.tolist() == [False, True, False, False, False]
    assert full.tolist() == [False, False, False, True, True]
