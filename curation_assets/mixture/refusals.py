"""Why a candidate is not in a mixture, whatever the budget."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.needs import NEIGHBOURS, OF_EVERY_CANDIDATE, needs
from curation_assets.mixture.ranks import Ranking, quality_ranks

NO_SCORE = "no_score"
BELOW_MINIMUM_QUALITY = "below_minimum_quality"
OVER_BUDGET = "over_budget"
SEMANTIC_DUPLICATE = "semantic_duplicate"
BELOW_MINIMUM_RANK = "below_minimum_rank"
CONTAMINATED = "contaminated"
OUTLIER = "outlier"
LEFT_OUT_BY_SAMPLER = "left_out_by_sampler"
NO_EPOCHS = "no_epochs"
REASONS = (
    NO_SCORE,
    BELOW_MINIMUM_QUALITY,
    OVER_BUDGET,
    SEMANTIC_DUPLICATE,
    BELOW_MINIMUM_RANK,
    CONTAMINATED,
    OUTLIER,
    LEFT_OUT_BY_SAMPLER,
    NO_EPOCHS,
)
ELIGIBLE = 0
CODES = {reason: np.uint8(code) for code, reason in enumerate(REASONS, start=1)}
"""Codes of reasons; 0 is none."""


def refusals(
    candidates: Candidates, config: MixtureConfig, rank: Ranking = quality_ranks
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the code of what excludes each document, 0 where nothing does, and the ranks of quality, [n].

    Ranked are the documents that nothing else excludes.
    """
    found = np.zeros(len(candidates), np.uint8)
    if config.minimum_quality is not None:
        found[candidates.quality < config.minimum_quality] = CODES[BELOW_MINIMUM_QUALITY]
    known = usable(candidates, config)
    found[~known] = CODES[NO_SCORE]
    found = np.where(candidates.refused, candidates.refused, found)
    ranks = rank(candidates, (found == ELIGIBLE) & np.isfinite(candidates.quality), config.rank_within)
    found[ranks < config.minimum_rank] = CODES[BELOW_MINIMUM_RANK]
    return found, ranks


def usable(candidates: Candidates, config: MixtureConfig) -> NDArray[np.bool_]:
    """Tell which candidates have all that is needed, [n].

    A score that is not a finite number is missing, and so is a density that is not positive.
    """
    found = np.ones(len(candidates), np.bool_)
    for name in needs(config) - {NEIGHBOURS}:
        values = getattr(candidates, name) if name in OF_EVERY_CANDIDATE else candidates.further[name]
        found &= np.isfinite(values)
        if name == "density":
            found &= values > 0
    return found
