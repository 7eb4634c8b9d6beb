"""A band of ranks (Marion et al. 2023, arXiv 2309.04564, section 3)."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.samplers.ranking import ranks_within

Values = NDArray[np.float64]


def band_weights(values: Values, group: NDArray[np.uint64], low: float, high: float) -> Values:
    """Return 1 for documents that rank in their group at ``low`` or above and below ``high``, else NaN [n].

    The paper keeps 10 to 70 % of the documents from the bottom, the middle or the top of the distribution of
    perplexity. The middle was best there, the lowest perplexities, which are boilerplate, worst.
    Documents with equal values rank alike and go together.
    """
    ranks = ranks_within(values, group)
    return np.where((ranks >= low) & (ranks < high), 1.0, np.nan)
