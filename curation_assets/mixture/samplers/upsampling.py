"""How often documents are repeated, by a curve over the share of tokens (OLMo 3, arXiv 2512.13961, 3.4.4).

With documents in ascending order of a score, x in [0, 1] is the share of tokens up to a document. Repetitions
are f(x) = 0 below ``start`` a and C (x - a)^p from there on, with the integral that the budget asks for. The
share of the budget that is drawn from tokens up to x is then g(x) = ((x - a) / (1 - a))^(p + 1), whatever C.

As there, repetitions are one number for each of 20 buckets of equal tokens, the curve's mean in it, and the
best bucket has ``cap`` of them, which gives p.
"""

import math

import numpy as np
from numpy.typing import NDArray

from curation_assets.infeasible import InfeasibleError

Values = NDArray[np.float64]
_ROUNDING = 1e-9


def repetitions(
    value: Values,
    tokens: NDArray[np.int64],
    budget: float,
    start: float = 0.4,
    cap: float = 7.0,
    buckets: int = 20,
) -> Values:
    """Return the expected copies of each document, float64 [n]: sum(tokens * copies) is the budget.

    They ascend with the value, and none is above ``cap``. Of equal values the first by position is the best.
    A document that lies in two buckets has the mean over its tokens. A value that is NaN has 0 copies and no
    part in the shares.

    Args:
        tokens: int64 [n], 0 or more, in the unit of the budget: ones for a budget in documents.
        budget: 0 or more; 0 gives 0 copies.

    Raises:
        ValueError: no such curve has this budget, with the arithmetic; see ``exponent``.
    """
    copies = np.zeros(len(value))
    known = np.flatnonzero(~np.isnan(value))
    if budget <= 0 or not len(known):
        return copies
    order = known[::-1][np.argsort(value[known][::-1], kind="stable")]
    ends = np.cumsum(tokens[order])
    total = float(ends[-1])
    if not total:
        raise InfeasibleError(
            f"a budget of {budget:g} cannot be had from {len(known)} documents without tokens"
        )
    ratio = budget / total
    drawn = _drawn(start, exponent(ratio, start, cap, buckets), buckets)
    rates = np.minimum(np.maximum.accumulate(np.diff(drawn) * buckets * ratio), cap)  # rounding aside, as is
    lower, upper = (ends - tokens[order]) / total, ends / total
    first, last = _bucket(lower, buckets), _bucket(upper, buckets)
    edges = np.linspace(0.0, 1.0, buckets + 1)
    shares = (np.interp(upper, edges, drawn) - np.interp(lower, edges, drawn)) * ratio
    means = np.divide(shares, upper - lower, out=rates[first], where=first < last)
    copies[order] = np.clip(means, rates[first], rates[last])  # rounding aside, they are
    return copies


def possible(total: int, budget: float, start: float, cap: float, buckets: int) -> tuple[float, float]:
    """Return the cap and the budget nearest to these of which there is a curve over ``total`` tokens."""
    if not total or budget <= 0:
        return cap, 0.0
    budget = min(budget, cap * (1.0 - start) * total)
    return min(cap, budget / total * buckets), budget


def exponent(ratio: float, start: float, cap: float, buckets: int) -> float:
    """Return p of the curve whose best bucket has ``cap`` repetitions: 0 is a step, infinity a single bucket.

    ratio * (1 - g(1 - 1/buckets)) = cap / buckets, solved for p; with 0 <= p that needs
    ratio / (1 - start) <= cap <= ratio * buckets.

    Args:
        ratio: budget by tokens there are, above 0.

    Raises:
        ValueError: no p is that of this budget, or ``start`` lies in the best bucket.
    """
    if start > 1.0 - 1.0 / buckets + _ROUNDING:
        raise InfeasibleError(f"start {start:g} lies in the best of {buckets} buckets")
    flattest, steepest = ratio / (1.0 - start), ratio * buckets
    asked = f"upsampling: the budget is {ratio:.4g} times the tokens there are"
    possible = f"A cap between {flattest:.4g} and {steepest:.4g} can be had, or a budget between " + (
        f"{cap / buckets:.4g} and {cap * (1.0 - start):.4g} times the tokens"
    )
    if cap < flattest * (1.0 - _ROUNDING):
        raise InfeasibleError(
            f"{asked}; spread evenly over all but the lowest {start:g} of them it repeats each {ratio:.4g} / "
            f"(1 - {start:g}) = {flattest:.4g} times, more than the cap of {cap:g}. {possible}"
        )
    if cap > steepest * (1.0 + _ROUNDING):
        raise InfeasibleError(
            f"{asked}; all of it from the best of {buckets} buckets repeats that {ratio:.4g} * {buckets} = "
            f"{steepest:.4g} times, less than the cap of {cap:g}. {possible}"
        )
    below = max(1.0 - cap / steepest, 0.0)
    inner = (1.0 - 1.0 / buckets - start) / (1.0 - start)
    if below == 0.0 or inner <= 0.0:
        return math.inf
    return max(math.log(below) / math.log(inner) - 1.0, 0.0)


def _drawn(start: float, power: float, buckets: int) -> Values:
    """Return g at the edges of the buckets, float64 [buckets + 1]."""
    above = np.maximum(np.linspace(0.0, 1.0, buckets + 1) - start, 0.0) / (1.0 - start)
    above[-1] = 1.0
    return np.power(above, power + 1.0)


def _bucket(shares: Values, buckets: int) -> NDArray[np.int64]:
    return np.minimum((shares * buckets).astype(np.int64), buckets - 1)
