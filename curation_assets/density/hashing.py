"""Locality-sensitive codes of vectors: p-stable hashes for the distance, or signs for the angle.

p-stable: a row of the sketch joins k hashes floor((x.a + b) / w), with a from the normal distribution and b
uniform in [0, w) (Datar, Immorlica, Indyk and Mirrokni, 2004), and mixes the k integers into a bucket.
Signs are in ``signed.py``.

Codes must not depend on the batch a vector comes in, on threads or on the processor, yet a matrix product
in floating point does. So vectors and projections are rounded to multiples of 2**-18 and multiplied as
integers held in float64. Every partial sum stays below 2**53, so each addition is exact in any order.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from curation_assets.density.signed import signed_codes, signs
from curation_assets.text.hashing import content_hash

FRACTION_BITS = 18
INVALID = -1
_SCALE = float(1 << FRACTION_BITS)
_EXACT = float(1 << 53)
_BLOCK_ROWS = 256
_WORD = np.uint64(32)
HashName = Literal["p_stable", "signed_projections"]


@dataclass(frozen=True)
class SketchParams:
    """What must agree for two sketches, or a sketch and a vector, to be comparable."""

    rows: int
    buckets: int
    hashes_per_row: int
    width: float
    seed: int
    dimension: int
    hash: HashName = "p_stable"

    def __post_init__(self) -> None:
        for name in ("rows", "buckets", "hashes_per_row", "dimension"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if not self.width > 0:
            raise ValueError(f"width is {self.width}; it must be positive")
        if self.hash == "signed_projections" and self.buckets != 1 << self.hashes_per_row:
            raise ValueError(f"{self.hashes_per_row} signs make 2**{self.hashes_per_row} buckets")

    @property
    def chance(self) -> float:
        """Return the probability that unequal cells share a bucket. Signs have a bucket for each cell."""
        return 1.0 / self.buckets if self.hash == "p_stable" else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters and the fingerprint of the projections they led to, ready for JSON."""
        return {**asdict(self), "projections": fingerprint(self)}


@dataclass(frozen=True)
class _Projections:
    directions: NDArray[np.float64]  # [dimension, rows * hashes_per_row], integers
    offsets: NDArray[np.float64]  # [rows * hashes_per_row], integers
    multipliers: NDArray[np.uint64]  # [rows, 1 + hashes_per_row], coefficients of the mixing hash
    longest_vector: float  # vectors up to this length are hashed exactly
    fingerprint: str


@lru_cache(maxsize=4)
def _projections(params: SketchParams) -> _Projections:
    """Draw the hash functions. The fingerprint tells apart streams of different numpy versions."""
    generator = np.random.Generator(np.random.PCG64(params.seed))
    hashes = params.rows * params.hashes_per_row
    normal = generator.standard_normal((params.dimension, hashes))
    offsets = np.floor(generator.random(hashes) * _SCALE * _SCALE)
    multipliers = generator.integers(
        0, 2**64 - 1, (params.rows, 1 + params.hashes_per_row), np.uint64, endpoint=True
    )
    directions = np.rint(normal * (_SCALE / params.width))
    # Cauchy-Schwarz bounds every partial sum by the product of the lengths; half is left for rounding.
    longest_direction = float(np.sqrt(np.square(directions).sum(axis=0).max())) / _SCALE
    longest_vector = (_EXACT / (_SCALE * _SCALE) / 2 - 1) / max(longest_direction, 1e-9)
    fingerprint = content_hash(directions.tobytes(), offsets.tobytes(), multipliers.tobytes())
    return _Projections(directions, offsets, multipliers, longest_vector, fingerprint)


def fingerprint(params: SketchParams) -> str:
    """Return what tells apart the projections that are drawn for equal parameters."""
    if params.hash == "signed_projections":
        return signs(params.dimension, params.rows, params.hashes_per_row, params.seed).fingerprint
    return _projections(params).fingerprint


def hash_codes(embeddings: NDArray[np.floating[Any]], params: SketchParams) -> NDArray[np.int32]:
    """Return the bucket of every vector in every row: int32 [n, rows].

    ``embeddings`` is [n, dimension], floating point, of length one or a small multiple of it. A vector that
    holds a NaN or an infinity, or is too long for exact arithmetic (some thousand widths), has the code -1
    in all rows. Signs depend on directions alone. Raises ValueError when the number of components differs
    from ``params.dimension``.
    """
    vectors = np.asarray(embeddings)
    if vectors.ndim != 2 or vectors.shape[1] != params.dimension:
        raise ValueError(f"embeddings have the shape {vectors.shape}; expected (n, {params.dimension})")
    if params.hash == "signed_projections":
        drawn = signs(params.dimension, params.rows, params.hashes_per_row, params.seed)
        return signed_codes(vectors, drawn, params.hashes_per_row, INVALID)
    projections = _projections(params)
    codes = np.empty((len(vectors), params.rows), np.int32)
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = vectors[start : start + _BLOCK_ROWS].astype(np.float64)
        valid = _valid(block, projections.longest_vector)
        block[~valid] = 0.0
        buckets = _buckets(np.rint(block * _SCALE), projections, params)
        codes[start : start + _BLOCK_ROWS] = np.where(valid[:, None], buckets, INVALID)
    return codes


def _valid(block: NDArray[np.float64], longest: float) -> NDArray[np.bool_]:
    """Tell which rows [n, d] are finite and short enough to be hashed exactly."""
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.square(block).sum(axis=1))
    return np.isfinite(lengths) & (lengths <= longest)


def _buckets(
    integers: NDArray[np.float64], projections: _Projections, params: SketchParams
) -> NDArray[np.int32]:
    """Project, cut into cells, and mix the cells of a row into a bucket: int32 [n, rows]."""
    cells = integers @ projections.directions
    cells += projections.offsets
    cells *= 1.0 / (_SCALE * _SCALE)
    np.floor(cells, out=cells)
    digits = cells.astype(np.int64).view(np.uint64).reshape(len(integers), params.rows, -1)
    # Multilinear hashing, strongly universal in its upper half (Lemire and Kaser, 2014).
    mixed = np.broadcast_to(projections.multipliers[:, 0], digits.shape[:2]).copy()
    for position in range(params.hashes_per_row):
        mixed += digits[:, :, position] * projections.multipliers[:, 1 + position]
    return (((mixed >> _WORD) * np.uint64(params.buckets)) >> _WORD).astype(np.int32)
