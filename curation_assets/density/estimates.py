"""Density and outlier score of the documents of a shard, read from the sketch of the whole lake."""

from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.rounding import round_significant

ESTIMATES_SCHEMA = pl.Schema(
    {"doc_id": pl.String, "shard": pl.String, "density": pl.Float64, "outlier_score": pl.Float64}
)


class Estimator(Protocol):
    """Gives densities of vectors."""

    @property
    def dimension(self) -> int: ...
    @property
    def documents(self) -> int: ...
    @property
    def mean_density(self) -> float: ...
    def density_of(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return the density of vectors [n, dimension]: float64 [n], NaN where one is not finite."""

    def to_frame(self) -> pl.DataFrame: ...


def density_estimates(frame: pl.DataFrame, estimator: Estimator) -> pl.DataFrame:
    """Return (doc_id, shard, density, outlier_score) for every row of (doc_id, shard, embedding).

    Depends on a document's vector and on the estimator alone; null where the embedding is missing or not
    finite. Raises ValueError when the vectors have another number of components than the estimator.
    """
    vectors = embedding_matrix(frame["embedding"], estimator.dimension)
    return estimates_of(frame, estimator.density_of(vectors), estimator.mean_density)


def estimates_of(names: pl.DataFrame, densities: NDArray[np.float64], mean_density: float) -> pl.DataFrame:
    """Return (doc_id, shard, density, outlier_score) of documents with these densities [n], NaN for none.

    ``density`` is the mean kernel to a document of the lake (by the method knn to a neighbour), in (0, 1],
    to six significant bits: about as fine as estimates err, and coarse enough to stay when a document
    elsewhere comes or goes.
    ``outlier_score`` is log10(mean density of all documents / density), both so rounded, to three decimals:
    0 in an average neighbourhood, 1 in one ten times emptier, negative in a crowded one. It is the density
    on another scale, not evidence of its own: it says that a document is rare, never that it is bad.
    Rows keep their order.
    """
    density = round_significant(densities)
    mean = round_significant(np.array([mean_density]))
    scores = np.round(np.log10(mean / density), 3) + 0.0  # no negative zeros
    estimates = names.select("doc_id", "shard").with_columns(
        pl.Series("density", density).fill_nan(None),
        pl.Series("outlier_score", scores).fill_nan(None),
    )
    return estimates.cast(dict(ESTIMATES_SCHEMA))  # type: ignore[arg-type]


def embedding_matrix(column: pl.Series, dimension: int) -> NDArray[np.floating[Any]]:
    """Return a column of Array or List vectors as float32 [n, dimension]; missing ones become NaN.

    Raises ValueError when a vector has another number of components.
    """
    matrix = np.full((len(column), dimension), np.nan, np.float32)
    present = column.is_not_null().to_numpy()
    lists = column.drop_nulls().cast(pl.List(pl.Float32))
    wrong = sorted(set(lists.list.len().unique().to_list()) - {dimension})
    if wrong:
        raise ValueError(f"embeddings have {wrong[0]} components; expected {dimension}")
    if len(lists) == 0:
        return matrix
    values = lists.explode()
    matrix[present] = values.fill_null(float("nan")).to_numpy().reshape(-1, dimension)
    return matrix
