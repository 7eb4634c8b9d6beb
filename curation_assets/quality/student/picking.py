"""Active learning: which texts to label next.

A label tells most where the model does not know, and nothing new beside one that is known already. So each
pick has the highest product of uncertainty and distance to all that is labelled or picked: k-center greedy
(Sener and Savarese 2018, arXiv 1708.00489, algorithm 1), distances weighted by uncertainty.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def uncertainty(scores: NDArray[np.floating], threshold: float = 0.5) -> NDArray[np.float64]:
    """Return 1 for a score at the threshold, 0 for the score furthest from it, and in between by distance.

    Args:
        scores: [n] of any scale, as of a student; or probabilities of classes [n, classes], of which each row
            is as uncertain as the gap between the two likeliest is small.

    Raises:
        ValueError: a number is not finite.
    """
    wide = np.asarray(scores, dtype=np.float64)
    if not np.isfinite(wide).all():
        raise ValueError("a score that is not finite")
    if wide.ndim == 2:
        highest = np.sort(wide, axis=1)[:, -2:]
        return 1.0 - np.ptp(highest, axis=1) if wide.shape[1] > 1 else np.zeros(len(wide))
    gaps = np.abs(wide - threshold)
    furthest = float(gaps.max(initial=0.0))
    return 1.0 - gaps / furthest if furthest else np.ones(len(wide))


def pick_next(
    scores: NDArray[np.floating],
    features: NDArray[np.floating],
    count: int,
    labelled: Sequence[int] = (),
    *,
    threshold: float = 0.5,
    ids: Sequence[str] | None = None,
) -> NDArray[np.int64]:
    """Return the rows to label next, int64, the first pick first; at most ``count`` and all that are left.

    Time and memory grow with n * d * count and n * d. Whatever order the rows come in, the same texts are
    picked, but for the rounding of distances.

    Args:
        scores: see ``uncertainty``.
        features: embeddings or other features, [n, d]; each column is brought to the same spread.
        labelled: rows that have a label.
        threshold: the score about which texts are told apart.
        ids: of the rows, by which ties are broken; None: by row.

    Raises:
        ValueError: the lengths differ, or a number is not finite.
    """
    weights = uncertainty(scores, threshold)
    points = _standardised(features)
    if len(points) != len(weights) or (ids is not None and len(ids) != len(weights)):
        raise ValueError(f"{len(weights)} scores, {len(points)} rows of features, {len(ids or ())} ids")
    names = range(len(weights)) if ids is None else ids
    place = np.empty(len(weights), dtype=np.int64)
    place[sorted(range(len(weights)), key=names.__getitem__)] = np.arange(len(weights))
    free = np.ones(len(weights), dtype=np.bool_)
    free[list(labelled)] = False
    nearest = np.full(len(weights), np.inf)
    for row in labelled:
        nearest = np.minimum(nearest, _distances(points, row))
    picked: list[int] = []
    while free.any() and len(picked) < count:
        row = _best(weights, nearest, free, place)
        picked.append(row)
        free[row] = False
        nearest = np.minimum(nearest, _distances(points, row))
    return np.array(picked, dtype=np.int64)


def _best(
    weights: NDArray[np.float64],
    nearest: NDArray[np.float64],
    free: NDArray[np.bool_],
    place: NDArray[np.int64],
) -> int:
    """Return the free row with the highest value; of equal ones the more uncertain, then the first by id."""
    # Before anything is labelled all distances are infinite: then uncertainty alone counts.
    values = weights * np.where(np.isinf(nearest), 1.0, nearest)
    rows = np.flatnonzero(free)
    return int(rows[np.lexsort((place[rows], -weights[rows], -values[rows]))[0]])


def _distances(points: NDArray[np.float64], row: int) -> NDArray[np.float64]:
    return np.sqrt(np.sum((points - points[row]) ** 2, axis=1))


def _standardised(features: NDArray[np.floating]) -> NDArray[np.float64]:
    wide = np.asarray(features, dtype=np.float64)
    if wide.ndim != 2 or not np.isfinite(wide).all():
        raise ValueError(f"features {wide.shape}: not a table of finite numbers")
    if not len(wide):
        return wide
    spread = wide.std(axis=0)
    return (wide - wide.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
