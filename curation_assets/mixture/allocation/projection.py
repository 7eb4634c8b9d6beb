"""The allocation closest to the natural demand, in the sense of Kullback and Leibler.

Minimises sum(x log(x / d) - x + d) over 0 <= x <= capacity under the bounds of all families. The minimum
has the form x = min(capacity, d * f1 * f2 * ...) with one factor for each group of each family: a factor
above 1 only where the group is at its lower bound, below 1 only at its upper bound. Families take turns in
choosing the factors that meet their own bounds given those of the others (iterative proportional fitting;
with inequalities Bregman's method, 1967; convergence: Csiszar, 1975, Dykstra, 1985). That is coordinate
ascent in the dual, so the order of families changes nothing about where it ends.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.allocation.families import Family

_NEWTON_STEPS = 60
_LARGEST = 1e150


@dataclass(frozen=True)
class Projection:
    """``amounts``: float64 [c]. ``settled``: all bounds are met, and no cell moves any more."""

    amounts: NDArray[np.float64]
    settled: bool


def project(
    demand: NDArray[np.float64],
    capacity: NDArray[np.int64],
    families: list[Family],
    tolerance: float,
    rounds: int,
) -> Projection:
    """Return the allocation, as far as ``rounds`` turns of all families take it.

    ``demand`` float64 [c] is positive where a cell may hold anything; its scale does not matter where the
    families fix the total. Stops when no bound is missed, and no cell moves, by more than ``tolerance``
    units.
    """
    most = np.where(demand > 0, capacity, 0).astype(np.float64)
    factors = [np.ones(len(family)) for family in families]
    largest = 10.0 ** (120 / max(len(families), 1))  # where bounds exclude each other factors grow for ever
    amounts = np.minimum(most, demand)
    for _ in range(rounds):
        before = amounts
        for place, family in enumerate(families):
            others = demand.copy()
            for factor, other in zip(factors, families, strict=True):
                if other is not family:
                    others *= factor[other.label]
            factors[place] = np.minimum(_factors(others, most, family), largest)
            amounts = np.minimum(most, others * factors[place][family.label])
        moved = float(np.abs(amounts - before).max(initial=0.0))
        missed = max((_missed(amounts, family) for family in families), default=0.0)
        if missed <= tolerance and (moved <= tolerance or len(families) == 1):
            return Projection(amounts, settled=True)
    return Projection(amounts, settled=False)


def _missed(amounts: NDArray[np.float64], family: Family) -> float:
    held = family.totals(amounts)
    return float(np.maximum(family.lower - held, held - family.upper).max(initial=0.0))


def _factors(demand: NDArray[np.float64], most: NDArray[np.float64], family: Family) -> NDArray[np.float64]:
    """Return the factor of each group, [g]: 1 where that meets its bounds, else what meets the nearer
    one."""
    held = family.totals(np.minimum(most, demand))
    target = np.clip(held, family.lower, family.upper).astype(np.float64)
    factors = np.ones(len(family))
    wanting = target != held
    if not wanting.any():
        return factors
    # min(most, f * demand) is concave in f: steps of Newton from below stay below, and are few.
    room = np.where(most > 0, demand, 0.0)
    slope = family.totals(room)
    wanting &= slope > 0
    factors[wanting] = np.minimum(target[wanting] / slope[wanting], _LARGEST)
    for _ in range(_NEWTON_STEPS):
        raised = demand * factors[family.label]
        free = raised < most
        missing = target - family.totals(np.where(free, raised, most))
        slope = family.totals(np.where(free, room, 0.0))
        step = wanting & (slope > 0) & (missing > 1e-13 * target)
        if not step.any():
            return factors
        factors[step] = np.minimum(factors[step] + missing[step] / slope[step], _LARGEST)
    return factors
