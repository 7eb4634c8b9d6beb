"""How far scorers agree on the same documents, and the documents on which they do not."""

import itertools
import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from curation_assets.report.figures import Agreement, Disagreement

Values = NDArray[np.float64]
MOST_PAIRS, EACH = 3, 3
LEAST_GAP = 0.3
"""Ranks nearer to each other than this are no disagreement worth reading."""


def agreement(
    scores: Mapping[str, Values], others: Mapping[str, Values], doc_ids: list[str], texts: list[str]
) -> Agreement:
    """Return Kendall's tau-b of each pair of columns [n], and the documents that pairs of scores part on.

    A document counts for a pair where both values are finite.
    """
    columns = {**scores, **others}
    names = tuple(columns)
    tau = {pair: kendall(columns[pair[0]], columns[pair[1]]) for pair in itertools.combinations(names, 2)}
    matrix = tuple(
        tuple(1.0 if one == other else tau.get((one, other), tau.get((other, one))) for other in names)
        for one in names
    )
    pairs = sorted(
        itertools.combinations(scores, 2), key=lambda pair: (2.0 if tau[pair] is None else tau[pair], pair)
    )
    found = [
        one
        for pair in pairs[:MOST_PAIRS]
        for one in _differences(pair, scores[pair[0]], scores[pair[1]], doc_ids, texts)
    ]
    return Agreement(names, len(scores), matrix, tuple(found))


def kendall(one: Values, other: Values) -> float | None:
    """Return Kendall's tau-b (Kendall, Biometrika 33, 1945), None where one of the columns is constant.

    (concordant - discordant) / root((pairs - ties in one) * (pairs - ties in other)); -1 to 1, 0 where two
    columns have nothing to do with each other. scipy counts discordant pairs by sorting, in n log n.
    """
    from scipy.stats import kendalltau

    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < 2:
        return None
    value = float(kendalltau(one[known], other[known], method="asymptotic").statistic)
    return None if math.isnan(value) else value


def _differences(
    pair: tuple[str, str], one: Values, other: Values, doc_ids: list[str], texts: list[str]
) -> list[Disagreement]:
    """Return the documents whose ranks by two scores lie farthest apart, the farthest first."""
    known = np.flatnonzero(np.isfinite(one) & np.isfinite(other))
    if len(known) < 2:
        return []
    first, second = rank_shares(one[known]), rank_shares(other[known])
    gaps = np.abs(first - second)
    order = sorted(np.flatnonzero(gaps >= LEAST_GAP).tolist(), key=lambda at: (-gaps[at], doc_ids[known[at]]))
    return [
        Disagreement(
            pair,
            (float(one[known[at]]), float(other[known[at]])),
            (float(first[at]), float(second[at])),
            doc_ids[known[at]],
            texts[known[at]],
        )
        for at in order[:EACH]
    ]


def rank_shares(values: Values) -> Values:
    """Return the share of the other values [n] that are smaller, equal ones counting half."""
    from scipy.stats import rankdata

    return np.asarray((rankdata(values) - 1) / max(len(values) - 1, 1))
