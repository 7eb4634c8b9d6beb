"""A look at a sample of the lake: the kernel that suits a target, and how near an estimate is to the truth.

Of a sample of texts (``sample.py``), some hundred are compared with some thousand, exactly: up to 20,000
texts that is all pairs, above it an estimate from a random part of the lake.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.density.bandwidth import (
    Histogram,
    choose,
    effective_share,
    histogram,
    two_digits,
)
from curation_assets.density.config import MOST_SIGNS, DensityConfig
from curation_assets.density.fixed_point import Fixed, Kernel, fixed
from curation_assets.density.kernels import collision_probability, gaussian, signed_probability
from curation_assets.density.neighbours import neighbour_density

LOOKED_AT = 1000
COMPARED_WITH = 20_000


def sample_size(config: DensityConfig) -> int:
    """Return how many texts are wanted: landmarks, those looked at, and what they are compared with."""
    return max(COMPARED_WITH, config.landmarks if config.method == "landmarks" else 0)


@dataclass(frozen=True)
class Sample:
    """Texts in the order of their numbers, and their vectors, float32 [n, dimension], all finite.

    Attributes:
        documents: in the lake, each of which has a text.
        landmarks: how many of the texts are landmarks, if there are so many.
        similarities: of those looked at to their nearest neighbours, a list each; for the method knn alone.
    """

    texts: tuple[str, ...]
    vectors: NDArray[np.float32]
    documents: int
    landmarks: int = 0
    similarities: pl.Series | None = None

    def landmark_vectors(self) -> Fixed:
        return fixed(self.vectors[: self.landmarks])[0]

    @property
    def looked_at(self) -> slice:
        """Return the texts after the landmarks, or the last ones: landmarks lie better in their cells."""
        first = min(self.landmarks, max(0, min(len(self.texts), COMPARED_WITH) - LOOKED_AT))
        return slice(first, first + LOOKED_AT)

    @cached_property
    def histogram(self) -> Histogram:
        compared = fixed(self.vectors[:COMPARED_WITH])[0]
        return histogram(compared[self.looked_at], compared, max(self.documents, 1))


def kernel_of(config: DensityConfig) -> Kernel:
    """Return the kernel, by the cosine of unit vectors, whose mean over documents is estimated."""
    if config.method != "race":
        return partial(gaussian, bandwidth=config.bandwidth)
    params = config.sketch_params(1)
    if config.hash == "signed_projections":
        return partial(signed_probability, hashes=params.hashes_per_row)
    return lambda cosine: collision_probability(
        np.sqrt(np.maximum(2.0 - 2.0 * cosine, 0.0)), params.width, params.hashes_per_row
    )


def tuned(config: DensityConfig, sample: Sample) -> DensityConfig:
    """Return settings with the bandwidth that brings the sample's ESS/N to ``target_ess``, if there is one.

    Bandwidths have two significant digits, so that a small change of the lake seldom moves them.
    """
    if config.target_ess is None or not len(sample.texts):
        return config
    key, values = _bandwidths(config)
    choice = choose(values, lambda value: _density(_with(config, key, value), sample), config.target_ess)
    return _with(config, key, choice.value)


def _density(config: DensityConfig, sample: Sample) -> NDArray[np.float64]:
    if sample.similarities is not None:
        return neighbour_density(sample.similarities, config.bandwidth)
    return sample.histogram.density(kernel_of(config))


def _bandwidths(config: DensityConfig) -> tuple[str, list[float]]:
    if config.method != "race":
        return "bandwidth", two_digits(0.05, 3.0)
    if config.hash == "signed_projections":
        return "hashes_per_row", [float(hashes) for hashes in range(1, MOST_SIGNS + 1)]
    return "width", two_digits(0.05, 30.0)


def _with(config: DensityConfig, key: str, value: float) -> DensityConfig:
    return config.model_copy(update={key: int(value) if key == "hashes_per_row" else value})


def mean_of(densities: NDArray[np.float64]) -> float | None:
    """Return the mean of those that are known, the same in any order."""
    known = densities[np.isfinite(densities)]
    return math.fsum(known) / len(known) if len(known) else None


def figures(
    config: DensityConfig, sample: Sample, densities: NDArray[np.float64]
) -> Mapping[str, int | float | str]:
    """Return what to tell of an estimator with these densities of the texts looked at, NaN for unknown."""
    key = _bandwidths(config)[0]
    kernel = config.sketch_params(1).hashes_per_row if key == "hashes_per_row" else getattr(config, key)
    told: dict[str, int | float | str] = {"method": config.method, key: kernel}
    if config.target_ess is not None:
        told["target_ess"] = config.target_ess
    if not len(sample.texts):
        return told
    told |= {"texts_looked_at": len(densities), "effective_sample_share": effective_share(densities)}
    agreement = spearman(densities, sample.histogram.density(kernel_of(config)))
    return told if agreement is None else {**told, "spearman_to_exact": agreement}


def spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Return the rank correlation, to four decimals; None for constants, and for fewer than three."""
    known = np.isfinite(one) & np.isfinite(other)
    ranks = [pl.Series(values[known]).rank("average").to_numpy() for values in (one, other)]
    if known.sum() < 3 or any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return round(float(np.corrcoef(ranks[0], ranks[1])[0, 1]), 4)
