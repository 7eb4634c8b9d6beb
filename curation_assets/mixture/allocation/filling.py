"""Temperature and UniMax: the share of each group from how much there is of it.

Both pour the budget into vessels: every group gets t times its weight, but no less than its lower and no
more than its upper bound, with the one t at which the budget is used up. With all weights 1 and the upper
bound epochs times amount this is UniMax (Chung et al., 2023, arXiv 2304.09151, algorithm 1): a group that
is full at the equal share keeps what it holds, the others share what remains. With weights amount^(1/T) it
is sampling by temperature (Xue et al., 2021, arXiv 2010.11934, section 3.1, alpha = 1/T), with what the
caps block going to the others in the same proportions.
"""

import numpy as np
from numpy.typing import NDArray


def rule_weights(kind: str, amounts: NDArray[np.int64], temperature: float) -> NDArray[np.float64]:
    """Return the weights [g] of groups of these amounts under ``temperature`` or ``unimax``; largest 1."""
    weights = (amounts > 0).astype(np.float64)
    if kind == "temperature" and weights.any():
        relative = amounts / amounts.max()
        weights[amounts > 0] = relative[amounts > 0] ** (1.0 / temperature)
    return weights


def pour(
    weights: NDArray[np.float64], lower: NDArray[np.int64], upper: NDArray[np.int64], total: int
) -> NDArray[np.float64]:
    """Return clip(t * weights, lower, upper) with the t at which it adds up to ``total``; all float64 [g].

    A total that the bounds do not allow is moved into them. Groups of weight 0 keep their lower bound until
    all others are full.
    """
    lower, upper = np.minimum(lower, upper), np.asarray(upper)
    total = int(np.clip(total, lower.sum(), upper.sum()))
    held = lower.astype(np.float64)
    reachable = (weights > 0) & (upper > lower)
    if total >= int(upper[reachable].sum() + lower[~reachable].sum()):
        held[reachable] = upper[reachable]
        missing, idle = total - held.sum(), ~reachable & (upper > lower)
        if idle.any():
            room = (upper - lower)[idle]
            held[idle] += room * (missing / room.sum())
        return held
    weight = weights[reachable]
    begins, ends = lower[reachable] / weight, upper[reachable] / weight
    times = np.concatenate([begins, ends])
    rates = np.concatenate([weight, -weight])
    order = np.argsort(times, kind="stable")
    times, rates = times[order], np.cumsum(rates[order])
    levels = np.concatenate([[0.0], np.cumsum(rates[:-1] * np.diff(times))]) + float(lower.sum())
    at = int(np.searchsorted(levels, total, side="right")) - 1
    rate = rates[at]
    time = times[at] + ((total - levels[at]) / rate if rate > 0 else 0.0)
    held[reachable] = np.clip(time * weight, lower[reachable], upper[reachable])
    return held
