"""Rank buckets of several scores, the best of them, and copies by label (Nemotron-CC, arXiv 2412.02595).

Section 2.1 there: each of three classifiers ranks all documents, which are cut into 20 buckets of 5 %; a
document has the highest of its buckets, since each classifier finds other good text; and buckets are merged
into five labels by what a model gains from annealing on them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.samplers.ranking import ranks_within

Values = NDArray[np.float64]


def best_bucket(
    columns: Sequence[Values], group: NDArray[np.uint64], tokens: NDArray[np.int64], count: int
) -> Values:
    """Return the highest of a document's buckets, 0 to ``count`` - 1, float64 [n]; NaN if a score is missing.

    A bucket is an equal share of the tokens of a document's group. Documents with equal scores are in one
    bucket, which may hold more than its share then; one without tokens counts as one token.
    """
    buckets = [np.floor(ranks_within(values, group, np.maximum(tokens, 1)) * count) for values in columns]
    return np.maximum.reduce(buckets)


def copies_by_label(buckets: Values, starts: Sequence[int], copies: Sequence[float]) -> Values:
    """Return the copies of each document's label [n]; NaN where the bucket is.

    Args:
        starts: the bucket at which each label but the lowest starts, ascending.
        copies: of each label, one more than ``starts``.
    """
    label = np.searchsorted(np.asarray(starts), np.nan_to_num(buckets), side="right")
    return np.where(np.isnan(buckets), np.nan, np.asarray(copies, np.float64)[label])
