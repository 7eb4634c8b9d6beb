"""How many units of the budget each cell gets."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.infeasible import InfeasibleError
from curation_assets.mixture.allocation.cells import Cells, sums
from curation_assets.mixture.allocation.config import Requests
from curation_assets.mixture.allocation.families import Family, condense
from curation_assets.mixture.allocation.feasibility import conflict, decided, largest_total
from curation_assets.mixture.allocation.projection import project
from curation_assets.mixture.allocation.requests import (
    Asked,
    Request,
    bounds_of,
    members,
    requests_of,
    rule_requests,
)
from curation_assets.mixture.allocation.rounding import whole_cells
from curation_assets.mixture.allocation.shortages import describe_conflict, require_enough, require_known

_ROUNDS, _MORE_ROUNDS = 100, 1000
_TINY = 1e-9  # part of a cell that counts as its demand where the sampler has none and a request needs some


@dataclass(frozen=True)
class Allocation:
    """What each cell gets.

    Attributes:
        budget: int64 [c], in the order of the cells that were given; never more than a cell's capacity.
        asked: the whole budget.
        requests: for every request and every group of the rule: request, where, kind, share, asked, given.
        notes: what was asked and could not be had, in words.
    """

    budget: NDArray[np.int64]
    asked: int
    requests: list[dict[str, Any]]
    notes: list[str]


def allocate(cells: Cells, config: Requests, budget: int, unit: str = "tokens") -> Allocation:
    """Spread a budget over cells, as close to their natural demand as what is asked allows.

    Closest is meant in the sense of Kullback and Leibler: within a group that has to grow or shrink every
    cell does so in the same proportion, as far as it can. Without requests the outcome is the natural
    demand. Every request is met to the unit; the total is the budget, or where the pool is smaller all that
    may be taken.

    What is asked for explicitly and cannot be had fails the plan, with the arithmetic: a mixture that
    silently lacks its Korean is found out after the training. A pool below the budget as such is told in
    the notes, as nobody asked for any text in particular, and so a nightly schedule goes on while a lake
    fills up. Who wants the schedule to go on in any case sets ``when_short: leave_unfilled``: then a group
    that is short gives what it has, and the mixture is smaller by what is missing, while nobody else gets
    more than asked. Requests that contradict each other whatever the lake holds fail in both.

    Args:
        cells: see Cells; the order of cells and of names does not matter.
        config: what is asked. ``shares_file`` has to be read before, by ``with_shares_of_file``.
        budget: units to spread.
        unit: what the units are called in messages.

    Raises:
        ValueError: a request names something without candidates, asks for more than there is, or excludes
            others. The message names key, value and arithmetic.
    """
    order = _canonical(cells)
    ordered = _reordered(cells, order)
    requests = requests_of(config, budget)
    require_known(ordered, requests)
    short = config.when_short == "leave_unfilled"
    if not short:
        require_enough(ordered, requests, budget, unit)
    asked = bounds_of(ordered, requests, budget, at_most=short)
    if short and len(requests) > 1:
        _require_consistent(ordered, requests, budget, unit)
    if config.rule.kind != "none":
        most = _most(asked, ordered.capacity, budget)
        requests += rule_requests(ordered, config, requests, budget, most)
        asked = bounds_of(ordered, requests, budget, at_most=short)
    whole = _spread(ordered, asked, budget, unit)
    amounts = np.empty(len(cells), np.int64)
    amounts[order] = whole
    return _told(ordered, whole, amounts, requests, budget, unit)


def _spread(cells: Cells, asked: list[Asked], budget: int, unit: str) -> NDArray[np.int64]:
    """Return the units of each cell, int64 [c]."""
    capacity = cells.capacity
    families = [part.family for part in asked]
    total = _most(asked, capacity, budget)
    amounts = _settle(cells, families, total, sparing=True, rounds=_ROUNDS)
    if amounts is None:
        parts = condense(families, capacity)
        most = largest_total(parts.families, parts.capacity, budget)
        if most is None:
            raise InfeasibleError(_explain(cells, asked, capacity, budget, unit))
        total = min(total, most)
        empty, full = (part[parts.label] for part in decided(parts.families, parts.capacity, total))
        amounts = _settle_the_rest(cells, families, total, empty, full)
    tight = [family.tightened(capacity, total) for family in families]
    return whole_cells(amounts, tight, capacity, total)


def _settle_the_rest(
    cells: Cells, families: list[Family], total: int, empty: NDArray[np.bool_], full: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the projection, float64 [c], where some cells are known to be empty and some to be full."""
    fixed = np.where(full, cells.capacity, 0)
    left = []
    for family in families:
        held = _held(family, fixed)
        left.append(replace(family, lower=np.maximum(family.lower - held, 0), upper=family.upper - held))
    rest = replace(cells, capacity=np.where(empty | full, 0, cells.capacity))
    amounts = _settle(rest, left, total - int(fixed.sum()), sparing=False, rounds=_MORE_ROUNDS, anyway=True)
    assert amounts is not None
    return amounts + fixed


def _most(asked: list[Asked], capacity: NDArray[np.int64], budget: int) -> int:
    """Return what no allocation can exceed, judged by each family for itself."""
    total = min(budget, int(capacity.sum()))
    for part in asked:
        family = part.family
        total = min(total, int(np.minimum(family.upper, _held(family, capacity)).sum()))
    return total


def _settle(
    cells: Cells, families: list[Family], total: int, sparing: bool, rounds: int, anyway: bool = False
) -> NDArray[np.float64] | None:
    """Return the projection of the demand, float64 [c]; None where it does not settle within the bounds.

    ``sparing``: cells that the sampler would take nothing of get something only where a group cannot do
    without.
    """
    tight = [family.tightened(cells.capacity, total) for family in families]
    if any((family.lower > family.upper).any() for family in tight) and not anyway:
        return None
    if not any((family.lower == family.upper).all() for family in tight):
        everything = np.array([total], np.int64)
        tight.append(Family(np.zeros(len(cells), np.int64), everything, everything))
    demand = _demand(cells, tight if sparing else None, total)
    tolerance = 0.01 + 1e-13 * total
    found = project(demand, cells.capacity, tight, tolerance, rounds)
    return found.amounts if found.settled or anyway else None


def _demand(cells: Cells, families: list[Family] | None, total: int) -> NDArray[np.float64]:
    """Return the demand, scaled to the total, with a trace of it for cells without that are needed."""
    demand, capacity = cells.demand, cells.capacity
    room = max(int(capacity.sum()), 1)
    natural = float(demand.sum())
    scaled = demand * (total / natural) if natural > 0 else np.zeros(len(cells))
    trace = np.where(demand > 0, 0.0, capacity * (total / room) * (_TINY if natural > 0 else 1.0))
    if families is None:
        return scaled + trace
    wanted = np.where(demand > 0, capacity, 0)
    needed = np.zeros(len(cells), np.bool_)
    for family in families:
        needed |= (_held(family, wanted) < family.lower)[family.label]
    return scaled + np.where(needed, trace, 0.0)


def _held(family: Family, amounts: NDArray[np.int64]) -> NDArray[np.int64]:
    return sums(family.label, amounts, len(family))


def _require_consistent(cells: Cells, requests: list[Request], budget: int, unit: str) -> None:
    """Refuse requests that could not be met together if there were any amount of every cell."""
    endless = np.where(cells.capacity > 0, budget, 0).astype(np.int64)
    there = [request for request in requests if endless[members(cells, request.where)].any()]
    asked = bounds_of(cells, there, budget, at_most=False)
    parts = condense([part.family for part in asked], endless)
    if largest_total(parts.families, parts.capacity, budget) is None:
        raise InfeasibleError(_explain(cells, asked, endless, budget, unit))


def _explain(cells: Cells, asked: list[Asked], capacity: NDArray[np.int64], budget: int, unit: str) -> str:
    parts = condense([part.family for part in asked], capacity)
    bounds, missing = conflict(parts.families, parts.capacity, budget)
    named: list[Request] = []
    for place, group, side in bounds:
        by = None
        if place >= 0:
            by = (asked[place].lower_by if side < 0 else asked[place].upper_by)[group]
        if by is not None and by not in named:
            named.append(by)
    return describe_conflict(cells, named, missing, budget, unit)


def _canonical(cells: Cells) -> NDArray[np.int64]:
    """Return the places of the cells in the order of their values in words."""
    if not cells.values:
        return np.arange(len(cells))
    keys = []
    for dimension, codes in cells.values.items():
        names = list(cells.names[dimension])
        rank = np.empty(len(names), np.int64)
        rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
        keys.append((dimension, rank[codes]))
    return np.lexsort([ranks for _, ranks in sorted(keys, key=lambda key: key[0], reverse=True)])


def _reordered(cells: Cells, order: NDArray[np.int64]) -> Cells:
    return replace(
        cells,
        values={name: codes[order] for name, codes in cells.values.items()},
        available=cells.available[order],
        allowed=cells.allowed[order],
        capacity=cells.capacity[order],
        demand=cells.demand[order],
    )


def _told(
    cells: Cells,
    whole: NDArray[np.int64],
    amounts: NDArray[np.int64],
    requests: list[Request],
    budget: int,
    unit: str,
) -> Allocation:
    rows, notes = [], []
    for request in requests:
        given = int(whole[members(cells, request.where)].sum())
        row = {
            "request": request.name(),
            "where": dict(request.where),
            "kind": request.kind,
            "share": request.share,
        }
        rows.append({**row, "asked": request.units, "given": given})
        if given < request.units:
            notes.append(f"{request.name()}: asked for {request.units} {unit}, given {given}")
    total = int(whole.sum())
    if total < budget:
        notes.append(f"of {budget} {unit} only {total} can be spent beside what is asked of the parts")
    return Allocation(amounts, budget, rows, notes)
