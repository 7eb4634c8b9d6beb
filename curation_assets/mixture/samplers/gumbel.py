"""Gumbel top-k: a sample without replacement by importance weights (Xie et al. 2023, arXiv 2302.03169).

Each document's key is its log weight plus Gumbel noise, and the k largest keys are taken: the same as drawing
k times without replacement in proportion to the weights. The mixture's sampler ``dsir`` does so with a budget
in tokens; this is for a number of documents, in Python. The noise comes from the document's id, so that a
document more or less displaces at most one other.
"""

from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.text.hashing import uniform

_PURPOSE = "gumbel"


class Sample(NamedTuple):
    """What was taken, bool [n], and with which probability, float64 [n].

    The probability is that given the other documents' keys (rank conditioning, as in ``mixture.draw``): sums
    over the taken, each divided by it, are unbiased.
    """

    taken: NDArray[np.bool_]
    probability: NDArray[np.float64]


def gumbel_keys(doc_ids: Sequence[str], log_weights: NDArray[np.floating], seed: int) -> NDArray[np.float64]:
    """Return log weight + noise of each document, float64 [n]."""
    numbers = (uniform(seed, f"{_PURPOSE} {doc_id}") for doc_id in doc_ids)
    drawn = np.fromiter(numbers, np.float64, count=len(log_weights))
    return np.asarray(log_weights, dtype=np.float64) - np.log(-np.log(drawn))


def gumbel_top_k(
    doc_ids: Sequence[str],
    log_weights: NDArray[np.floating],
    k: int,
    *,
    seed: int = 0,
    eligible: NDArray[np.bool_] | None = None,
) -> Sample:
    """Take k documents, or all if there are no more; equal keys go by the id.

    Args:
        log_weights: [n], finite.
        eligible: bool [n], others are never taken; None means all. DSIR leaves out texts of fewer than 100
            words, since the log weight of a short text is near 0, above that of most others.
    """
    mask = np.ones(len(log_weights), np.bool_) if eligible is None else eligible
    chosen, names = np.flatnonzero(mask), list(compress(doc_ids, mask))
    weights = np.asarray(log_weights, dtype=np.float64)[chosen]
    keys = gumbel_keys(names, weights, seed)
    order = np.array(sorted(range(len(names)), key=lambda one: (-keys[one], names[one])), dtype=np.int64)
    taken, probability = np.zeros(len(log_weights), np.bool_), np.zeros(len(log_weights))
    taken[chosen[order[: max(k, 0)]]] = True
    if len(chosen) <= k:
        probability[chosen] = 1.0
    elif k > 0:
        probability[chosen] = _inclusion(weights, keys, order, k)
    return Sample(taken, probability)


def _inclusion(
    weights: NDArray[np.float64], keys: NDArray[np.float64], order: NDArray[np.int64], k: int
) -> NDArray[np.float64]:
    """Return P(key > the k-th largest key of the others); 0 < k < n."""
    thresholds = np.full(len(keys), keys[order[k - 1]])
    thresholds[order[:k]] = keys[order[k]]
    with np.errstate(over="ignore"):  # exp of a large excess is infinite, and the probability 1
        return -np.expm1(-np.exp(weights - thresholds))
