"""Which of a student's scores are too uncertain to be kept, and what asking the teacher about them gains."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.student.gate import least_of_top, top

RECALL = 0.95
MOST_CALLS = 0.5
TOP_SHARE = 0.2
STEPS = 100
"""A band's limits are looked for at so many quantiles of the student's scores."""


@dataclass(frozen=True)
class Band:
    """Scores from ``low`` to ``high``, both included; none where low is above high."""

    low: float
    high: float

    def contains(self, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which scores lie in the band, bool [n]."""
        return (scores >= self.low) & (scores <= self.high)


NO_BAND = Band(1.0, 0.0)


@dataclass(frozen=True)
class Outcome:
    """What a band comes to on some texts.

    Attributes:
        recall: how much of the teacher's top share is in the cascade's, both being equally many texts; any
            text that the teacher scores as high as the last of its top share is as good.
        calls: share of the texts that the teacher scores.
    """

    band: Band
    recall: float
    calls: float


class BandError(ValueError):
    """No band does what is asked; the message has the figures."""


def outcome(
    band: Band, student: NDArray[np.float64], teacher: NDArray[np.float64], share: float = TOP_SHARE
) -> Outcome:
    """Return what a band comes to where both have scored the texts, [n] each."""
    return _outcome(band, student, teacher, least_of_top(teacher, share), share)


def _outcome(
    band: Band,
    student: NDArray[np.float64],
    teacher: NDArray[np.float64],
    least: float,
    share: float,
) -> Outcome:
    asked = band.contains(student)
    found = top(np.where(asked, teacher, student), share)
    return Outcome(band, float(np.mean(teacher[found] >= least)), float(np.mean(asked)))


def outcomes(
    student: NDArray[np.float64], teacher: NDArray[np.float64], share: float = TOP_SHARE
) -> list[Outcome]:
    """Return what all bands come to whose limits are quantiles of the student's scores, fewest calls first.

    Of bands with equally many calls the one with the higher recall comes first, then the lower band.
    """
    places = np.unique(np.linspace(0, len(student) - 1, STEPS + 1).round().astype(np.int64))
    limits = np.unique(np.sort(student)[places])
    bands = [Band(float(low), float(high)) for first, low in enumerate(limits) for high in limits[first:]]
    least = least_of_top(teacher, share)
    found = [_outcome(band, student, teacher, least, share) for band in (NO_BAND, *bands)]
    return sorted(found, key=lambda one: (one.calls, -one.recall, one.band.low))


def fit_band(
    student: NDArray[np.float64],
    teacher: NDArray[np.float64],
    *,
    recall: float = RECALL,
    most_calls: float = MOST_CALLS,
    share: float = TOP_SHARE,
) -> Outcome:
    """Return the band with the fewest calls that finds so much of the teacher's top share.

    Args:
        student: scores of texts that the student was not trained on, float64 [n].
        teacher: its scores of the same texts.

    Raises:
        BandError: that takes more calls than allowed.
        ValueError: there are no texts.
    """
    if len(student) == 0 or len(student) != len(teacher):
        raise ValueError(f"{len(student)} and {len(teacher)} scores to fit a band on")
    every = outcomes(student, teacher, share)
    enough = next((one for one in every if one.recall >= recall), None)
    if enough is not None and enough.calls <= most_calls:
        return enough
    best = best_within(every, most_calls)
    needed = f"{enough.calls:.1%} of the texts" if enough else "more than all texts"
    raise BandError(
        f"recall {recall:.3f} of the teacher's top {share:.0%} takes its score of {needed}, more than the"
        f" {most_calls:.0%} that are allowed; with these the recall is {best.recall:.3f}"
    )


def best_within(every: Sequence[Outcome], calls: float) -> Outcome:
    """Return the outcome with the highest recall at no more than so many calls; of equals the cheapest."""
    return max((one for one in every if one.calls <= calls), key=lambda one: (one.recall, -one.calls))
