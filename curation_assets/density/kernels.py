"""The kernels behind each way to estimate, in closed form, and the exact kernel sum for small sets."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_QUERY_BLOCK = 512


def collision_probability(distance: ArrayLike, width: float, hashes: int = 1) -> NDArray[np.float64]:
    """Return the probability that vectors ``distance`` apart agree in ``hashes`` p-stable hashes.

    The closed form for the normal distribution (Datar et al. 2004, §3.2), to the power ``hashes``; same
    shape as ``distance``. This is the kernel that a sketch of p-stable hashes sums.
    """
    from scipy.special import erf

    gaps = np.asarray(distance, dtype=np.float64)
    ratio = width / np.maximum(gaps, 1e-12)
    tails = 1.0 - erf(ratio / np.sqrt(2.0))
    slope = np.sqrt(2.0 / np.pi) / ratio * -np.expm1(-0.5 * np.square(ratio))
    single = np.where(gaps <= 1e-12, 1.0, np.clip(1.0 - tails - slope, 0.0, 1.0))
    return np.asarray(single**hashes, dtype=np.float64)


def signed_probability(cosine: ArrayLike, hashes: int = 1) -> NDArray[np.float64]:
    """Return the probability that vectors of this cosine agree in ``hashes`` signed random projections.

    (1 - angle / pi)**hashes (Charikar, 2002, §3), the kernel that a sketch of signs sums.
    """
    angle = np.arccos(np.clip(np.asarray(cosine, dtype=np.float64), -1.0, 1.0))
    return np.asarray((1.0 - angle / np.pi) ** hashes, dtype=np.float64)


def gaussian(cosine: ArrayLike, bandwidth: float) -> NDArray[np.float64]:
    """Return exp((cosine - 1) / bandwidth**2): for unit vectors exp(-distance**2 / (2 bandwidth**2))."""
    return np.exp((np.asarray(cosine, dtype=np.float64) - 1.0) / bandwidth**2)


def exact_density(
    embeddings: NDArray[np.floating[Any]], width: float, hashes: int = 1
) -> NDArray[np.float64]:
    """Return the p-stable kernel sum of each vector [n, d] over all, itself included: float64 [n].

    Quadratic in n: the yardstick for the sketch on small sets. Divide by n for a density.
    """
    vectors = np.asarray(embeddings, dtype=np.float64)
    squares = np.square(vectors).sum(axis=1)
    sums = np.empty(len(vectors))
    for start in range(0, len(vectors), _QUERY_BLOCK):
        part = slice(start, start + _QUERY_BLOCK)
        gaps = squares[part, None] + squares[None, :] - 2.0 * (vectors[part] @ vectors.T)
        sums[part] = collision_probability(np.sqrt(np.maximum(gaps, 0.0)), width, hashes).sum(axis=1)
    return sums
