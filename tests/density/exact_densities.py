"""The kernel sum that a sketch estimates, over all pairs."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.density.kernels import collision_probability

_QUERY_BLOCK = 512


def exact_density(embeddings: NDArray[np.floating], width: float, hashes: int = 1) -> NDArray[np.float64]:
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
