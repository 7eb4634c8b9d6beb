"""Signed random projections: codes whose bits tell on which side of random planes a vector lies.

Two vectors with the angle t between them agree in k signs with probability (1 - t / pi)**k (Charikar, 2002).
Vectors and planes are in whole numbers (``fixed_point.py``), of which every product is exact in float32.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.density.fixed_point import LENGTH, fixed
from curation_assets.text.hashing import content_hash

_BLOCK_ROWS = 1024


@dataclass(frozen=True)
class Signs:
    """Planes, float32 [dimension, rows * hashes] of whole numbers, and what tells them apart."""

    planes: NDArray[np.float32]
    fingerprint: str


@lru_cache(maxsize=4)
def signs(dimension: int, rows: int, hashes: int, seed: int) -> Signs:
    """Draw the planes. The fingerprint tells apart streams of different numpy versions."""
    generator = np.random.Generator(np.random.PCG64(seed))
    normal = generator.standard_normal((dimension, rows * hashes))
    lengths = np.sqrt(np.square(normal).sum(axis=0))
    planes = np.rint(normal / lengths * LENGTH).astype(np.float32)
    return Signs(planes, content_hash(planes.tobytes()))


def signed_codes(
    vectors: NDArray[np.floating[Any]], drawn: Signs, hashes: int, invalid: int
) -> NDArray[np.int32]:
    """Return codes below 2**hashes of vectors [n, dimension]: int32 [n, rows]; ``invalid`` if not finite."""
    from curation_assets.density import loops

    codes = np.empty((len(vectors), drawn.planes.shape[1] // hashes), np.int32)
    for start in range(0, len(vectors), _BLOCK_ROWS):
        whole, valid = fixed(vectors[start : start + _BLOCK_ROWS])
        part = codes[start : start + _BLOCK_ROWS]
        loops.pack_signs(whole @ drawn.planes, hashes, part)
        part[~valid] = invalid
    return codes
