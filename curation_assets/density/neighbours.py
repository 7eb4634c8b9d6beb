"""Density from the nearest neighbours alone: the mean kernel to them.

Another signal than the kernel sum over all documents: it sees how near the nearest are, and nothing beyond.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.density.kernels import gaussian


def neighbour_density(similarities: pl.Series, bandwidth: float) -> NDArray[np.float64]:
    """Return the mean of exp((cosine - 1) / bandwidth**2) over the neighbours of each document: float64 [n].

    similarities: a list of cosines for each document. NaN for a document without neighbours.
    """
    frame = pl.DataFrame({"cosine": similarities}).with_row_index("row").explode("cosine").drop_nulls()
    cosines = np.minimum(frame["cosine"].to_numpy().astype(np.float64), 1.0)
    rows, length = frame["row"].to_numpy(), len(similarities)
    counts = np.bincount(rows, minlength=length)
    sums = np.bincount(rows, gaussian(cosines, bandwidth), minlength=length)  # in the order of the list
    return np.divide(sums, counts, out=np.full(length, np.nan), where=counts > 0)
