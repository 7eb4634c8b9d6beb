"""Samplers: from what is known about candidates to how eagerly each should be taken.

A sampler gets the candidates that may be taken, one row each, with the columns of ``plan.CANDIDATE_SCHEMA``,
in the order of doc_id, and returns one positive float64 a row. All but ``top_k`` return weights, of which
only the ratios matter: a document of weight 2 is drawn like two documents of weight 1. ``top_k`` returns
places, the first to be taken being 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.mixture.config import MixtureConfig

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Sampler:
    """A way to choose. ``needs`` names the scores without which it cannot place a document."""

    measure: Callable[[pl.DataFrame, MixtureConfig], Weights]
    needs: tuple[str, ...]
    drawn: bool  # True: weights of a random draw; False: places in a fixed order


def random_weights(candidates: pl.DataFrame, config: MixtureConfig) -> Weights:
    """Weigh all documents equally: the baseline that any other sampler has to beat."""
    return np.ones(candidates.height)


def top_k_places(candidates: pl.DataFrame, config: MixtureConfig) -> Weights:
    """Place documents by quality, highest first, and equal ones by doc_id (arXiv 2402.09668, Algorithm 1)."""
    order = np.lexsort((np.arange(candidates.height), -candidates["quality"].to_numpy()))
    places = np.empty(candidates.height)
    places[order] = np.arange(1, candidates.height + 1)
    return places


def density_ips_weights(candidates: pl.DataFrame, config: MixtureConfig) -> Weights:
    """Weigh by inverse propensity, 1/density, which evens out how regions of meaning are covered.

    §3.3 and Theorem A.2 of arXiv 2402.09668; line 17 of its Algorithm 2 prints the density itself where the
    theorem needs the inverse. Unbounded as in the paper, so isolated documents, good or bad, gain most.
    """
    return 1.0 / candidates["density"].to_numpy()


def quality_coverage_weights(candidates: pl.DataFrame, config: MixtureConfig) -> Weights:
    """Weigh by quality**alpha / density**(1 - alpha).

    Quality is the middle of the document's rank divided by the number ranked, between 0 and 1, so that the
    scale of a scorer does not matter, nor its taste for a language. Density is relative to the median and
    bounded from below, so that no outlier weighs more than density_floor**(alpha - 1) ordinary documents.
    """
    if candidates.height == 0:
        return np.ones(0)
    weights = np.ones(candidates.height)
    if config.alpha > 0.0:
        weights *= _quality_ranks(candidates, config.rank_within_language) ** config.alpha
    if config.alpha < 1.0:
        density = candidates["density"].to_numpy()
        relative = np.maximum(density / np.median(density), config.density_floor)
        weights *= relative ** (config.alpha - 1.0)
    return weights


def _quality_ranks(candidates: pl.DataFrame, within_language: bool) -> Weights:
    """Return (average rank - 1/2) / number, over all or within a language; a lone document gets 1/2."""
    rank = pl.col("quality").rank("average") - 0.5
    share = rank / pl.len()
    expression = share.over("language") if within_language else share
    return candidates.select(expression).to_series().to_numpy()


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
    if config.minimum_quality is not None:
        needs.add("quality")
    return tuple(sorted(needs))
