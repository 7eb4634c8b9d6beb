"""Samplers: from what is known about candidates to how eagerly each should be taken.

A sampler gets the scores of the candidates that may be taken, in the order of doc_id, and returns one
positive float64 for each. All but ``top_k`` return weights, of which only the ratios matter: a document of
weight 2 is drawn like two documents of weight 1; the plan multiplies them by the weights of copies. ``top_k``
returns places, the first to be taken being 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.config import MixtureConfig

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """What a sampler may look at, float64 [n] each.

    Attributes:
        rank: of quality within a document's language and source, as ``mixture.rank_within`` says.
    """

    quality: Weights
    density: Weights
    rank: Weights

    def __len__(self) -> int:
        return len(self.quality)


@dataclass(frozen=True)
class Sampler:
    """A way to choose. ``needs`` names the scores without which it cannot place a document."""

    measure: Callable[[Scores, MixtureConfig], Weights]
    needs: tuple[str, ...]
    drawn: bool  # True: weights of a random draw; False: places in a fixed order


def random_weights(scores: Scores, config: MixtureConfig) -> Weights:
    """Weigh all documents equally: the baseline that any other sampler has to beat."""
    return np.ones(len(scores))


def top_k_places(scores: Scores, config: MixtureConfig) -> Weights:
    """Place documents by quality, highest first, and equal ones by doc_id (arXiv 2402.09668, Algorithm 1)."""
    places = np.empty(len(scores))
    places[np.argsort(-scores.quality, kind="stable")] = np.arange(1, len(scores) + 1)
    return places


def density_ips_weights(scores: Scores, config: MixtureConfig) -> Weights:
    """Weigh by inverse propensity, 1/density, which evens out how regions of meaning are covered.

    §3.3 and Theorem A.2 of arXiv 2402.09668; line 17 of its Algorithm 2 prints the density itself where the
    theorem needs the inverse. Unbounded as in the paper, so isolated documents, good or bad, gain most.
    """
    return 1.0 / scores.density


def quality_coverage_weights(scores: Scores, config: MixtureConfig) -> Weights:
    """Weigh by quality**alpha / density**(1 - alpha).

    Quality is the document's rank, so that the scale of a scorer does not matter, nor its taste for a
    language or source. Density is relative to the median and
    bounded from below, so that no outlier weighs more than density_floor**(alpha - 1) ordinary documents.
    """
    weights = np.ones(len(scores))
    if len(scores) and config.alpha > 0.0:
        weights *= scores.rank**config.alpha
    if len(scores) and config.alpha < 1.0:
        relative = np.maximum(scores.density / np.median(scores.density), config.density_floor)
        weights *= relative ** (config.alpha - 1.0)
    return weights


SAMPLERS: dict[str, Sampler] = {
    "random": Sampler(random_weights, needs=(), drawn=True),
    "top_k": Sampler(top_k_places, needs=("quality",), drawn=False),
    "density_ips": Sampler(density_ips_weights, needs=("density",), drawn=True),
    "quality_coverage": Sampler(quality_coverage_weights, needs=("quality", "density"), drawn=True),
}


def required_scores(config: MixtureConfig) -> tuple[str, ...]:
    """Return the scores that a document must have to be taken under this configuration."""
    needs = set(SAMPLERS[config.sampler].needs)
    if config.sampler == "quality_coverage":
        needs -= {"quality"} if config.alpha == 0.0 else set()
        needs -= {"density"} if config.alpha == 1.0 else set()
    if config.minimum_quality is not None or config.minimum_rank > 0.0:
        needs.add("quality")
    return tuple(sorted(needs))
