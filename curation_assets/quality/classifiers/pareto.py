"""GPT-3's noisy threshold: the better the score, the likelier a text stays (arXiv 2005.14165, appendix A).

The paper keeps a document if ``numpy.random.pareto(alpha) > 1 - score``. That distribution (Lomax) exceeds x
with probability (1 + x)^-alpha, so P(keep | s) = (2 - s)^-alpha. Alpha is 9 there, and 3 in The Pile
(arXiv 2101.00027).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.text.hashing import uniform

GPT3_ALPHA, PILE_ALPHA = 9.0, 3.0
_PURPOSE = "pareto"


class Kept(NamedTuple):
    """Which documents are kept, bool [n], and the probability of that for each, float64 [n]."""

    kept: NDArray[np.bool_]
    probability: NDArray[np.float64]


def keep_probability(scores: NDArray[np.floating], alpha: float = GPT3_ALPHA) -> NDArray[np.float64]:
    """Return (2 - s)^-alpha, float64 [n], of scores in [0, 1].

    Raises:
        ValueError: a score is out of [0, 1] or NaN, or alpha is not positive.
    """
    if not alpha > 0:
        raise ValueError(f"alpha {alpha}: not positive")
    wide = np.asarray(scores, dtype=np.float64)
    if not ((wide >= 0) & (wide <= 1)).all():
        raise ValueError("a score that is not between 0 and 1")
    return np.power(2.0 - wide, -alpha)


def pareto_keep(
    doc_ids: Sequence[str], scores: NDArray[np.floating], *, alpha: float = GPT3_ALPHA, seed: int = 0
) -> Kept:
    """Draw for every document whether it is kept.

    The draw depends on seed, id and score alone, not on the other documents. It is independent of other
    draws by the same seed and id, such as the mixture's.
    """
    probability = keep_probability(scores, alpha)
    numbers = (uniform(seed, f"{_PURPOSE} {doc_id}") for doc_id in doc_ids)
    return Kept(np.fromiter(numbers, np.float64, count=len(probability)) < probability, probability)
