"""Scores of made-up documents for the tests of samplers, and the order that places stand for."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.samplers import SAMPLERS
from curation_assets.mixture.samplers.interface import Neighbours, Scores, Values, scores_of


def unit_vectors(count: int, components: int, seed: int) -> NDArray[np.float64]:
    drawn = np.random.default_rng(seed).normal(size=(count, components))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def measured(sampler: str, scores: Scores, **config: Any) -> Values:
    return SAMPLERS[sampler].measure(scores, MixtureConfig(sampler=sampler, **config))


def taken_first(places: Values) -> list[int]:
    """Return the rows in the order in which they are taken, without those that are left out."""
    assert sorted(places[~np.isnan(places)].tolist()) == list(range(1, int((~np.isnan(places)).sum()) + 1))
    return [int(row) for row in np.argsort(places, kind="stable") if not np.isnan(places[row])]


def made_scores(seed: int, count: int, missing: bool) -> Scores:
    """Return scores of which many are equal and, if asked for, a third is missing, with all pairs."""
    generator = np.random.default_rng(seed)

    def column() -> Values:
        values = np.where(generator.random(count) < 0.5, generator.random(count), 0.5)
        values[generator.random(count) < 0.1] = 1.0
        values[generator.random(count) < 0.1] = 0.0
        return np.where(generator.random(count) < missing / 3, np.nan, values)

    one, other = np.triu_indices(count, 1)
    return scores_of(
        count,
        quality=column(),
        density=column() + 0.125,
        rank=column() * 0.9 + 0.05,
        tokens=generator.integers(0, 500, count),
        group=generator.integers(0, 3, count).astype(np.uint64),
        named={"perplexity": column(), "dsir": (column() - 0.5) * 4000, "complexity": column()},
        cell=generator.integers(-int(missing), 3, count).astype(np.int32),
        centre_similarity=column(),
        nearest_similarity=column(),
        prototype_similarity=column(),
        neighbours=Neighbours(
            one.astype(np.uint32),
            other.astype(np.uint32),
            generator.choice([0.5, 0.9, 1.0], len(one)).astype(np.float32),
        ),
    )


def some_scores(missing: bool = True) -> st.SearchStrategy[Scores]:
    """Scores of up to 12 documents."""
    return st.builds(made_scores, st.integers(0, 10**6), st.integers(0, 12), st.just(missing))
