"""GPT-3's noisy threshold: the better the score, the likelier a text stays (arXiv 2005.14165, appendix A).

The paper keeps a document if ``numpy.random.pareto(alpha) > 1 - score``. That distribution (Lomax) exceeds x
with probability (1 + x)^-alpha, so P(keep | s) = (2 - s)^-alpha. Alpha is 9 there, and 3 in The Pile
(arXiv 2101.00027, appendix C).
"""

import numpy as np
from numpy.typing import NDArray

GPT3_ALPHA, PILE_ALPHA = 9.0, 3.0


def keep_chances(scores: NDArray[np.float64], alpha: float = GPT3_ALPHA) -> NDArray[np.float64]:
    """Return (2 - s)^-alpha, float64 [n], of scores in [0, 1]; NaN stays NaN.

    Raises:
        ValueError: a score is out of [0, 1], or alpha is not positive.
    """
    if not alpha > 0:
        raise ValueError(f"alpha {alpha}: not positive")
    if ((scores < 0) | (scores > 1)).any():
        raise ValueError(
            f"pareto needs scores from 0 to 1; these go from {np.nanmin(scores):g} to {np.nanmax(scores):g}."
            " Ranks do in any case: `mixture.pareto.score: rank`"
        )
    return np.power(2.0 - scores, -alpha)
