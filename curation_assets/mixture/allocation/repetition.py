"""Documents that occur more than once: whole passes over a pool first, then a draw for what remains.

Text that is repeated up to four times is worth nearly as much as new text (Muennighoff et al., 2023, arXiv
2305.16264); with tuned weight decay up to ten passes over good text beat one over ten times as much (Fang
et al., 2025). Passes are spread evenly: nothing occurs k + 1 times before everything that may has occurred
k times.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.allocation.cells import sums


@dataclass(frozen=True)
class Copies:
    """How often documents occur for certain, and what is left to draw.

    Attributes:
        passes: int64 [n], how often each document occurs without any draw.
        rest: int64 [c], what is left of the budget of each cell, less than one more pass where there can be
        one.
        open: bool [n], documents that may occur once more: of these the rest is drawn without replacement.
    """

    passes: NDArray[np.int64]
    rest: NDArray[np.int64]
    open: NDArray[np.bool_]


def copies(
    cell: NDArray[np.int64], sizes: NDArray[np.int64], allowed: NDArray[np.int64], budget: NDArray[np.int64]
) -> Copies:
    """Return the whole passes over the documents of every cell that its budget pays for.

    Args:
        cell: int64 [n], the cell of each document.
        sizes: int64 [n], what a document takes of the budget.
        allowed: int64 [n], how often it may occur (in a later phase: what is left of that).
        budget: int64 [c].
    """
    count = len(budget)
    left, level = budget.astype(np.int64), np.zeros(count, np.int64)
    going = np.ones(count, np.bool_)
    before = 0
    for most in np.unique(allowed[allowed > 0]).tolist():  # between two caps every pass costs the same
        cost = sums(cell, np.where(allowed >= most, sizes, 0), count)
        steps = np.where(cost > 0, np.minimum(left // np.maximum(cost, 1), most - before), most - before)
        steps = np.where(going, steps, 0)
        left -= steps * cost
        level += steps
        going &= steps == most - before
        before = most
    passes = np.minimum(level[cell], np.maximum(allowed, 0))
    return Copies(passes, left, allowed > passes)
