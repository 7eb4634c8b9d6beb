"""How well scores rank labelled texts, and how far scorers agree."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.perplexity.buckets import rank_shares

Scores = NDArray[np.float64]


class Area(NamedTuple):
    """Area under the ROC curve: how likely an informative text scores above junk, ties counting half.

    Attributes:
        value: 0 to 1; .5 is what chance gives.
        error: its standard error, by DeLong et al. 1988; NaN with fewer than two texts of a label.
    """

    value: float
    error: float


def area(labels: NDArray[np.int64], scores: Scores) -> Area:
    """Return the area of scores [n] by labels [n], 1 informative or 0 junk; greater scores are better.

    Raises:
        ValueError: one of the two labels is missing, or a score is not a number.
    """
    good, bad = scores[labels == 1], scores[labels == 0]
    if not len(good) or not len(bad):
        raise ValueError("texts of both labels are needed, 1 and 0")
    if not np.isfinite(scores).all():
        raise ValueError("a score that is not finite")
    both = np.concatenate([good, bad])
    ranks = _ranks(both)
    # the share of the other label that lies below each text
    above = (ranks[: len(good)] - _ranks(good)) / len(bad)
    below = 1 - (ranks[len(good) :] - _ranks(bad)) / len(good)
    if min(len(good), len(bad)) < 2:
        return Area(float(above.mean()), float("nan"))
    variance = above.var(ddof=1) / len(good) + below.var(ddof=1) / len(bad)
    return Area(float(above.mean()), float(np.sqrt(variance)))


def by_kind_of_junk(labels: NDArray[np.int64], kinds: Sequence[str], scores: Scores) -> dict[str, float]:
    """Return the area of all informative texts against each kind of junk."""
    names = np.array(kinds)
    found = {}
    for kind in sorted(set(names[labels == 0].tolist())):
        some = (labels == 1) | ((labels == 0) & (names == kind))
        found[kind] = area(labels[some], scores[some]).value
    return found


def agreement(columns: Sequence[Scores]) -> list[list[float | None]]:
    """Return Spearman's rank correlation of each two columns [n]; None where one of them is constant."""
    ranks = [_ranks(column) for column in columns]
    return [[_correlation(one, other) for other in ranks] for one in ranks]


def _ranks(scores: Scores) -> Scores:
    """Return ranks from 1, equal scores sharing the mean of theirs."""
    return np.rint(2 * rank_shares(scores) * len(scores) + 1) / 2  # exact again: ranks are whole or half


def _correlation(one: Scores, other: Scores) -> float | None:
    first, second = one - one.mean(), other - other.mean()
    size = np.sqrt((first @ first) * (second @ second))
    return float(np.clip(first @ second / size, -1.0, 1.0)) if size > 0 else None
