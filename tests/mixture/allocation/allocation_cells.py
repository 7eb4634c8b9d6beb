"""Small tables of cells, drawn by hypothesis or written down, and the projection by a general solver."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from curation_assets.mixture.allocation.cells import Cells
from curation_assets.mixture.allocation.config import Requests
from curation_assets.mixture.allocation.families import Family

LENGTHS = {"source": 3, "language": 3, "topic": 2}


def names_of(dimension: str, length: int) -> list[str]:
    return [f"{dimension[0]}{number}" for number in range(length)]


def table(
    available: list[int],
    demand: list[float] | None = None,
    lengths: dict[str, int] | None = None,
    epochs: int = 1,
    used: list[int] | None = None,
) -> Cells:
    """Return the full crossing of dimensions of these lengths, the last one running fastest."""
    lengths = lengths or {"source": len(available)}
    grid = np.indices(tuple(lengths.values())).reshape(len(lengths), -1)
    amounts = np.array(available, np.int64)
    allowed = amounts * epochs
    return Cells(
        values=dict(zip(lengths, grid.astype(np.int64), strict=True)),
        names={dimension: names_of(dimension, length) for dimension, length in lengths.items()},
        available=amounts,
        allowed=allowed,
        capacity=allowed - np.array(used or [0] * len(amounts), np.int64),
        demand=np.array(demand if demand is not None else amounts, np.float64),
    )


@st.composite
def asked_tables(draw: st.DrawFn) -> tuple[Cells, Requests, int]:
    """Draw cells, a budget, and requests that are read off from an allocation that meets them."""
    count = int(np.prod(list(LENGTHS.values())))
    held = draw(st.lists(st.integers(0, 200), min_size=count, max_size=count))
    spare = draw(st.lists(st.integers(0, 60), min_size=count, max_size=count))
    demand = draw(st.lists(st.sampled_from([0.0, 0.5, 3.0, 40.0, 100.0]), min_size=count, max_size=count))
    cells = table([a + b for a, b in zip(held, spare, strict=True)], demand, LENGTHS)
    budget = sum(held)
    if not budget:
        return cells, Requests(), 0
    inside = np.array(held)

    def part(**where: str) -> float:
        mask = np.ones(count, np.bool_)
        for dimension, name in where.items():
            mask &= cells.values[dimension] == cells.names[dimension].index(name)
        return float(inside[mask].sum() / budget)

    values: dict[str, Any] = {}
    sources = draw(st.lists(st.sampled_from(names_of("source", 3)), unique=True, max_size=3))
    values["shares"] = {name: part(source=name) for name in sources if cells_there(cells, source=name)}
    languages = draw(st.lists(st.sampled_from(names_of("language", 3)), unique=True, max_size=3))
    values["floors"] = {
        name: part(language=name) * draw(st.sampled_from([1.0, 0.5]))
        for name in languages
        if cells_there(cells, language=name)
    }
    if draw(st.booleans()):
        places = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), unique=True, max_size=3))
        named = [{"source": f"s{one}", "topic": f"t{two}"} for one, two in places]
        values["quotas"] = [
            {**where, "share": part(**where)} for where in named if cells_there(cells, **where)
        ]
    return cells, Requests(**values), budget


def cells_there(cells: Cells, **where: str) -> bool:
    mask = cells.available > 0
    for dimension, name in where.items():
        mask = mask & (cells.values[dimension] == cells.names[dimension].index(name))
    return bool(mask.any())


def divergence(amounts: np.ndarray, demand: np.ndarray) -> float:
    """Return sum(x log(x / d) - x + d)."""
    logs = np.where(amounts > 0, np.log(np.maximum(amounts, 1e-300) / demand), 0.0)
    return float((amounts * logs - amounts + demand).sum())


def projected_by_solver(
    demand: np.ndarray, capacity: np.ndarray, exact: Family, at_least: Family, start: np.ndarray
) -> np.ndarray:
    """Return the projection by scipy's sequential quadratic programme, which knows nothing of factors."""
    from scipy.optimize import minimize

    scale = demand.sum()
    goal = demand / scale
    equal, more = exact.matrix().toarray(), at_least.matrix().toarray()
    found = minimize(
        lambda x: float((x * np.log(x / goal) - x).sum()),
        start / scale,
        jac=lambda x: np.log(x / goal),
        method="SLSQP",
        constraints=[
            {"type": "eq", "fun": lambda x: equal @ x - exact.lower / scale, "jac": lambda x: equal},
            {"type": "ineq", "fun": lambda x: more @ x - at_least.lower / scale, "jac": lambda x: more},
        ],
        bounds=[(1e-9, most) for most in capacity / scale],
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    return found.x * scale
