"""What one section of the configuration asks of another."""

from collections.abc import Iterator

from curation_assets.density.config import DensityConfig
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.needs import (
    NEIGHBOURS,
    OF_THE_SEMANTIC_STAGE,
    OF_THE_TOPICS,
    SCORES,
    looked_at,
)
from curation_assets.neighbours.config import NeighboursConfig
from curation_assets.quality.config import QualityConfig
from curation_assets.semantic.config import SemanticConfig
from curation_assets.topics.config import TopicsConfig


def missing_inputs(
    mixture: MixtureConfig,
    density: DensityConfig,
    quality: QualityConfig,
    neighbours: NeighboursConfig,
    semantic: SemanticConfig,
    topics: TopicsConfig,
) -> Iterator[str]:
    """Yield what the mixture looks at and no stage makes under this configuration, as messages."""
    wanted = looked_at(mixture)
    told = f"mixture.sampler {mixture.sampler} (or a phase's)"
    if wanted & OF_THE_SEMANTIC_STAGE and not semantic.enabled:
        yield f"{told} goes by clusters of embeddings: it needs semantic.enabled: true"
    if density.method == "knn" and not neighbours.enabled:
        yield "density.method knn needs neighbours.enabled: true"
    if NEIGHBOURS in wanted and not neighbours.enabled:
        yield f"{told} goes by near documents: it needs neighbours.enabled: true"
    if wanted & OF_THE_TOPICS and not topics.enabled:
        yield "mixture.allocation asks for topics or formats: it needs topics.enabled: true"
    known = set(quality.column_names())
    for name in sorted(wanted):
        column = name.removeprefix(SCORES)
        if name.startswith(SCORES) and column not in known:
            yield f"{told} goes by the score {column!r}; quality.scorers has {', '.join(sorted(known))}"
