"""The parts of a phase's budget, and the documents that compete for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.infeasible import InfeasibleError
from curation_assets.mixture.allocation.allocate import allocate
from curation_assets.mixture.allocation.cells import Cells, cells_of
from curation_assets.mixture.allocation.config import DIMENSIONS
from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.phases import Phase
from curation_assets.mixture.samplers import SAMPLERS

MOST_EPOCHS = 1000
NO_CLUSTER = "none"
"""The name of the topic or format of a document that has none."""


@dataclass(frozen=True)
class BudgetPart:
    """A part of the budget.

    Attributes:
        name: what its documents have in common, {} for all of them.
        members: positions among the documents that may be taken, ascending.
    """

    name: Mapping[str, str]
    members: NDArray[np.intp]
    budget: int


@dataclass(frozen=True)
class Spread:
    """The parts, in the order in which they are drawn, and what was asked of their budgets."""

    parts: Sequence[BudgetPart]
    requests: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()


def whole(count: int, budget: int) -> Spread:
    """Return one part of all documents."""
    return Spread([BudgetPart({}, np.arange(count), budget)])


def spread_of(
    candidates: Candidates,
    rows: NDArray[np.uint32],
    sizes: NDArray[np.int64],
    demand: NDArray[np.float64],
    epochs: NDArray[np.int64],
    used: NDArray[np.int64],
    phase: Phase,
) -> Spread:
    """Return the budget of a phase as its requests spread it.

    Args:
        rows: uint32 [m], of the documents that may be taken.
        sizes, demand, epochs, used: [m], see ``allocation.cells_of``.

    Raises:
        ValueError: what is asked cannot be had, with the arithmetic.
    """
    columns: dict[str, NDArray[np.int64]] = {}
    names: dict[str, Sequence[str]] = {}
    for dimension in phase.requests.dimensions():
        columns[dimension], names[dimension] = _codes(candidates, rows, dimension)
    cells, cell = cells_of(columns, names, sizes, demand, epochs, used)
    made = allocate(cells, phase.requests, phase.budget, phase.config.budget.unit)
    order = np.argsort(cell, kind="stable")
    members = np.split(order, np.searchsorted(cell[order], np.arange(1, len(cells))))
    parts = [
        BudgetPart(_name(cells, number), members[number], int(made.budget[number]))
        for number in range(len(cells))
    ]
    return Spread(parts, made.requests, made.notes)


def epochs_of(candidates: Candidates, rows: NDArray[np.uint32], config: MixtureConfig) -> NDArray[np.int64]:
    """Return how often each of some documents may be read over all phases, int64."""
    asked = config.allocation
    repeats = SAMPLERS[config.sampler].kind in ("copies", "curve")
    most = asked.maximum_epochs or (MOST_EPOCHS if repeats else 1)
    unknown = sorted(set(asked.maximum_epochs_by_source) - set(candidates.sources))
    if unknown:
        raise InfeasibleError(
            f"allocation.maximum_epochs_by_source: {unknown[0]!r} has no candidates; sources with candidates:"
            f" {', '.join(sorted(candidates.sources)) or 'none'}"
        )
    by_source = [asked.maximum_epochs_by_source.get(source, most) for source in candidates.sources]
    return np.array([*by_source, most], np.int64)[candidates.source[rows]]


def _codes(
    candidates: Candidates, rows: NDArray[np.uint32], dimension: str
) -> tuple[NDArray[np.int64], Sequence[str]]:
    """Return the positions of the documents' values [m] among all values in words, which are in order."""
    if dimension in ("source", "language"):
        words = candidates.sources if dimension == "source" else candidates.languages
        codes = candidates.source if dimension == "source" else candidates.language
        order = sorted(range(len(words)), key=words.__getitem__)
        place = np.empty(len(words), np.int64)
        place[order] = np.arange(len(words))
        return place[codes[rows]], [words[code] for code in order]
    clusters = np.nan_to_num(candidates.further[dimension][rows], nan=-1.0).astype(np.int64) + 1
    return clusters, [NO_CLUSTER, *map(str, range(int(clusters.max(initial=0))))]


def _name(cells: Cells, number: int) -> dict[str, str]:
    named = [name for name in DIMENSIONS if name in cells.values]
    return {name: cells.names[name][cells.values[name][number]] for name in named}
