"""Whole units out of fractions, with totals that are exact."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.allocation.families import Condensed, Family, condense

_TIE = 1e-6  # remainders closer than this are equal: rounding errors are not to decide


def largest_remainder(
    parts: NDArray[np.float64], total: int, lower: NDArray[np.int64], upper: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Round to whole numbers that add up to ``total``: down, and up where the remainder is largest.

    All arrays are [n]; ties go to the earlier place. Parts that do not add up to the total are raised, or
    lowered, by one unit each in that order, as often as it takes. Raises ValueError for a total outside the
    bounds.
    """
    if not int(lower.sum()) <= total <= int(upper.sum()):
        raise ValueError(f"{total} units do not lie between {int(lower.sum())} and {int(upper.sum())}")
    whole = np.clip(np.floor(parts + _TIE).astype(np.int64), lower, upper)
    remainder = np.round((parts - whole) / _TIE)
    while missing := total - int(whole.sum()):
        step = 1 if missing > 0 else -1
        open_ = np.flatnonzero(whole < upper) if step > 0 else np.flatnonzero(whole > lower)
        order = open_[np.argsort(-step * remainder[open_], kind="stable")][: abs(missing)]
        whole[order] += step
        remainder[order] -= step
    return whole


def whole_shares(shares: list[float], total: int) -> list[int]:
    """Return the shares of a total in whole units that add up to what the shares add up to, rounded.

    Shares count as the decimals that they are written as, so that 0.3 of 10 is 3.
    """
    exact = [Fraction(repr(float(share))) * total for share in shares]
    whole = [int(part) for part in exact]  # towards zero, which is down
    missing = min(round(sum(exact, Fraction(0))), total) - sum(whole)
    order = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
    for place in order[: max(missing, 0)]:
        whole[place] += 1
    return whole


def whole_cells(
    amounts: NDArray[np.float64], families: list[Family], capacity: NDArray[np.int64], total: int
) -> NDArray[np.int64]:
    """Round the amounts of cells, float64 [c], so that the bounds of all families hold to the unit.

    First what cells hold together that no bound tells apart: by largest remainder where there is one
    family, else up or down as an integer programme finds it, rather up where the remainder is large. Then
    each cell, by largest remainder. In crossings of three and more families it may be that no whole numbers
    meet all bounds: then they are met within one unit. The total is met in any case.
    """
    parts = condense(families, capacity)
    held = np.bincount(parts.label, amounts, minlength=len(parts.capacity)).astype(np.float64)
    groups = _whole_parts(held, parts, total)
    whole = np.zeros(len(amounts), np.int64)
    order = np.argsort(parts.label, kind="stable")
    bounds = np.searchsorted(parts.label[order], np.arange(len(groups) + 1))
    for group, (start, stop) in enumerate(pairwise(bounds.tolist())):
        cells = order[start:stop]
        none = np.zeros(len(cells), np.int64)
        whole[cells] = largest_remainder(amounts[cells], int(groups[group]), none, capacity[cells])
    return whole


def _whole_parts(amounts: NDArray[np.float64], parts: Condensed, total: int) -> NDArray[np.int64]:
    families, capacity = parts.families, parts.capacity
    none = np.zeros_like(capacity)
    if not families:
        return largest_remainder(amounts, total, none, capacity)
    if len(families) == 1:
        label, family = families[0].label, families[0]
        lower, upper = np.maximum(family.lower[label], 0), np.minimum(family.upper[label], capacity)
        return largest_remainder(np.clip(amounts, lower, upper), total, lower, upper)
    for further, slack in ((False, 0), (True, 0), (True, 1), (True, 2)):
        whole = _programme(amounts, families, capacity, total, further, slack)
        if whole is not None:
            return whole
    raise RuntimeError("no whole numbers were found for an allocation; this is a defect")


def _programme(
    amounts: NDArray[np.float64],
    families: list[Family],
    capacity: NDArray[np.int64],
    total: int,
    further: bool,
    slack: int,
) -> NDArray[np.int64] | None:
    """Round every cell to a whole number beside it; with ``further`` also to others, at a price."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix, hstack, vstack

    base = np.clip(np.floor(amounts + _TIE).astype(np.int64), 0, capacity)
    remainder = np.clip(np.round((amounts - base) / _TIE) * _TIE, 0.0, 1.0)
    everything = csr_matrix(np.ones((1, len(base))))
    rows = vstack([*(family.matrix() for family in families), everything], format="csr")
    lower = np.concatenate([np.maximum(family.lower - slack, 0) for family in families] + [[total]])
    upper = np.concatenate([family.upper + slack for family in families] + [[total]])
    already = np.rint(rows @ base).astype(np.int64)
    cost, most = 1.0 - 2.0 * remainder, np.minimum(capacity - base, 1).astype(np.float64)
    columns = rows
    if further:
        columns = hstack([rows, rows, -rows], format="csr")
        cost = np.concatenate([cost, np.full(2 * len(base), 2.0)])
        most = np.concatenate([most, np.maximum(capacity - base - 1, 0), base])
    found = milp(
        cost,
        constraints=LinearConstraint(columns, lower - already, upper - already),
        bounds=Bounds(0, most),
        integrality=np.ones(len(cost)),
        options={"mip_rel_gap": 0.01, "node_limit": 10_000},
    )
    if found.x is None:
        return None
    moves = np.rint(found.x).astype(np.int64)
    if not further:
        return base + moves
    up, more, down = np.split(moves, 3)
    return base + up + more - down
