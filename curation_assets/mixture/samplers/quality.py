"""All alike, the best first, and the worst first."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.samplers.ranking import places_by

Values = NDArray[np.float64]


def equal_weights(count: int) -> Values:
    """Weigh all documents equally: the baseline that any other sampler has to beat."""
    return np.ones(count)


def best_first(quality: Values) -> Values:
    """Place documents by quality, highest first, equal ones by position (arXiv 2402.09668, Algorithm 1)."""
    return places_by(-quality)


def worst_first(quality: Values) -> Values:
    """Place documents by quality, lowest first: an ablation that shows whether a score says something."""
    return places_by(quality)
