"""Whether a student is good enough to stand in for its teacher.

It is judged twice on texts that it has not seen: by cross-validation, and on a fifth of the texts that was
held out. Both have to pass.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_SPEARMAN = 0.7
LEAST_OVERLAP = 0.6
TOP_SHARE = 0.1
BINS = 10
_DIGITS = 6


@dataclass(frozen=True)
class Figures:
    """How a student's scores compare with its teacher's.

    Attributes:
        texts: how many were compared.
        spearman: correlation of ranks; 0 where one of the two is constant.
        top_overlap: share of the student's top tenth that is in the teacher's top tenth, to which belongs
            every text that the teacher scores as high as the last one in it.
        calibration_error: mean distance between the mean scores of both, in ten bins of equally many texts by
            the student's score; on the teacher's scale.
    """

    texts: int
    spearman: float
    top_overlap: float
    calibration_error: float

    @property
    def passed(self) -> bool:
        return self.spearman >= LEAST_SPEARMAN and self.top_overlap >= LEAST_OVERLAP


@dataclass(frozen=True)
class Gate:
    """Both judgements of a student."""

    cross_validated: Figures
    held_out: Figures

    @property
    def passed(self) -> bool:
        return self.cross_validated.passed and self.held_out.passed

    def as_record(self) -> dict[str, Any]:
        """Return what a model file keeps."""
        return {**asdict(self), "passed": self.passed}

    def __str__(self) -> str:
        one, other = self.cross_validated, self.held_out
        return (
            f"Spearman {one.spearman:.3f} in cross-validation and {other.spearman:.3f} held out (at least"
            f" {LEAST_SPEARMAN}), overlap of the top {TOP_SHARE:.0%} {one.top_overlap:.3f} and"
            f" {other.top_overlap:.3f} (at least {LEAST_OVERLAP})"
        )


def gate_from_record(record: Mapping[str, Any]) -> Gate:
    """Return the gate that ``as_record`` was of; whether it is passed follows from the figures.

    Raises:
        KeyError, TypeError: it is no such record.
    """
    return Gate(Figures(**record["cross_validated"]), Figures(**record["held_out"]))


def compare(student: NDArray[np.float64], teacher: NDArray[np.float64]) -> Figures:
    """Return the figures of two columns of scores, [n] each, in which texts with equal scores rank by place.

    Raises:
        ValueError: there are fewer than two texts.
    """
    if len(student) < 2 or len(student) != len(teacher):
        raise ValueError(f"{len(student)} and {len(teacher)} scores to compare")
    figures = spearman(student, teacher), top_overlap(student, teacher), calibration_error(student, teacher)
    return Figures(len(student), *(round(value, _DIGITS) for value in figures))


def spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return Spearman's correlation of ranks, ties having their mean rank."""
    from scipy.stats import rankdata

    ranks = [rankdata(values) for values in (one, other)]
    centred = [rank - rank.mean() for rank in ranks]
    scale = float(np.sqrt(np.sum(centred[0] ** 2) * np.sum(centred[1] ** 2)))
    return float(np.sum(centred[0] * centred[1])) / scale if scale else 0.0


def top(scores: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Return which are the highest share of the scores, at least one; of equals those that come first."""
    chosen = np.zeros(len(scores), dtype=np.bool_)
    chosen[np.argsort(-scores, kind="stable")[: max(1, round(len(scores) * share))]] = True
    return chosen


def top_overlap(
    student: NDArray[np.float64], teacher: NDArray[np.float64], share: float = TOP_SHARE
) -> float:
    """Return how much of the student's top share is in the teacher's; both are equally many texts."""
    return float(np.mean(teacher[top(student, share)] >= least_of_top(teacher, share)))


def least_of_top(scores: NDArray[np.float64], share: float) -> float:
    """Return the lowest score in the highest share of the scores.

    A teacher that grades in whole numbers has many texts with just this score, and any of them is right.
    """
    return float(scores[top(scores, share)].min())


def calibration_error(student: NDArray[np.float64], teacher: NDArray[np.float64], bins: int = BINS) -> float:
    """Return the mean distance between both mean scores in bins of equally many texts by student's score."""
    order = np.argsort(student, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    gaps = [abs(float(student[part].mean() - teacher[part].mean())) * len(part) for part in parts]
    return sum(gaps) / len(order)
