"""All samplers by name: what each reads of the scores and the settings."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from curation_assets.mixture.samplers.buckets import best_bucket, copies_by_label
from curation_assets.mixture.samplers.clusters import d4_places, far_from_centre_first, least_similar_first
from curation_assets.mixture.samplers.coverage import inverse_density, quality_and_coverage
from curation_assets.mixture.samplers.diversity import diverse_places, product
from curation_assets.mixture.samplers.dsir import log_importance
from curation_assets.mixture.samplers.interface import Sampler, Scores, Values, needed
from curation_assets.mixture.samplers.pareto import keep_chances
from curation_assets.mixture.samplers.perplexity import band_weights
from curation_assets.mixture.samplers.quality import best_first, equal_weights, worst_first

if TYPE_CHECKING:
    from curation_assets.mixture.config import MixtureConfig


def _random(scores: Scores, _config: "MixtureConfig") -> Values:
    return equal_weights(len(scores))


def _top_k(scores: Scores, _config: "MixtureConfig") -> Values:
    return best_first(scores.quality)


def _bottom_k(scores: Scores, _config: "MixtureConfig") -> Values:
    return worst_first(scores.quality)


def _perplexity_band(scores: Scores, config: "MixtureConfig") -> Values:
    own = config.perplexity
    return band_weights(scores.column(own.score), scores.group, own.low, own.high)


def _pareto(scores: Scores, config: "MixtureConfig") -> Values:
    return keep_chances(scores.column(config.pareto.score), config.pareto.alpha)


def _dsir(scores: Scores, config: "MixtureConfig") -> Values:
    own = config.dsir
    return log_importance(scores.column(own.score), scores.tokens, own.minimum_tokens)


def _density_ips(scores: Scores, _config: "MixtureConfig") -> Values:
    return inverse_density(scores.density)


def _quality_coverage(scores: Scores, config: "MixtureConfig") -> Values:
    return quality_and_coverage(scores.rank, scores.density, config.alpha, config.density_floor)


def _prototypes(scores: Scores, _config: "MixtureConfig") -> Values:
    return far_from_centre_first(scores.centre_similarity)


def _semdedup(scores: Scores, _config: "MixtureConfig") -> Values:
    return least_similar_first(scores.nearest_similarity, scores.cell)


def _d4(scores: Scores, config: "MixtureConfig") -> Values:
    share = config.d4.deduplicated_share
    return d4_places(scores.nearest_similarity, scores.cell, scores.prototype_similarity, share)


def _greedy_diversity(scores: Scores, config: "MixtureConfig") -> Values:
    own, pairs = config.diversity, scores.neighbours
    values = product({name: scores.column(name) for name in own.scores})
    return diverse_places(values, pairs.one, pairs.other, pairs.similarity, own.similarity)


def _upsampling(scores: Scores, config: "MixtureConfig") -> Values:
    return scores.column(config.upsampling.score)


def _buckets(scores: Scores, config: "MixtureConfig") -> Values:
    own = config.buckets
    columns = [scores.column(name) for name in own.scores]
    best = best_bucket(columns, scores.group, scores.tokens, own.count)
    return copies_by_label(best, own.starts, own.copies)


def _always(*needs: str) -> Callable[["MixtureConfig"], frozenset[str]]:
    return lambda _config: frozenset(needs)


def _quality_coverage_needs(config: "MixtureConfig") -> frozenset[str]:
    """Return both scores, less the one whose power is 0."""
    return frozenset(
        (["quality"] if config.alpha > 0.0 else []) + (["density"] if config.alpha < 1.0 else [])
    )


SAMPLERS: dict[str, Sampler] = {
    "random": Sampler(_random, "weights", _always()),
    "top_k": Sampler(_top_k, "places", _always("quality")),
    "bottom_k": Sampler(_bottom_k, "places", _always("quality")),
    "perplexity_band": Sampler(
        _perplexity_band, "weights", lambda config: frozenset({needed(config.perplexity.score)})
    ),
    "pareto": Sampler(_pareto, "chances", lambda config: frozenset({needed(config.pareto.score)})),
    "dsir": Sampler(_dsir, "log_weights", lambda config: frozenset({needed(config.dsir.score)})),
    "density_ips": Sampler(_density_ips, "weights", _always("density")),
    "quality_coverage": Sampler(_quality_coverage, "weights", _quality_coverage_needs),
    "prototypes": Sampler(_prototypes, "places", _always("centre_similarity")),
    "semdedup": Sampler(_semdedup, "places", _always("cell")),
    "d4": Sampler(_d4, "places", _always("cell", "prototype_similarity")),
    "greedy_diversity": Sampler(
        _greedy_diversity,
        "places",
        lambda config: frozenset({"neighbours", *map(needed, config.diversity.scores)}),
    ),
    "upsampling": Sampler(_upsampling, "curve", lambda config: frozenset({needed(config.upsampling.score)})),
    "buckets": Sampler(_buckets, "copies", lambda config: frozenset(map(needed, config.buckets.scores))),
}
