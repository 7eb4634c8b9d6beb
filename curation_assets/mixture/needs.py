"""What a configuration has to know of a document before it can place it."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.samplers import SAMPLERS

NEIGHBOURS = "neighbours"
_ALWAYS_THERE = frozenset({"quality", "density"})


def needs(config: MixtureConfig) -> frozenset[str]:
    """Return what a document must have to be taken under this configuration, by name.

    "quality", "density", "scores.NAME" for a column of scores, a column of the semantic duplicates, or
    "neighbours".
    """
    found = SAMPLERS[config.sampler].needs(config)
    if config.minimum_quality is not None or config.minimum_rank > 0.0:
        found |= {"quality"}
    return found


def further_columns(config: MixtureConfig) -> list[str]:
    """Return the columns beyond those of every candidate that a configuration looks at."""
    return sorted(needs(config) - _ALWAYS_THERE - {NEIGHBOURS})


def usable(candidates: Candidates, config: MixtureConfig) -> NDArray[np.bool_]:
    """Tell which candidates have all that is needed, [n].

    A score that is not a finite number is missing, and so is a density that is not positive.
    """
    found = np.ones(len(candidates), np.bool_)
    for name in needs(config) - {NEIGHBOURS}:
        values = getattr(candidates, name) if name in _ALWAYS_THERE else candidates.further[name]
        found &= np.isfinite(values)
        if name == "density":
            found &= values > 0
    return found
