"""What one section of the configuration asks of another."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from curation_assets.mixture.needs import (
    NEIGHBOURS,
    OF_THE_SEMANTIC_STAGE,
    OF_THE_TOPICS,
    SCORES,
    looked_at,
)

if TYPE_CHECKING:
    from curation_assets.config import Config


def missing_for_mixture(config: "Config") -> Iterator[str]:
    """Yield what the mixture looks at and no stage makes under this configuration, as messages."""
    wanted = looked_at(config.mixture)
    told = f"mixture.sampler {config.mixture.sampler} (or a phase's)"
    if wanted & OF_THE_SEMANTIC_STAGE and not config.semantic.enabled:
        yield f"{told} goes by clusters of embeddings: it needs semantic.enabled: true"
    if config.density.method == "knn" and not config.neighbours.enabled:
        yield "density.method knn needs neighbours.enabled: true"
    if NEIGHBOURS in wanted and not config.neighbours.enabled:
        yield f"{told} goes by near documents: it needs neighbours.enabled: true"
    if wanted & OF_THE_TOPICS and not config.topics.enabled:
        yield "mixture.allocation asks for topics or formats: it needs topics.enabled: true"
    known = set(config.quality.column_names())
    for name in sorted(wanted):
        column = name.removeprefix(SCORES)
        if name.startswith(SCORES) and column not in known:
            yield f"{told} goes by the score {column!r}; quality.scorers has {', '.join(sorted(known))}"
