"""Modified Kneser-Ney smoothing, interpolated (Chen and Goodman 1999, TR-10-98, equations 26 to 30).

As KenLM's ``lmplz`` estimates it (Heafield, Pouzyrevsky, Clark and Koehn 2013): of orders below the highest
the count of an n-gram is the number of different words before it, or its occurrences where it begins with
<s>; an n-gram that occurs too rarely is left out and all its count goes to the shorter ones, so that
probabilities still add up to 1; unigrams are interpolated with the uniform distribution over the vocabulary
and <unk>, without <s>. Differences: words cut from the vocabulary are <unk> when n-grams are counted, n-grams
with <unk> are left out and do not count for the discounts (so an unknown word has its share of the uniform
distribution and no more), and arithmetic is in float64.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FALLBACK = (0.5, 1.0, 1.5)
"""Discounts where counts of counts allow no estimate; those of ``lmplz --discount_fallback``."""


def discounts(of_count: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return what is taken from counts of 1, 2, and 3 or more.

    Args:
        of_count: int64 [5], how many n-grams have a count of 1, 2, 3, 4 (the first is not used).
    """
    numbers = [int(number) for number in of_count]
    if min(numbers[1:]) == 0:
        return FALLBACK
    share = numbers[1] / (numbers[1] + 2 * numbers[2])
    first, second, third = (
        count - (count + 1) * share * numbers[count + 1] / numbers[count] for count in (1, 2, 3)
    )
    if not (0 < first <= 1 and 0 < second <= 2 and 0 < third <= 3):
        return FALLBACK
    return first, second, third


class Estimate(NamedTuple):
    """Of the n-grams of one order (float64 [n]) and their contexts (float64 [contexts]); not logarithms."""

    probability: NDArray[np.float64]
    backoff: NDArray[np.float64]


def estimate(
    context: NDArray[np.int64],
    adjusted: NDArray[np.int64],
    lower: NDArray[np.float64],
    of_context: NDArray[np.int64],
    taken: tuple[float, float, float],
) -> Estimate:
    """Return probabilities of n-grams and backoff weights of their contexts.

    Args:
        context: int64 [n], row of ``of_context``.
        adjusted: int64 [n], counts.
        lower: float64 [n], probabilities of the n-grams without their first words.
        of_context: int64 [contexts, 5], see ``counting.add_part``.
        taken: discounts.
    """
    total = np.maximum(of_context[:, 0], 1).astype(np.float64)
    left = of_context[:, 1] + of_context[:, 2:] @ np.array(taken)
    backoff = np.where(of_context[:, 0] > 0, left / total, 1.0)
    discount = np.array([0.0, *taken])[np.minimum(adjusted, 3)]
    own = (adjusted - discount) / total[context]
    return Estimate(own + backoff[context] * lower, backoff)
