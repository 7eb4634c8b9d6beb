"""Samplers of k-means cells of embeddings: SSL prototypes, SemDeDup and D4.

Cosines stand for distances: on unit vectors they have the same order.
"""

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.samplers.ranking import places_by

Values = NDArray[np.float64]
_ALONE = -1.0


def far_from_centre_first(centre_similarity: Values) -> Values:
    """Place documents by their distance to the centre of their cell, farthest first [n].

    SSL prototypes (Sorscher et al. 2022, arXiv 2206.14486, section 5): what lies near a centre is easy, and
    is dropped first.
    """
    return places_by(centre_similarity)


def least_similar_first(nearest_similarity: Values, cell: NDArray[np.int32]) -> Values:
    """Place documents by their largest cosine to a preferred document of the cell, smallest first [n].

    SemDeDup as a ranking (arXiv 2402.09668, appendix B, after arXiv 2303.09540). A document that is the first
    of its cell comes first; one without a cell is left out.
    """
    return places_by(_nearest(nearest_similarity, cell))


def d4_places(
    nearest_similarity: Values, cell: NDArray[np.int32], prototype_similarity: Values, share: float
) -> Values:
    """Place what remains after deduplication, farthest from the new centres first; else NaN [n].

    D4 (Tirumala et al. 2023, arXiv 2308.12284, section 3.4) keeps a share R_dedup = .75 of the documents by
    SemDeDup, clusters what remains again, and keeps a share R_proto of that by SSL prototypes, which is here
    the budget. It departs in that the second clustering is that of the stage ``semantic_duplicates``: it
    leaves out what is above its threshold of similarity, not the quarter that is left out here.

    Args:
        share: of the documents with a ``prototype_similarity`` that stays, rounded to a whole number.
    """
    candidates = np.isfinite(prototype_similarity)
    places = places_by(np.where(candidates, _nearest(nearest_similarity, cell), np.nan))
    stays = places <= round(share * np.isfinite(places).sum())
    return places_by(np.where(stays, prototype_similarity, np.nan))


def _nearest(similarity: Values, cell: NDArray[np.int32]) -> Values:
    """Return the similarity, that of opposites for the first of a cell, NaN for one without a cell [n]."""
    return np.where(cell >= 0, np.where(np.isnan(similarity), _ALONE, similarity), np.nan)
