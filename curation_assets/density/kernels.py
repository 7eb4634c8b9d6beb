"""The kernels behind each way to estimate, in closed form."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
