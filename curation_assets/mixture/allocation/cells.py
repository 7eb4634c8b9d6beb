"""The cells that a budget is spread over: documents that have the same source, language, topic, ..."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.infeasible import InfeasibleError

_TABLE = 1 << 22  # crossings of fewer possible cells are numbered by a table, others by sorting


@dataclass(frozen=True)
class Cells:
    """Cells [c], in any order, each crossing of values at most once.

    Attributes:
        values: by dimension int64 [c], the position of the cell's value in ``names`` of the dimension.
        names: by dimension, the values in words; each once.
        available: int64, what the cell's documents come to, once each, in units of the budget.
        allowed: int64, the same with each document as often as its cap on epochs lets it occur.
        capacity: int64, what is left of ``allowed`` after earlier phases.
        demand: float64, what the sampler would take of the cell if nothing were asked.
    """

    values: Mapping[str, NDArray[np.int64]]
    names: Mapping[str, Sequence[str]]
    available: NDArray[np.int64]
    allowed: NDArray[np.int64]
    capacity: NDArray[np.int64]
    demand: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.available)


def cells_of(
    columns: Mapping[str, NDArray[np.integer]],
    names: Mapping[str, Sequence[str]],
    sizes: NDArray[np.int64],
    demand: NDArray[np.float64],
    epochs: NDArray[np.int64],
    used: NDArray[np.int64] | None = None,
) -> tuple[Cells, NDArray[np.int64]]:
    """Return the cells of n documents, and the cell of each document, int64 [n].

    Args:
        columns: by dimension integers [n], positions in ``names``; {} makes one cell of everything.
        names: by dimension, the values in words.
        sizes: int64 [n], what a document takes of the budget.
        demand: float64 [n], what the sampler would take of a document without requests: its size times its
            probability to be taken, or times the copies that are expected of it.
        epochs: int64 [n], how often the document may occur.
        used: int64 [n], how often earlier phases have taken it; None: never.
    """
    cell, values = _cross(columns, {name: len(words) for name, words in names.items()}, len(sizes))
    count = len(next(iter(values.values()))) if values else min(1, len(sizes))
    left = epochs if used is None else np.maximum(epochs - used, 0)
    cells = Cells(
        values=values,
        names={name: list(names[name]) for name in columns},
        available=sums(cell, sizes, count),
        allowed=sums(cell, sizes * epochs, count),
        capacity=sums(cell, sizes * left, count),
        demand=np.bincount(cell, demand.astype(np.float64), minlength=count).astype(np.float64),
    )
    return cells, cell


def sums(label: NDArray[np.int64], values: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Add up integers by label, exactly; a label of -1 counts nowhere."""
    totals = np.zeros(length + 1, np.int64)
    np.add.at(totals, label, values)  # -1 is the last place
    return totals[:length]


def _cross(
    columns: Mapping[str, NDArray[np.integer]], lengths: Mapping[str, int], count: int
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.int64]]]:
    """Number the crossings that occur; return the number of each row, and the values of each number."""
    crossing = np.zeros(count, np.int64)
    possible = 1
    for name, column in columns.items():
        crossing = crossing * lengths[name] + column
        possible *= max(lengths[name], 1)
    if possible >= 1 << 62:
        raise InfeasibleError(
            f"allocation: {' x '.join(columns)} has {possible} possible cells, too many to number"
        )
    if possible <= _TABLE:
        occurring = np.flatnonzero(np.bincount(crossing, minlength=1))
        number = np.zeros(possible, np.int64)
        number[occurring] = np.arange(len(occurring))
        cell = number[crossing]
        if not count:
            occurring = occurring[:0]
    else:
        occurring, cell = np.unique(crossing, return_inverse=True)
    values: dict[str, NDArray[np.int64]] = {}
    rest = occurring
    for name in reversed(list(columns)):
        rest, values[name] = np.divmod(rest, lengths[name])
    return cell, {name: values[name] for name in columns}
