"""What cannot be had fails with key, value and arithmetic; or is left unfilled where that is asked for."""

from typing import Any

import pytest
from allocation_cells import table

from curation_assets.mixture.allocation.allocate import allocate
from curation_assets.mixture.allocation.cells import Cells
from curation_assets.mixture.allocation.config import Requests

TWO_WAYS = {"source": 2, "language": 2}
QUOTA = {"source": "s0", "language": "l1", "share": 0.3}


def refusal(cells: Cells, budget: int, **requests: Any) -> str:
    with pytest.raises(ValueError, match="allocation") as raised:
        allocate(cells, Requests(**requests), budget)
    return str(raised.value)


def test_a_floor_above_what_there_is() -> None:
    cells = table([31_200, 2_000_000], lengths={"language": 2})
    assert refusal(cells, 1_000_000, floors={"l0": 0.05}) == (
        "allocation.floors: l0 asks at least 5 % of 1,000,000 tokens = 50,000, but l0 has"
        " 31,200 tokens x 1 epoch = 31,200; lower the floor to 0.0312, raise maximum_epochs to 2, lower the"
        " budget, or set when_short: leave_unfilled"
    )


def test_what_the_message_advises_helps() -> None:
    cells = table([31_200, 2_000_000], lengths={"language": 2})
    assert allocate(cells, Requests(floors={"l0": 0.0312}), 1_000_000).budget.sum() == 1_000_000
    twice = table([31_200, 2_000_000], lengths={"language": 2}, epochs=2)
    assert allocate(twice, Requests(floors={"l0": 0.05}), 1_000_000).budget[0] >= 50_000


def test_shares_and_quotas_above_what_there_is_are_all_named() -> None:
    cells = table([100, 200, 3000, 0], lengths=TWO_WAYS, epochs=2, used=[0, 100, 0, 0])
    lines = refusal(cells, 2000, shares={"s0": 0.9}, quotas=[QUOTA]).split("\n")
    assert lines[0].startswith(
        "allocation.shares: s0 asks 90 % of 2,000 tokens = 1,800, but s0 has 300 tokens x 2 epochs = 600,"
        " of which earlier phases left 500; lower the share to 0.25, raise maximum_epochs to 7,"
    )
    assert lines[1].startswith(
        "allocation.quotas: source s0 x language l1 asks 30 % of 2,000 tokens = 600, but s0 x l1 has"
        " 200 tokens x 2 epochs = 400, of which earlier phases left 300; lower the quota to 0.15, raise"
        " maximum_epochs to 4,"
    )
    assert len(lines) == 2


def test_a_cell_that_does_not_occur() -> None:
    cells = table([100, 0, 300, 100], lengths=TWO_WAYS)
    text = refusal(cells, 100, quotas=[QUOTA])
    assert "= 30, but s0 x l1 has 0 tokens x 1 epoch = 0; lower the quota to 0, lower the budget" in text


@pytest.mark.parametrize("when_short", ["fail", "leave_unfilled"])
def test_a_name_without_candidates(when_short: str) -> None:
    text = refusal(table([100, 100]), 100, shares={"wikki": 0.3}, when_short=when_short)
    assert text == (
        "allocation.shares: wikki asks 30 % of the budget from source 'wikki', which has no candidates;"
        " with candidates: s0, s1"
    )


def test_a_floor_and_a_share_that_exclude_each_other_are_both_named() -> None:
    """All of l1 is in s1, which may only have a tenth."""
    cells = table([5000, 0, 3000, 4000], lengths=TWO_WAYS)
    text = refusal(cells, 1000, shares={"s0": 0.9}, floors={"l1": 0.25, "l0": 0.1})
    assert text.split("\n") == [
        "allocation: these requests exclude each other by at least 150 of 1,000 tokens:",
        "  allocation.shares: s0 asks exactly 90 % of 1,000 tokens = 900, and has 5,000 tokens"
        " x 1 epoch = 5,000",
        "  allocation.floors: l1 asks at least 25 % of 1,000 tokens = 250, and has 4,000 tokens"
        " x 1 epoch = 4,000",
        "  allocation.shares: s0 and allocation.floors: l1 have 0 tokens in common",
        "  lower one of them by 150 tokens (about 0.15 of the budget), raise maximum_epochs, or take one out",
    ]


@pytest.mark.parametrize("when_short", ["fail", "leave_unfilled"])
def test_a_quota_larger_than_the_share_around_it(when_short: str) -> None:
    cells = table([5000] * 4, lengths=TWO_WAYS)
    text = refusal(cells, 1000, shares={"s0": 0.2, "s1": 0.1}, quotas=[QUOTA], when_short=when_short)
    assert "exclude each other by at least 100 of 1,000 tokens" in text
    assert "allocation.shares: s0 asks exactly 20 % of 1,000 tokens = 200" in text
    assert "allocation.quotas: source s0 x language l1 asks exactly 30 % of 1,000 tokens = 300" in text
    assert "s1" not in text


def test_a_rule_and_a_share_that_exclude_each_other() -> None:
    cells = table([5000, 0, 3000, 4000], lengths=TWO_WAYS)
    text = refusal(cells, 1000, shares={"s0": 0.9}, rule={"kind": "unimax", "by": "language"})
    assert "allocation.rule (unimax by language): l0 gives exactly 50 % of 1,000 tokens = 500" in text
    assert "allocation.shares: s0 asks exactly 90 %" in text


def test_floors_and_shares_that_add_up_to_more_than_the_budget() -> None:
    cells = table([5000] * 4, lengths=TWO_WAYS)
    quotas = [{"language": "l0", "share": 0.6}]
    text = refusal(cells, 1000, floors={"l1": 0.5}, quotas=quotas)
    assert "by at least 100 of 1,000" in text
    assert "allocation.floors: l1" in text
    assert "allocation.quotas: language l0" in text


def test_shares_of_everything_there_is_bound_the_mixture() -> None:
    """No other topic could fill the rest, so a single source that has a share above that is too much."""
    cells = table([5000] * 4, lengths={"source": 2, "topic": 2})
    quotas = [{"topic": name, "share": 0.1} for name in ("t0", "t1")]
    text = refusal(cells, 1000, shares={"s0": 0.3, "s1": 0.3}, quotas=quotas)
    assert "by at least 100 of 1,000 tokens" in text
    assert "there is nothing but these topics, and they get 200 tokens" in text


def test_a_rule_spreads_what_the_shares_leave_of_the_budget() -> None:
    cells = table([5000] * 4, lengths=TWO_WAYS)
    requests = Requests(shares={"s0": 0.3, "s1": 0.3}, rule={"kind": "unimax", "by": "language"})
    assert allocate(cells, requests, 1000).budget.tolist() == [150] * 4


def test_what_is_short_is_left_unfilled_and_told() -> None:
    """As with fixed shares: the others get their own part, not what is missing."""
    requests = Requests(shares={"s0": 0.5, "s1": 0.2}, when_short="leave_unfilled")
    spread = allocate(table([100, 900, 900, 900], [100, 100, 300, 100]), requests, 1000)
    assert spread.budget.tolist() == [100, 200, 225, 75]
    assert spread.notes == [
        "allocation.shares: s0: asked for 500 tokens, given 100",
        "of 1000 tokens only 600 can be spent beside what is asked of the parts",
    ]


def test_a_floor_that_is_short_gives_what_there_is_and_the_others_fill_up() -> None:
    requests = Requests(floors={"l0": 0.5}, when_short="leave_unfilled")
    spread = allocate(table([100, 5000], [1, 100], lengths={"language": 2}), requests, 1000)
    assert spread.budget.tolist() == [100, 900]
    assert spread.notes == ["allocation.floors: l0: asked for 500 tokens, given 100"]


def test_where_nothing_is_short_leaving_unfilled_changes_nothing() -> None:
    cells = table([1000] * 4, [100, 300, 400, 200], TWO_WAYS)
    asked: dict[str, Any] = {
        "shares": {"s0": 0.2},
        "floors": {"l0": 0.7},
        "quotas": [{**QUOTA, "share": 0.05}],
    }
    strict, lenient = (
        allocate(cells, Requests(**asked, when_short=word), 1000) for word in ("fail", "leave_unfilled")
    )
    assert strict.budget.tolist() == lenient.budget.tolist()


def test_sources_without_a_share_that_are_short_are_told_not_refused() -> None:
    """Nobody asked for any of them in particular."""
    spread = allocate(table([900, 100]), Requests(shares={"s0": 0.5}), 1000)
    assert spread.budget.tolist() == [500, 100]
    assert spread.notes == ["of 1000 tokens only 600 can be spent beside what is asked of the parts"]


def test_what_fits_beside_crossed_requests_is_the_most_there_is() -> None:
    """s1 may have 500, but l1 no more than 100 of all, and s1 has only 50 beside l1."""
    cells = table([5000, 0, 50, 5000], lengths=TWO_WAYS)
    requests = Requests(shares={"s0": 0.5}, quotas=[{"language": "l1", "share": 0.1}])
    spread = allocate(cells, requests, 1000)
    assert spread.budget.tolist() == [500, 0, 50, 100]
