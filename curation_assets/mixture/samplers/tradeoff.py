"""What alpha of quality x coverage costs and buys: a curve for a report."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.samplers.coverage import inverse_density, quality_and_coverage
from curation_assets.mixture.samplers.interface import Scores
from curation_assets.statistics import effective_sample_size

Values = NDArray[np.float64]
_ROUNDS = 200


class Point(NamedTuple):
    """What a mixture comes to on average.

    Attributes:
        mean_rank: of quality, over the documents taken; .5 for a random choice.
        effective_share: effective sample size of the inclusion probabilities (Kish) by the number of
            documents: 1 if all are as likely, next to the fraction if the choice is fixed.
        coverage: overlap of the inclusion probabilities with those of a flat distribution over the space,
            1/density: the sum of the smaller ones after both are scaled to 1. 1 is flat.
    """

    alpha: float
    mean_rank: float
    effective_share: float
    coverage: float


def pareto_curve(
    scores: Scores, alphas: Sequence[float], fraction: float, density_floor: float = 0.1
) -> list[Point]:
    """Return a point for each alpha, of a mixture that holds this fraction of the documents.

    Only documents with a rank and a density count. The flat distribution has the floor, too. Empty where
    nothing is known.

    Raises:
        ValueError: not 0 < fraction <= 1.
    """
    if not 0.0 < fraction <= 1.0:
        raise ValueError(f"a fraction of {fraction}; it has to be above 0 and at most 1")
    known = np.isfinite(scores.rank) & np.isfinite(inverse_density(scores.density))
    rank, density = scores.rank[known], scores.density[known]
    if not len(rank):
        return []
    flat = quality_and_coverage(rank, density, 0.0, density_floor)
    flat /= flat.sum()
    points = []
    for alpha in alphas:
        chances = inclusion(quality_and_coverage(rank, density, alpha, density_floor), fraction * len(rank))
        shares = chances / chances.sum()
        points.append(
            Point(
                float(alpha),
                float(shares @ rank),
                effective_sample_size(chances) / len(rank),
                float(np.minimum(shares, flat).sum()),
            )
        )
    return points


def inclusion(weights: Values, expected: float) -> Values:
    """Return 1 - exp(-weight * t), float64 [n], with the t of which they add up to ``expected``.

    The chances of a draw by exponential keys up to t; in a draw of exactly so many documents t varies with
    the keys, by a part in the root of their number.

    Args:
        weights: [n], positive.
        expected: above 0 and at most n.
    """
    if expected >= len(weights):
        return np.ones(len(weights))
    scaled = weights / weights.mean()
    threshold = 0.0
    # The sum is concave in t, so that Newton's steps from 0 never pass the root.
    for _ in range(_ROUNDS):
        left = np.exp(-scaled * threshold)
        step = (expected - float((1.0 - left).sum())) / float(scaled @ left)
        threshold += step
        if step <= 1e-13 * threshold:
            break
    return -np.expm1(-scaled * threshold)
