"""What an allocation promises: exact totals, requests met to the unit, no cell above its cap."""

import numpy as np
import pytest
from allocation_cells import LENGTHS, asked_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st

from curation_assets.mixture.allocation.allocate import Allocation, allocate
from curation_assets.mixture.allocation.cells import Cells, cells_of
from curation_assets.mixture.allocation.config import Requests

AMOUNTS = st.lists(st.integers(0, 500), min_size=1, max_size=12)


def _of(cells: Cells, spread: Allocation, dimension: str) -> dict[str, int]:
    totals = np.bincount(cells.values[dimension], spread.budget, len(cells.names[dimension]))
    return dict(zip(cells.names[dimension], totals.astype(int).tolist(), strict=True))


@settings(max_examples=40)
@given(asked_tables())
def test_what_can_be_met_is_met_to_the_unit(drawn: tuple[Cells, Requests, int]) -> None:
    cells, requests, budget = drawn
    spread = allocate(cells, requests, budget)
    assert spread.budget.sum() == budget
    assert (spread.budget >= 0).all()
    assert (spread.budget <= cells.capacity).all()
    for row in spread.requests:
        if row["kind"] == "exactly":
            assert abs(row["given"] - row["share"] * budget) < 1
            assert row["given"] == row["asked"]
        else:
            assert row["given"] >= row["asked"] > row["share"] * budget - 1
    assert spread.notes == []


@settings(max_examples=40)
@given(AMOUNTS, st.data())
def test_without_requests_it_is_the_natural_demand(taken: list[int], data: st.DataObject) -> None:
    available = [amount + data.draw(st.integers(0, 50)) for amount in taken]
    spread = allocate(table(available, [float(amount) for amount in taken]), Requests(), sum(taken))
    assert spread.budget.tolist() == taken


@settings(max_examples=40)
@given(AMOUNTS, st.integers(0, 8000))
def test_a_pool_below_the_budget_is_taken_whole_and_told(available: list[int], budget: int) -> None:
    spread = allocate(table(available), Requests(), budget, "documents")
    assert spread.budget.sum() == min(budget, sum(available))
    short = f"of {budget} documents only {sum(available)} can be spent beside what is asked of the parts"
    assert spread.notes == ([short] if budget > sum(available) else [])


def test_a_request_moves_the_cells_of_its_group_in_proportion() -> None:
    """Two sources by two languages: a share of source s0 does not change how its languages compare."""
    cells = table([1000] * 4, [100, 300, 400, 200], {"source": 2, "language": 2})
    spread = allocate(cells, Requests(shares={"s0": 0.2}), 1000)
    assert spread.budget.tolist() == [50, 150, 533, 267]


def test_shares_and_floors_of_different_groupings_hold_together() -> None:
    cells = table([1000] * 4, [100, 300, 400, 200], {"source": 2, "language": 2})
    spread = allocate(cells, Requests(shares={"s0": 0.2}, floors={"l0": 0.7}), 1000)
    assert _of(cells, spread, "source") == {"s0": 200, "s1": 800}
    assert _of(cells, spread, "language") == {"l0": 700, "l1": 300}
    table_of = spread.budget.reshape(2, 2).astype(float)
    odds = (table_of[0, 0] * table_of[1, 1]) / (table_of[0, 1] * table_of[1, 0])
    assert odds == pytest.approx(100 * 200 / (300 * 400), rel=0.02)  # fitting keeps the odds ratio


def test_what_the_sampler_would_not_take_is_given_where_it_is_asked_for() -> None:
    cells = table([100, 100, 100, 300], [60, 40, 0, 0])
    assert allocate(cells, Requests(), 100).budget.tolist() == [60, 40, 0, 0]
    assert allocate(cells, Requests(shares={"s3": 0.5}), 100).budget.tolist() == [30, 20, 0, 50]


def test_a_quota_as_large_as_the_share_around_it_leaves_the_rest_of_the_source_empty() -> None:
    cells = table([500] * 6, [90, 10, 10, 50, 20, 20], {"source": 2, "topic": 3})
    quota = {"source": "s0", "topic": "t1", "share": 0.3}
    spread = allocate(cells, Requests(shares={"s0": 0.3}, quotas=[quota]), 1000)
    assert spread.budget.tolist() == [0, 300, 0, 389, 156, 155]


def test_whole_numbers_are_found_where_three_groupings_cross() -> None:
    rng = np.random.default_rng(1)
    held = rng.integers(0, 3, 18)
    cells = table([2] * 18, rng.uniform(0.1, 1, 18).tolist(), LENGTHS)
    budget = int(held.sum())
    shares = {f"s{place}": int(part) / budget for place, part in enumerate(held.reshape(3, 6).sum(axis=1))}
    topics = held.reshape(9, 2).sum(axis=0)
    quotas = [{"topic": f"t{place}", "share": int(part) / budget} for place, part in enumerate(topics)]
    floors = {f"l{i}": int(part) / budget for i, part in enumerate(held.reshape(3, 3, 2).sum(axis=(0, 2)))}
    spread = allocate(cells, Requests(shares=shares, quotas=quotas, floors=floors), budget)
    assert [row["given"] for row in spread.requests] == [row["asked"] for row in spread.requests]
    assert (spread.budget <= 2).all()


@settings(max_examples=20)
@given(asked_tables(), st.randoms(use_true_random=False))
def test_the_order_of_cells_and_of_names_changes_nothing(
    drawn: tuple[Cells, Requests, int], random: object
) -> None:
    cells, requests, budget = drawn
    rng = np.random.default_rng(random.randrange(2**32))  # type: ignore[attr-defined]
    rows = rng.permutation(len(cells))
    values, names = {}, {}
    for dimension in reversed(list(cells.values)):
        order = rng.permutation(len(cells.names[dimension]))
        names[dimension] = [cells.names[dimension][place] for place in order]
        values[dimension] = np.argsort(order)[cells.values[dimension]][rows]
    shuffled = Cells(
        values, names, cells.available[rows], cells.allowed[rows], cells.capacity[rows], cells.demand[rows]
    )
    turned = Requests(
        shares=dict(reversed(requests.shares.items())),
        floors=dict(reversed(requests.floors.items())),
        quotas=requests.quotas[::-1],
    )
    one, other = allocate(cells, requests, budget), allocate(shuffled, turned, budget)
    assert one.budget[rows].tolist() == other.budget.tolist()


def test_a_million_million_tokens_are_spread_to_the_unit() -> None:
    cells = table([10**12] * 6, [1, 2, 3, 4, 5, 6], {"source": 3, "language": 2})
    requests = Requests(
        shares={"s0": 0.1234567, "s1": 1 / 3},
        floors={"l0": 0.8},
        quotas=[{"language": "l1", "source": "s2", "share": 0.05}],
    )
    spread = allocate(cells, requests, 10**12 + 7)
    assert spread.budget.sum() == 10**12 + 7
    assert all(row["given"] == row["asked"] for row in spread.requests)


def test_documents_are_put_into_cells() -> None:
    columns = {"source": np.array([1, 0, 1, 1]), "topic": np.array([0, 2, 0, 2])}
    names = {"source": ["wiki", "web"], "topic": ["0", "1", "2"]}
    sizes, demand = np.array([10, 20, 30, 40]), np.array([1.0, 2.0, 3.0, 4.0])
    cells, cell = cells_of(columns, names, sizes, demand, np.array([1, 2, 3, 1]), np.array([0, 1, 1, 2]))
    assert cell.tolist() == [1, 0, 1, 2]
    assert {name: values.tolist() for name, values in cells.values.items()} == {
        "source": [0, 1, 1],
        "topic": [2, 0, 2],
    }
    assert cells.available.tolist() == [20, 40, 40]
    assert cells.allowed.tolist() == [40, 100, 40]
    assert cells.capacity.tolist() == [20, 70, 0]
    assert cells.demand.tolist() == [2.0, 4.0, 4.0]


@pytest.mark.parametrize("count", [0, 3])
def test_without_groupings_everything_is_one_cell(count: int) -> None:
    ones = np.ones(count, np.int64)
    cells, cell = cells_of({}, {}, ones, ones * 0.5, ones)
    assert (len(cells), cell.tolist()) == (min(count, 1), [0] * count)
    assert allocate(cells, Requests(), 2).budget.sum() == min(count, 2)


def test_crossings_too_many_for_a_table_are_numbered_alike() -> None:
    rng = np.random.default_rng(0)
    columns = {name: rng.integers(0, 5, 200) for name in ("source", "language", "topic")}
    sizes, one = rng.integers(1, 9, 200), np.ones(200, np.int64)
    few = {name: [str(place) for place in range(5)] for name in columns}
    many = {name: [str(place) for place in range(300)] for name in columns}
    (small, cell), (large, other) = (
        cells_of(columns, names, sizes, sizes * 1.0, one) for names in (few, many)
    )
    assert cell.tolist() == other.tolist()
    assert all((small.values[name] == large.values[name]).all() for name in columns)
