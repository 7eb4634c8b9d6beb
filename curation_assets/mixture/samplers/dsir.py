"""DSIR: documents in proportion to their importance weights (Xie et al. 2023, arXiv 2302.03169, section 3).

The paper adds Gumbel noise to the log weights and takes the largest sums (Gumbel top-k).
That is the draw by weights of ``mixture.draw``: with u uniform, -log(-log u) is Gumbel noise, and
log w - log(-log u) is minus the logarithm of the exponential key -log(u) / w, so that the largest sums are
the smallest keys.
"""

import numpy as np
from numpy.typing import NDArray


def log_importance(
    log_weights: NDArray[np.float64], tokens: NDArray[np.int64], minimum_tokens: int
) -> NDArray[np.float64]:
    """Return the log weights as they are, and NaN for documents that are too short [n].

    Not weights: a log weight is a sum over all words of a text, thousands apart between long texts, where
    float64 holds e^-745 to e^709. Weights that are clipped there would be a random choice among all the rest.

    A short text has a log weight near 0, above that of most others; the paper leaves out texts below 100
    words, here it is ``minimum_tokens`` tokens.
    """
    usable = np.isfinite(log_weights) & (tokens >= minimum_tokens)
    return np.where(usable, log_weights, np.nan)
