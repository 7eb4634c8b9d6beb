"""Whether the scores are distributed as they were before."""

import math

import numpy as np
from numpy.typing import NDArray

from curation_assets.checks import history
from curation_assets.stage import Check, Figures
from curation_assets.workplace import Workplace


def look_for_drift(workplace: Workplace, _shard: str) -> tuple[bool, Figures]:
    """Compare the scores by the population stability index with those of the last other build."""
    current = history.now(workplace, history.QUALITY)
    known = history.earlier(workplace, current, history.QUALITY) if current else []
    before = next((entry.scores for entry in reversed(known) if entry.scores), None)
    scores = history.scores_of(workplace.lake)
    if before is None or not len(scores):
        return True, {
            "note": "no earlier scores of the same scorer to compare with",
            "documents": len(scores),
        }
    counts = history.counted(scores, before.edges)
    index = stability_index(np.array(before.counts), counts)
    limit = max(workplace.config.checks.largest_drift, by_chance(np.array(before.counts), counts))
    return index <= limit, {
        "population_stability_index": round(index, 4),
        "limit": round(limit, 4),
        "documents": len(scores),
        "documents_before": sum(before.counts),
        "mean_score": round(float(scores.mean()), 6),
    }


def stability_index(before: NDArray[np.int64], now: NDArray[np.int64]) -> float:
    """Return sum (q - p) ln(q / p) of the shares p and q in the bins, int64 [bins] each.

    Half a document is added to every bin, so that an empty one counts as rare, not as infinitely far.
    Source: Siddiqi, Credit Risk Scorecards, 2006, chapter 10; .1 is commonly called some drift, .25 much.
    """
    p, q = (
        (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
        for counts in (before.astype(float), now.astype(float))
    )
    return float(((q - p) * np.log(q / p)).sum())


def by_chance(before: NDArray[np.int64], now: NDArray[np.int64]) -> float:
    """Return what the index of two samples of one distribution hardly exceeds.

    Without drift, index / (1/n + 1/m) is about chi-squared with bins - 1 degrees of freedom (Yurdakul,
    Statistical Properties of Population Stability Index, 2018): its mean and four standard deviations.
    """
    freedom = len(before) - 1
    return (1 / max(before.sum(), 1) + 1 / max(now.sum(), 1)) * (freedom + 4 * math.sqrt(2 * freedom))


SCORES_AS_BEFORE = Check(
    "scores_as_before",
    "The scores that the mixture goes by are distributed as in the last build with the same scorer "
    "(population stability index).",
    look_for_drift,
    advice="Compare the plots of this build with those before. New documents may be better or worse, "
    "and then all is well; if old files score otherwise, run curate doctor: a model or a "
    "library may have changed.",
    whole=True,
)
