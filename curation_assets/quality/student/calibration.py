"""From what trees predict to the teacher's scale: isotonic regression, drawn as a line instead of steps.

Steps would give many texts the same score, and nothing to rank them by. So the pools of the isotonic
regression (Zadrozny and Elkan 2002) become points, straight lines join them, and the outer lines are drawn on
until the lowest and the highest score of the teacher.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GROUPS = 100
"""Examples are averaged in at most so many groups before they are pooled."""
SMALLEST_GROUP = 10


@dataclass(frozen=True)
class Calibration:
    """A line through points, constant beyond the first and the last.

    Attributes:
        inputs: float64 [k], increasing; outputs: float64 [k], not decreasing.
    """

    inputs: NDArray[np.float64]
    outputs: NDArray[np.float64]

    def __call__(self, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the calibrated scores, float64 [n]: not decreasing in the predictions."""
        if len(self.inputs) == 1:
            return np.full(len(predictions), self.outputs[0])
        inside = np.clip(predictions, self.inputs[0], self.inputs[-1])
        left = np.clip(np.searchsorted(self.inputs, inside, side="right") - 1, 0, len(self.inputs) - 2)
        slopes = np.diff(self.outputs) / np.diff(self.inputs)
        drawn = self.outputs[left] + slopes[left] * (inside - self.inputs[left])
        # Rounding must not lift a value above the point to its right.
        return np.minimum(drawn, self.outputs[left + 1])

    @property
    def is_monotone(self) -> bool:
        """Whether there are points, as many of both, in order."""
        return (
            len(self.inputs) == len(self.outputs) > 0
            and bool((np.diff(self.inputs) > 0).all())
            and bool((np.diff(self.outputs) >= 0).all())
        )


def fit_calibration(predictions: NDArray[np.float64], scores: NDArray[np.float64]) -> Calibration:
    """Fit a calibration to predictions [n] of texts that the predictor has not seen, and their scores [n].

    Raises:
        ValueError: there are none.
    """
    from sklearn.isotonic import isotonic_regression

    if len(predictions) == 0:
        raise ValueError("a calibration needs examples")
    order = np.lexsort((scores, predictions))
    groups = max(1, min(GROUPS, len(order) // SMALLEST_GROUP))
    edges = np.linspace(0, len(order), groups + 1).astype(np.int64)
    weights = np.diff(edges).astype(np.float64)
    inputs = np.add.reduceat(predictions[order], edges[:-1]) / weights
    outputs = np.add.reduceat(scores[order], edges[:-1]) / weights
    pooled = isotonic_regression(outputs, sample_weight=weights)
    inputs, outputs = _points(inputs, pooled, weights)
    return _extended(inputs, outputs, float(scores.min()), float(scores.max()))


def _points(
    inputs: NDArray[np.float64], pooled: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return one point for each pool, and one for each input."""
    levels, member = np.unique(pooled, return_inverse=True)
    totals = np.bincount(member, weights)
    inputs = np.bincount(member, weights * inputs) / totals
    distinct, same = np.unique(inputs, return_inverse=True)
    return distinct, np.bincount(same, totals * levels) / np.bincount(same, totals)


def _extended(
    inputs: NDArray[np.float64], outputs: NDArray[np.float64], lowest: float, highest: float
) -> Calibration:
    """Draw the outer lines on until they reach the lowest and the highest score."""
    if len(inputs) > 1:
        slopes = np.diff(outputs) / np.diff(inputs)
        before = inputs[0] - (outputs[0] - lowest) / slopes[0]
        behind = inputs[-1] + (highest - outputs[-1]) / slopes[-1]
        if before < inputs[0]:
            inputs, outputs = np.append(before, inputs), np.append(lowest, outputs)
        if behind > inputs[-1]:
            inputs, outputs = np.append(inputs, behind), np.append(outputs, highest)
    return Calibration(inputs, outputs)
