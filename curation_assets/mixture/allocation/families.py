"""Bounds of groups of cells: a family divides all cells into groups, each with a lower and an upper
bound."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.allocation.cells import sums


@dataclass(frozen=True)
class Family:
    """Groups [g] that have no cell in common and hold all cells.

    Attributes:
        label: int64 [c], the group of each cell.
        lower, upper: int64 [g], in units of the budget.
    """

    label: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lower)

    def totals(self, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the groups hold, [g], when the cells hold these amounts, [c]."""
        return np.bincount(self.label, amounts, minlength=len(self)).astype(np.float64, copy=False)

    def matrix(self) -> Any:
        """Return the groups as a scipy.sparse.csr_matrix [g, c] of zeros and ones."""
        from scipy.sparse import csr_matrix

        cells = len(self.label)
        shape = (len(self), cells)
        return csr_matrix((np.ones(cells), (self.label, np.arange(cells))), shape=shape)

    def tightened(self, capacity: NDArray[np.int64], total: int) -> "Family":
        """Return the same with the bounds that follow from the capacities [c] and the total over all
        groups."""
        upper = np.minimum(self.upper, sums(self.label, capacity, len(self)))
        lower = np.maximum(self.lower, total - (upper.sum() - upper))
        upper = np.minimum(upper, total - (lower.sum() - lower))
        return replace(self, lower=lower, upper=upper)


@dataclass(frozen=True)
class Condensed:
    """Cells that are in the same group of every family, taken together as one part.

    Attributes:
        label: int64 [c], the part of each cell.
        families: the same bounds over parts [p].
        capacity: int64 [p].
    """

    label: NDArray[np.int64]
    families: list[Family]
    capacity: NDArray[np.int64]


def condense(families: list[Family], capacity: NDArray[np.int64]) -> Condensed:
    """Put cells together that no bound tells apart; parts are in the order of their groups."""
    label = np.zeros(len(capacity), np.int64)
    for family in families:
        _, label = np.unique(label * len(family) + family.label, return_inverse=True)
    count = int(label.max(initial=-1)) + 1
    first = np.zeros(count, np.int64)
    first[label[::-1]] = np.arange(len(label))[::-1]
    parts = [replace(family, label=family.label[first]) for family in families]
    return Condensed(label, parts, sums(label, capacity, count))
