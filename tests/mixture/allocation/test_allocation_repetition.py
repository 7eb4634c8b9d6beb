"""Repeated documents: passes are even, caps hold, and the rest is less than one more pass."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.mixture.allocation.repetition import copies

DOCUMENTS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 6)), max_size=25)


@given(DOCUMENTS, st.lists(st.integers(0, 900), min_size=3, max_size=3))
def test_whole_passes_until_one_more_is_too_much(
    rows: list[tuple[int, int, int]], budgets: list[int]
) -> None:
    cell, sizes, allowed = (np.array([row[place] for row in rows], np.int64) for place in range(3))
    got = copies(cell, sizes, allowed, np.array(budgets))
    for number, budget in enumerate(budgets):
        inside = cell == number
        most, size = allowed[inside], sizes[inside]
        passes = 0
        while passes < most.max(initial=0) and (size * np.minimum(most, passes + 1)).sum() <= budget:
            passes += 1
        assert got.passes[inside].tolist() == np.minimum(most, passes).tolist()
        assert got.open[inside].tolist() == (most > passes).tolist()
        assert got.rest[number] == budget - (size * np.minimum(most, passes)).sum() >= 0
        if got.open[inside].any():
            assert got.rest[number] < size[got.open[inside]].sum()


def test_a_pool_that_is_larger_than_its_budget_is_left_to_the_draw() -> None:
    got = copies(np.zeros(3, np.int64), np.array([10, 20, 30]), np.full(3, 4), np.array([59]))
    assert (got.passes.tolist(), got.rest.tolist(), got.open.tolist()) == ([0, 0, 0], [59], [True] * 3)


def test_two_and_a_half_epochs() -> None:
    got = copies(np.zeros(3, np.int64), np.array([10, 20, 30]), np.full(3, 4), np.array([150]))
    assert (got.passes.tolist(), got.rest.tolist(), got.open.tolist()) == ([2, 2, 2], [30], [True] * 3)


def test_what_is_at_its_cap_is_closed_while_others_go_on() -> None:
    got = copies(np.zeros(3, np.int64), np.array([10, 20, 30]), np.array([1, 4, 0]), np.array([75]))
    assert (got.passes.tolist(), got.rest.tolist(), got.open.tolist()) == (
        [1, 3, 0],
        [5],
        [False, True, False],
    )
