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
_NEARLY_CERTAIN = 1.0 - 1e-12  # of what is certain a budget that binds still draws at random


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
        most: int32, how often each may still be taken. The probability of one that may not, since an earlier
            phase has it, is that of being taken if the earlier phase had not.
        budget: in the unit of the sizes.
        beyond: whether the last document may go beyond the budget; if not it is the last one that fits.
    """

    luck: Numbers
    sizes: NDArray[np.int64]
    most: NDArray[np.int32]
    budget: int
    beyond: bool = True


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
        weights = -np.log1p(-np.minimum(chances, _NEARLY_CERTAIN))
        keys = pool.luck / weights
    return _open_only(pool, pool.most > 0, keys, pool.budget, _chance_of(weights), limit=1.0)


def take_in_order(pool: Pool, places: Numbers) -> Draw:
    """Take from the smallest place; nothing is random."""
    return _in_passes(pool, places, lambda thresholds: (places <= thresholds).astype(np.float64))


def repeat(pool: Pool, expected: Numbers) -> Draw:
    """Take each document as often as expected, on average, and less of all if that is more than the budget.

    Whole passes are certain, the fraction that remains is drawn: the total is that of the expectation, or the
    budget, to within one document.
    """
    wished = expected
    expected = np.minimum(expected, pool.most)
    wanted = float((expected * pool.sizes).sum())
    scale = pool.budget / wanted if wanted > pool.budget else 1.0
    expected = expected * scale
    passes = np.floor(expected + 1e-9)  # 2.9999999999 of scaling is 3
    left = min(round(wanted), pool.budget) - int((passes * pool.sizes).sum())
    fractions = np.clip(expected - passes, 0.0, 1.0)
    rest = np.flatnonzero(fractions > 1e-9)
    weights = -np.log1p(-np.minimum(fractions[rest], _NEARLY_CERTAIN))
    drawn = fill(pool.luck[rest] / weights, pool.sizes[rest], left, _chance_of(weights), beyond=pool.beyond)
    copies, probability = passes.astype(np.int32), np.minimum(passes, 1.0)
    copies[rest] += drawn.copies
    probability[rest] = np.maximum(probability[rest], drawn.probability)
    taken_before = pool.most < 1
    probability[taken_before] = np.minimum(wished[taken_before] * scale, 1.0)
    return Draw(copies, probability, drawn.threshold)


def fill(
    keys: Numbers,
    sizes: NDArray[np.int64],
    budget: int,
    chance: Chance | None = None,
    limit: float = np.inf,
    beyond: bool = True,
    own: NDArray[np.int64] | None = None,
) -> Draw:
    """Take documents once by ascending key, then position, while the total size before is below the budget.

    All arrays are [n]. Keys above the limit are never taken. ``beyond``: see ``Pool``. ``own`` are the sizes
    that documents of size 0, which are not to be taken, would have had. Without a chance the probabilities
    are 0 or 1.
    """
    order = np.argsort(keys, kind="stable")
    sizes_of_their_own = sizes if own is None else own
    keys, sizes = keys[order], sizes[order]
    totals = np.cumsum(sizes)
    fits = totals - sizes < budget if beyond else totals <= budget
    in_order = fits & (keys <= limit)
    taken = np.empty(len(keys), np.bool_)
    taken[order] = in_order
    last = int(in_order.sum())  # the taken come first
    threshold = None if last == len(keys) else float(keys[last - 1]) if last else 0.0
    if chance is None or budget <= 0:
        return Draw(taken.astype(np.int32), taken.astype(np.float64), threshold)
    if beyond:
        # Without a taken document the total of the others is smaller by its size from its place on.
        crossing = np.searchsorted(totals, budget + np.where(in_order, sizes, 0), side="left")
    else:
        room = budget - np.where(in_order, 0, sizes_of_their_own[order])
        crossing = np.searchsorted(totals, room, side="right")
    thresholds = np.empty(len(keys))
    thresholds[order] = np.minimum(np.append(keys, np.inf)[crossing], limit)
    if not beyond:
        thresholds[sizes_of_their_own > budget] = -np.inf  # never fits
    return Draw(taken.astype(np.int32), chance(thresholds), threshold)


def _chance_of(weights: Numbers) -> Chance:
    """Return 1 - exp(-weight * threshold) as a function of the threshold."""

    def chance(thresholds: Numbers) -> Numbers:
        exponents = np.zeros(len(weights))
        np.multiply(weights, thresholds, out=exponents, where=(weights > 0.0) & (thresholds > 0.0))
        return -np.expm1(-exponents)

    return chance


def _in_passes(pool: Pool, keys: Numbers, chance: Chance) -> Draw:
    """Take everybody who may be taken as often as the budget allows, then some of them once more.

    Passes are spread evenly: nothing occurs k + 1 times before everything that may has occurred k times. Text
    that is repeated up to four times is worth nearly as much as new text (Muennighoff et al., 2023, arXiv
    2305.16264); with tuned weight decay up to ten passes over good text beat one over ten times as much (Fang
    et al., 2025).
    """
    passes, left = 0, pool.budget
    longest = int(pool.most.max(initial=0))
    while passes + 1 < longest:
        total = int(pool.sizes[pool.most > passes].sum())
        if total >= left:
            break
        passes, left = passes + 1, left - total
    last = _open_only(pool, pool.most > passes, keys, left, chance)
    whole = np.minimum(pool.most, passes)
    certain = (whole > 0) | (passes > 0)  # what an earlier phase has would have had a pass, too
    probability = np.where(certain, 1.0, last.probability)
    return Draw((whole + last.copies).astype(np.int32), probability, last.threshold)


def _open_only(
    pool: Pool,
    is_open: NDArray[np.bool_],
    keys: Numbers,
    budget: int,
    chance: Chance | None,
    limit: float = np.inf,
) -> Draw:
    """Fill the budget with those that are open; the others have the probability that they would have."""
    drawn = fill(
        np.where(is_open, keys, np.inf),
        np.where(is_open, pool.sizes, 0),
        budget,
        chance,
        limit,
        pool.beyond,
        pool.sizes,
    )
    taken = drawn.taken & is_open
    threshold = drawn.threshold if taken.sum() < is_open.sum() else None
    return Draw(taken.astype(np.int32), drawn.probability, threshold)
