"""Drawing without replacement until a budget is full, with the probability of every outcome.

Each document gets an exponential key -log(u) / weight (Efraimidis and Spirakis, 2006), with u a fixed
random number of the document, and keys are taken from the smallest. A document is taken while the
total before it is below the budget, so the last one may overshoot by less than its own size.

Given the keys of the others, a document is taken exactly if its key is at most a threshold t that they
set: the key at which their own running total reaches the budget. Its probability to be taken is therefore
1 - exp(-weight * t), and sums over the taken, each divided by this probability, are unbiased estimates of
sums over all candidates (bottom-k sketches with rank conditioning, Cohen and Kaplan, 2007; priority
sampling, Duffield, Lund and Thorup, 2007).

To keep a document with a chance p by itself is the same with a weight of -log(1 - p) and a threshold of 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Chance = Callable[[Numbers], Numbers]
"""The probability of each document [n] that its key is at most its threshold [n]."""


_LARGEST_EXPONENT = 700.0  # e^700 is a number


@dataclass(frozen=True)
class Draw:
    """What was taken, [n] each.

    Attributes:
        copies: int32, how often a document is in the mixture; 0 for what was not taken.
        probability: float64, of being taken at least once.
        threshold: the key of the last document taken, null when nothing is left out.
    """

    copies: NDArray[np.int32]
    probability: Numbers
    threshold: float | None

    @property
    def taken(self) -> NDArray[np.bool_]:
        return self.copies > 0


@dataclass(frozen=True)
class Pool:
    """Documents [n] that compete for a budget.

    Attributes:
        luck: float64, -log(u) of each.
        sizes: int64, what each takes of the budget, once.
        most: int32, how often each may be taken.
        budget: in the unit of the sizes.
    """

    luck: Numbers
    sizes: NDArray[np.int64]
    most: NDArray[np.int32]
    budget: int


def draw_by_weight(pool: Pool, weights: Numbers) -> Draw:
    """Draw by weights; where the budget has room for all of them, everybody is taken again and again."""
    return _in_passes(pool, pool.luck / weights, _chance_of(weights))


def draw_by_log_weight(pool: Pool, log_weights: Numbers) -> Draw:
    """Draw by weights that no float64 may hold: the same order, by the logarithm of keys."""

    def chance(thresholds: Numbers) -> Numbers:
        return -np.expm1(-np.exp(np.minimum(log_weights + thresholds, _LARGEST_EXPONENT)))

    return _in_passes(pool, np.log(pool.luck) - log_weights, chance)


def draw_by_chance(pool: Pool, chances: Numbers) -> Draw:
    """Keep each document with its own chance, once at most; a smaller budget has those of the least keys."""
    with np.errstate(divide="ignore"):
        weights = np.where(pool.most > 0, -np.log1p(-chances), 0.0)
        keys = pool.luck / weights
    return fill(keys, pool.sizes, pool.budget, _chance_of(weights), limit=1.0)


def take_in_order(pool: Pool, places: Numbers) -> Draw:
    """Take from the smallest place; nothing is random."""
    return _in_passes(pool, places, None)


def repeat(pool: Pool, expected: Numbers) -> Draw:
    """Take each document as often as expected, on average, and less of all if that is more than the budget.

    Whole passes are certain, the fraction that remains is drawn: the total is that of the expectation, or the
    budget, to within one document.
    """
    expected = np.minimum(expected, pool.most)
    wanted = float((expected * pool.sizes).sum())
    if wanted > pool.budget:
        expected = expected * (pool.budget / wanted)
    passes = np.floor(expected + 1e-9)  # 2.9999999999 of scaling is 3
    left = min(round(wanted), pool.budget) - int((passes * pool.sizes).sum())
    chances = np.clip(expected - passes, 0.0, 1.0)
    rest = np.flatnonzero(chances > 1e-9)
    weights = -np.log1p(-chances[rest])
    drawn = fill(pool.luck[rest] / weights, pool.sizes[rest], left, _chance_of(weights))
    copies, probability = passes.astype(np.int32), np.minimum(passes, 1.0)
    copies[rest] += drawn.copies
    probability[rest] = np.maximum(probability[rest], drawn.probability)
    return Draw(copies, probability, drawn.threshold)


def fill(
    keys: Numbers, sizes: NDArray[np.int64], budget: int, chance: Chance | None, limit: float = np.inf
) -> Draw:
    """Take documents once by ascending key, then position, while the total size before is below the budget.

    All arrays are [n]. Keys above the limit are never taken. Without a chance the order is not random, and
    probabilities are 0 or 1.
    """
    order = np.argsort(keys, kind="stable")
    keys, sizes = keys[order], sizes[order]
    totals = np.cumsum(sizes)
    in_order = (totals - sizes < budget) & (keys <= limit)
    taken = np.empty(len(keys), np.bool_)
    taken[order] = in_order
    last = int(in_order.sum())  # the taken come first
    threshold = None if last == len(keys) else float(keys[last - 1]) if last else 0.0
    if chance is None or budget <= 0:
        return Draw(taken.astype(np.int32), taken.astype(np.float64), threshold)
    # Without a taken document the total of the others is smaller by its size from its place on.
    crossing = np.searchsorted(totals, budget + np.where(in_order, sizes, 0), side="left")
    thresholds = np.empty(len(keys))
    thresholds[order] = np.minimum(np.append(keys, np.inf)[crossing], limit)
    return Draw(taken.astype(np.int32), chance(thresholds), threshold)


def _chance_of(weights: Numbers) -> Chance:
    """Return 1 - exp(-weight * threshold) as a function of the threshold; a weight may be infinite."""

    def chance(thresholds: Numbers) -> Numbers:
        exponents = np.zeros(len(weights))
        np.multiply(weights, thresholds, out=exponents, where=(weights > 0.0) & (thresholds > 0.0))
        certain = np.isinf(weights)  # their key is 0, within any threshold
        return np.where(certain, 1.0, -np.expm1(-exponents))

    return chance


def _in_passes(pool: Pool, keys: Numbers, chance: Chance | None) -> Draw:
    """Take everybody who may be taken as often as the budget allows, then some of them once more."""
    passes, left = 0, pool.budget
    longest = int(pool.most.max(initial=0))
    while passes + 1 < longest:
        total = int(pool.sizes[pool.most > passes].sum())
        if total >= left:
            break
        passes, left = passes + 1, left - total
    again = pool.most > passes
    keys = np.where(again, keys, np.inf)
    sizes = np.where(again, pool.sizes, 0)
    last = fill(keys, sizes, left, chance)
    drawn = last.taken & again
    copies = np.minimum(pool.most, passes) + drawn
    chances = np.where(again, last.probability, 0.0)
    probability = np.where(np.minimum(pool.most, passes) > 0, 1.0, chances)
    threshold = last.threshold if drawn.sum() < again.sum() else None
    return Draw(copies.astype(np.int32), probability, threshold)
