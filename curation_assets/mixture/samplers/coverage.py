"""Weights by the inverse of density, and by quality and coverage together."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def inverse_density(density: Values) -> Values:
    """Weigh by inverse propensity, 1/density, which evens out how regions of meaning are covered.

    Section 3.3 and Theorem A.2 of arXiv 2402.09668; line 17 of its Algorithm 2 prints the density itself
    where the theorem needs the inverse. Unbounded as there, so isolated documents, good or bad, gain most.
    """
    return 1.0 / np.where(density > 0, density, np.nan)


def quality_and_coverage(rank: Values, density: Values, alpha: float, density_floor: float) -> Values:
    """Weigh by rank^alpha * (1/density)^(1 - alpha); ranks in (0, 1), densities positive [n].

    With alpha 1 that is the rank, and with alpha 0 ``inverse_density``, each to the last bit where no density
    is below the floor. A density below ``density_floor`` times the median counts as that, so that no outlier
    weighs more than density_floor^(alpha - 1) ordinary documents. Ranks, so that neither the scale of a
    scorer matters nor its taste for a language or source.

    Not from a paper: it joins the two samplers of arXiv 2402.09668, which were never run together there.
    """
    known = density[np.isfinite(density)]
    median = float(np.median(known)) if len(known) else np.nan
    inverse = inverse_density(np.maximum(density, density_floor * median))
    return rank**alpha * inverse ** (1.0 - alpha)
