"""Whether bounds can be met together, how much fits, which cells stay empty, and who is in whose way.

Linear programmes (HiGHS, scipy.optimize.linprog) over the cells. They are asked only when the projection
does not settle, which is rare, so an ordinary plan needs none.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.allocation.families import Family

_MOST_TRIED = 60  # of more bounds a smallest set is not looked for
_WHOLE = 1e-3  # amounts are whole units: what is further off than this is missing


def largest_total(families: list[Family], capacity: NDArray[np.int64], budget: int) -> int | None:
    """Return the most units, up to the budget, that cells can hold within all bounds; None where none
    can."""
    rows, lower, upper = _rows(families, capacity, budget)
    found = _solve(-np.ones(len(capacity)), rows, lower, upper, capacity)
    return None if found is None else int(np.floor(-found.fun + _WHOLE))


def decided(
    families: list[Family], capacity: NDArray[np.int64], total: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which cells, bool [c] each, are empty and which are full in every allocation within all bounds.

    The projection would come close to these only in the limit. In bounds times s >= 1, the largest sum of
    0 <= z <= 1 with z <= x has z = 1 exactly where a cell may hold something (Freund, Roundy and Todd, 1985);
    with z <= capacity * s - x it tells where there may be room. Without a solution nothing is decided.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack, identity, vstack

    rows, lower, upper = _rows(families, capacity, total)
    lower[-1] = total
    cells, scale = len(capacity), float(max(total, 1))
    none, one = csr_matrix((cells, cells)), identity(cells)
    unused = csr_matrix((len(lower), 2 * cells))
    bounds = vstack(
        [
            hstack([rows, unused, csr_matrix(-upper[:, None] / scale)]),
            hstack([-rows, unused, csr_matrix(lower[:, None] / scale)]),
            hstack([-one, one, none, csr_matrix((cells, 1))]),
            hstack([one, none, one, csr_matrix(-capacity[:, None] / scale)]),
        ],
        format="csr",
    )
    # Columns: x, z for something, z for room, and s times the total.
    cost = np.concatenate([np.zeros(cells), -np.ones(2 * cells), [0.0]])
    ranges = [(0.0, None)] * cells + [(0.0, 1.0)] * (2 * cells) + [(scale, None)]
    found = linprog(cost, A_ub=bounds, b_ub=np.zeros(bounds.shape[0]), bounds=ranges, method="highs")
    if found.x is None:
        return np.zeros(cells, np.bool_), np.zeros(cells, np.bool_)
    something, room = found.x[cells : 2 * cells] > 0.5, found.x[2 * cells : 3 * cells] > 0.5
    return ~something, something & ~room


def conflict(
    families: list[Family], capacity: NDArray[np.int64], budget: int
) -> tuple[list[tuple[int, int, int]], int]:
    """Return a smallest set of bounds that exclude each other, and how many units are missing at least.

    A bound is (family, group, -1 for the lower or 1 for the upper); the budget itself is (-1, 0, 1).
    Without any single one of them the others could be met together, unless there are very many.
    """
    from scipy.sparse import vstack

    rows, lower, upper = _rows(families, capacity, budget)
    owners = [(place, group) for place, family in enumerate(families) for group in range(len(family))]
    owners.append((-1, 0))
    sides = vstack([-rows, rows], format="csr")
    limits = np.concatenate([-lower, upper])
    missing, weights = _shortest(sides, limits, capacity)
    kept = np.flatnonzero(np.abs(weights) > 1e-7)
    if len(kept) <= _MOST_TRIED:
        for bound in kept.tolist():
            rest = kept[kept != bound]
            less, _ = _shortest(sides[rest], limits[rest], capacity)
            if less > _WHOLE:
                kept, missing = rest, less
    named = [(*owners[bound % len(owners)], -1 if bound < len(owners) else 1) for bound in kept.tolist()]
    return named, int(np.ceil(missing - _WHOLE))


def _shortest(
    sides: Any, limits: NDArray[np.float64], capacity: NDArray[np.int64]
) -> tuple[float, NDArray[np.float64]]:
    """Return by how much ``sides @ x <= limits`` is missed in all at least, and the weight of each row in
    that."""
    from scipy.optimize import linprog
    from scipy.sparse import hstack, identity

    count, cells = sides.shape
    columns = hstack([sides, -identity(count)], format="csr")
    cost = np.concatenate([np.zeros(cells), np.ones(count)])
    ranges = np.zeros((cells + count, 2))
    ranges[:cells, 1], ranges[cells:, 1] = capacity, np.inf
    found = linprog(cost, A_ub=columns, b_ub=limits, bounds=ranges, method="highs")
    return float(found.fun), found.ineqlin.marginals


def _rows(
    families: list[Family], capacity: NDArray[np.int64], budget: int
) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
    """Return the matrix of all groups, the budget last, and their lower and upper bounds."""
    from scipy.sparse import csr_matrix, vstack

    rows = vstack(
        [*(family.matrix() for family in families), csr_matrix(np.ones((1, len(capacity))))], format="csr"
    )
    lower = np.concatenate([*(family.lower for family in families), [0]]).astype(np.float64)
    upper = np.concatenate([*(family.upper for family in families), [budget]]).astype(np.float64)
    return rows, lower, upper


def _solve(
    cost: NDArray[np.float64],
    rows: Any,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    capacity: NDArray[np.int64],
) -> Any:
    """Return the result of linprog for lower <= rows @ x <= upper, 0 <= x <= capacity; None: infeasible."""
    from scipy.optimize import linprog
    from scipy.sparse import vstack

    found = linprog(
        cost,
        A_ub=vstack([rows, -rows], format="csr"),
        b_ub=np.concatenate([upper, -lower]),
        bounds=np.stack([np.zeros(len(capacity)), capacity.astype(np.float64)], axis=1),
        method="highs",
    )
    return found if found.status == 0 else None
