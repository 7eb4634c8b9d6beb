"""Signed random projections: codes whose bits tell on which side of random planes a vector lies.

Two vectors with the angle t between them agree in k signs with probability (1 - t / pi)**k (Charikar, 2002).
Vectors are in whole numbers of length 2**11 (``fixed_point.py``) and planes of length 2**12: a product and
every part of it stay below 2**24, so a matrix product in float32 is exact.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.density.fixed_point import fixed
from curation_assets.text.hashing import content_hash

_LENGTH = float(1 << 12)
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
    planes = np.rint(normal / lengths * _LENGTH).astype(np.float32)
    return Signs(planes, content_hash(planes.tobytes()))


def signed_codes(
    vectors: NDArray[np.floating[Any]], drawn: Signs, hashes: int, invalid: int
) -> NDArray[np.int32]:
    """Return codes in [0, 2**hashes) of vectors [n, dimension]: int32 [n, rows]; ``invalid`` if not finite."""
    from curation_assets.density import loops

    codes = np.empty((len(vectors), drawn.planes.shape[1] // hashes), np.int32)
    for start in range(0, len(vectors), _BLOCK_ROWS):
        whole, valid = fixed(vectors[start : start + _BLOCK_ROWS])
        part = codes[start : start + _BLOCK_ROWS]
        loops.pack_signs(whole @ drawn.planes, hashes, part)
        part[~valid] = invalid
    return codes
