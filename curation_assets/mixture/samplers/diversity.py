"""Greedy diversity: the best first, unless something like it is taken already."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from curation_assets.infeasible import InfeasibleError
from curation_assets.mixture.samplers.ranking import places_by

Values = NDArray[np.float64]
_AT_ONCE = 1 << 16


def product(columns: Mapping[str, Values]) -> Values:
    """Multiply scores [n]; DEITA orders by complexity times quality (arXiv 2312.15685, section 2.4).

    Raises:
        ValueError: one of several scores is negative, where a product does not tell good from bad.
    """
    for name, values in columns.items():
        if len(columns) > 1 and (values < 0).any():
            raise InfeasibleError(f"diversity.scores: {name} goes down to {np.nanmin(values):g};"
                             " only scores of 0 or more can be multiplied")  # fmt: skip
    return np.multiply.reduce(list(columns.values()))


def diverse_places(
    values: Values,
    one: NDArray[np.uint32],
    other: NDArray[np.uint32],
    similarity: NDArray[np.floating],
    threshold: float,
) -> Values:
    """Place documents by descending value; NaN for one that is too near to one placed before it [n].

    DEITA's Repr Filter (arXiv 2312.15685, section 2.4 and Algorithm 1): in the order of the score a document
    is added if its cosine to the nearest one added before is below the threshold, .9 there. Equal to it if
    all pairs at the threshold or above are given; a pair that an approximate index misses lets both stay.

    One pass over the pairs, by the place of the later one: by then it is known what became of the earlier.

    Args:
        one, other, similarity: [m], pairs, each once or twice and in either direction.
    """
    order = places_by(-values)
    near = np.flatnonzero(similarity >= threshold)
    first, second = order[one[near]], order[other[near]]
    near = near[np.isfinite(first) & np.isfinite(second) & (first != second)]
    first, second = order[one[near]], order[other[near]]
    is_earlier = first < second
    earlier = np.where(is_earlier, one[near], other[near])
    later = np.where(is_earlier, other[near], one[near])
    by_later = np.argsort(np.maximum(first, second), kind="stable")
    left_out = bytearray(len(values))
    for start in range(0, len(by_later), _AT_ONCE):
        some = by_later[start : start + _AT_ONCE]
        for before, after in zip(earlier[some].tolist(), later[some].tolist(), strict=True):
            if not left_out[before]:
                left_out[after] = 1
    return places_by(np.where(np.frombuffer(left_out, np.bool_), np.nan, order))
