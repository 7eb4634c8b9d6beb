"""Drawing without replacement until a budget is full, with the probability of every outcome.

Each document gets an exponential key -log(u) / weight (Efraimidis and Spirakis, 2006), with u a fixed
random number of the document, and keys are taken from the smallest. A document is taken while the
total before it is below the budget, so the last one may overshoot by less than its own size.

Given the keys of the others, a document is taken exactly if its key is at most a threshold t that they
set: the key at which their own running total reaches the budget. Its probability to be taken is therefore
1 - exp(-weight * t), and sums over the taken, each divided by this probability, are unbiased estimates of
sums over all candidates (bottom-k sketches with rank conditioning, Cohen and Kaplan, 2007; priority
sampling, Duffield, Lund and Thorup, 2007).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.text.hashing import uniform


@dataclass(frozen=True)
class Draw:
    """What was taken. ``threshold`` is the key of the last document taken, null when nothing is left out."""

    taken: NDArray[np.bool_]
    probability: NDArray[np.float64]
    threshold: float | None


def exponential_keys(doc_ids: list[str], weights: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return -log(u) / weight for every document, u in (0, 1) being a hash of the seed and doc_id."""
    draws = np.fromiter((uniform(seed, doc_id) for doc_id in doc_ids), np.float64, count=len(doc_ids))
    return -np.log(draws) / weights


def fill(
    keys: NDArray[np.float64], sizes: NDArray[np.int64], budget: int, weights: NDArray[np.float64] | None
) -> Draw:
    """Take documents by ascending key, then by position, while the total size before is below the budget.

    All arrays are [n]. Without weights the order is not random, and probabilities are 0 or 1.
    """
    order = np.argsort(keys, kind="stable")
    totals = np.cumsum(sizes[order])
    ordered = totals - sizes[order] < budget
    taken = np.empty(len(keys), np.bool_)
    taken[order] = ordered
    threshold = None if ordered.all() else float(keys[order][ordered][-1]) if ordered.any() else 0.0
    if weights is None:
        return Draw(taken, taken.astype(np.float64), threshold)
    limits = _thresholds(keys[order], sizes[order], totals, budget, ordered)
    probability = np.empty(len(keys))
    probability[order] = -np.expm1(-weights[order] * limits)
    return Draw(taken, probability, threshold)


def _thresholds(
    keys: NDArray[np.float64],
    sizes: NDArray[np.int64],
    totals: NDArray[np.int64],
    budget: int,
    taken: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return, in the order of keys, the key at which the total of the others reaches the budget."""
    if budget <= 0:
        return np.zeros(len(keys))
    # Without a taken document the total of the others is smaller by its size from its place on.
    own = np.where(taken, sizes, 0)
    crossing = np.searchsorted(totals, budget + own, side="left")
    return np.append(keys, np.inf)[crossing]
