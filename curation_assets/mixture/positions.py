"""Where in a phase of training a document is read."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.allocation.ordering import order_keys, ordered_by
from curation_assets.mixture.allocation.phases import phase_seed
from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.keys import uniforms
from curation_assets.mixture.phases import Phase


def positions(candidates: Candidates, rows: NDArray[np.uint32], phase: Phase) -> NDArray[np.float64]:
    """Return the position of each of some documents, float64 in [0, 1); ascending is the order of reading.

    Of the document alone: another one that comes or goes moves nobody.
    """
    by = ordered_by(phase.order)
    if by is None:
        # Not the number that the draw uses: documents that were nearly left out would all come last.
        return uniforms(candidates.doc_id[rows], phase_seed(phase.seed, "order"))
    values = candidates.tokens if by == "length" else getattr(candidates, by)
    return order_keys(phase.order, values[rows])
