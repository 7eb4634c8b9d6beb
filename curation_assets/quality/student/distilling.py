"""What students share: which texts train them, which judge them, how they come to the teacher's scale.

A fifth of the texts, chosen by a hash of the text, is held out. On the others the student is cross-validated
in five parts, chosen by another hash, so that copies of a text are never on both sides. It learns the ranks
of the scores, between 0 and 1, whatever the teacher's scale; its predictions for the parts that it did not
see calibrate it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.student.calibration import Calibration, fit_calibration
from curation_assets.quality.student.gate import Gate, compare
from curation_assets.text.hashing import content_hash, uniform

HELD_OUT = 0.2
FOLDS = 5
FEWEST = 100
_HELD_OUT_SEED, _FOLD_SEED = 1, 2

Rows = NDArray[np.int64]
Model = TypeVar("Model")


@dataclass(frozen=True)
class Parts:
    """Of each text: ``held_out`` bool [n], and ``folds`` int64 [n] among those that are not."""

    held_out: NDArray[np.bool_]
    folds: NDArray[np.int64]


@dataclass(frozen=True)
class Distilled(Generic[Model]):
    """A trained model, and what it says about texts that it has not seen.

    Attributes:
        held_out: bool [n], which texts are held out.
        unseen: float64 [n], calibrated scores: of held-out texts by the model itself, of the others by the
            model and calibration of the other parts.
    """

    model: Model
    calibration: Calibration
    gate: Gate
    held_out: NDArray[np.bool_]
    unseen: NDArray[np.float64]


def order_of(texts: Sequence[str], scores: NDArray[np.float64]) -> tuple[Rows, list[str]]:
    """Return the order of the texts by hash and score, and the hashes in that order.

    Training goes through the texts in this order, so that the order of a file is of no account.
    """
    if scores.shape != (len(texts),):
        raise ValueError(f"{scores.shape} scores for {len(texts)} texts")
    hashes = [content_hash(text) for text in texts]
    order = sorted(range(len(texts)), key=lambda row: (hashes[row], scores[row]))
    return np.array(order, dtype=np.int64), [hashes[row] for row in order]


def parts_of(hashes: Sequence[str]) -> Parts:
    """Return which texts are held out, and the part of each."""
    held_out = np.array([uniform(_HELD_OUT_SEED, one) < HELD_OUT for one in hashes], dtype=np.bool_)
    folds = np.array([int(FOLDS * uniform(_FOLD_SEED, one)) for one in hashes], dtype=np.int64)
    return Parts(held_out, folds)


def ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ranks, between 0 and 1; equal scores have their mean rank."""
    from scipy.stats import rankdata

    return (rankdata(scores) - 0.5) / len(scores)


def check_scores(scores: NDArray[np.float64]) -> None:
    """Raise ValueError unless there are enough scores, finite and not all the same."""
    if len(scores) < FEWEST:
        raise ValueError(f"{len(scores)} scored texts: a student needs at least {FEWEST}")
    if not np.isfinite(scores).all():
        raise ValueError("a score that is not finite")
    if (scores == scores[0]).all():
        raise ValueError("all scores are the same: there is nothing to learn")


def distil(
    parts: Parts,
    scores: NDArray[np.float64],
    train: Callable[[Rows, NDArray[np.float64]], Model],
    predict: Callable[[Model, Rows], NDArray[np.float64]],
) -> Distilled[Model]:
    """Train a model on the texts that are not held out, calibrate it and judge it.

    Args:
        scores: the teacher's, float64 [n], finite.
        train: takes rows and the targets of these rows.
        predict: takes what that returned, and rows.

    Raises:
        ValueError: there are too few scores, or there is nothing to learn from them.
    """
    check_scores(scores)
    learnt = np.flatnonzero(~parts.held_out)
    targets = np.zeros(len(scores))
    targets[learnt] = ranks(scores[learnt])
    raw = np.zeros(len(scores))
    for part in range(FOLDS):
        inside = learnt[parts.folds[learnt] == part]
        others = learnt[parts.folds[learnt] != part]
        if len(inside):
            raw[inside] = predict(train(others, targets[others]), inside)
    unseen = np.zeros(len(scores))
    for part in range(FOLDS):
        inside = learnt[parts.folds[learnt] == part]
        others = learnt[parts.folds[learnt] != part]
        unseen[inside] = fit_calibration(raw[others], scores[others])(raw[inside])
    model = train(learnt, targets[learnt])
    calibration = fit_calibration(raw[learnt], scores[learnt])
    out = np.flatnonzero(parts.held_out)
    unseen[out] = calibration(predict(model, out))
    gate = Gate(compare(unseen[learnt], scores[learnt]), compare(unseen[out], scores[out]))
    return Distilled(model, calibration, gate, parts.held_out, unseen)
