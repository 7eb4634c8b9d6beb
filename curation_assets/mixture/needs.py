"""What a configuration has to know of a document before it can place it."""

from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.samplers.registry import SAMPLERS

NEIGHBOURS = "neighbours"
OF_EVERY_CANDIDATE = frozenset({"quality", "density"})
OF_THE_TOPICS = frozenset({"topic", "format"})
OF_THE_SEMANTIC_STAGE = frozenset({"cell", "centre_similarity", "nearest_similarity", "prototype_similarity"})
SCORES = "scores."
"""What the names of columns of scores begin with."""


def needs(config: MixtureConfig) -> frozenset[str]:
    """Return what a document must have to be taken under this configuration of a phase, by name.

    "quality", "density", "scores.NAME" for a column of scores, a column of the semantic duplicates, or
    "neighbours".
    """
    found = SAMPLERS[config.sampler].needs(config)
    if config.minimum_quality is not None or config.minimum_rank > 0.0:
        found |= {"quality"}
    return found


def phase_configs(config: MixtureConfig) -> dict[str, MixtureConfig]:
    """Return the settings of every phase by its name, "" where there is one without a name."""
    phases = config.allocation.phases
    named = {phase.name: config.model_copy(update=phase.overrides()) for phase in phases}
    return named or {"": config}


def looked_at(config: MixtureConfig) -> frozenset[str]:
    """Return all that any phase looks at, needed or not."""
    found = frozenset().union(*(needs(phase) for phase in phase_configs(config).values()))
    if "cell" in found:  # semdedup and d4 may be without it
        found |= {"nearest_similarity"}
    requests = [config.allocation, *(phase.allocation for phase in config.allocation.phases)]
    dimensions = {name for asked in requests if asked is not None for name in asked.dimensions()}
    return found | (OF_THE_TOPICS & dimensions)


def further_columns(config: MixtureConfig) -> list[str]:
    """Return the columns beyond those of every candidate that a configuration looks at."""
    return sorted(looked_at(config) - OF_EVERY_CANDIDATE - {NEIGHBOURS})
