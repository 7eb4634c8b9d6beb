"""What the stage density_sketch leaves behind by each method, as a table, and densities read from it.

Every table has one line that describes it: all is null there but ``count``, the number of documents, and
``params``, JSON. The lines below are counters of a race sketch (``sketch.py``), or cells.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.density.cells import Cells
from curation_assets.density.estimates import Estimator
from curation_assets.density.sketch import Sketch


@dataclass(frozen=True)
class Description:
    """What a table of cells, or of none, says of itself; ``mean`` of a sample is null without documents."""

    method: str
    dimension: int
    bandwidth: float
    mean: float | None


@dataclass(frozen=True)
class CellEstimator:
    """Densities from cells. Without cells, by the method knn, it holds the mean density alone.

    Attributes:
        texts: hashes of the landmarks' texts; () where every vector is a landmark.
        documents: of the lake.
    """

    description: Description
    cells: Cells
    texts: tuple[str, ...]
    documents: int

    @property
    def dimension(self) -> int:
        return self.description.dimension

    @property
    def mean_density(self) -> float:
        mean = self.description.mean
        return float("nan") if mean is None else mean

    def density_of(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return the density of vectors [n, dimension]: float64 [n], NaN where one is not finite."""
        return self.cells.density(vectors, self.description.bandwidth)

    def to_frame(self) -> pl.DataFrame:
        """Return the cells as (cell, text_hash, count, landmark, sum), below the line that describes them.

        Where every vector is a landmark, the sum is the landmark times the count, and left out.
        """
        described = json.dumps(asdict(self.description), sort_keys=True)
        schema = _schema(self.dimension, described)
        cells, own = self.cells, self.description.method == "exact"
        columns = {
            "cell": np.arange(len(cells.counts)),
            "text_hash": self.texts or None,
            "count": cells.counts,
            "landmark": cells.landmarks.astype(np.int16),
            "sum": None if own else cells.sums,
        }
        parts = [pl.DataFrame({"count": [self.documents], "params": [described]})]
        if len(cells.counts):
            parts.append(
                pl.DataFrame({name: column for name, column in columns.items() if column is not None})
            )
        frames = [part.select(_column(part, name, dtype) for name, dtype in schema.items()) for part in parts]
        return pl.concat(frames)


def _schema(dimension: int, description: str) -> dict[str, Any]:
    return {
        "cell": pl.Int32(),
        "text_hash": pl.String(),
        "count": pl.Int64(),
        "landmark": pl.Array(pl.Int16(), dimension),
        "sum": pl.Array(pl.Int64(), dimension),
        "params": pl.Enum([description]),
    }


def _column(part: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    return (pl.col(name) if name in part.columns else pl.lit(None).alias(name)).cast(dtype)


def estimator_from(frame: pl.DataFrame) -> Estimator:
    """Return what ``to_frame`` stored, of either kind.

    Raises ValueError when the frame does not describe itself.
    """
    if "row" in frame.columns:
        return Sketch.from_frame(frame)
    described = frame.filter(pl.col("cell").is_null())
    if described.height != 1:
        raise ValueError(f"stored cells have one line that describes them; found {described.height}")
    description = Description(**json.loads(described["params"][0]))
    rows = frame.drop_nulls("cell").sort("cell")
    shape = (rows.height, description.dimension)
    landmarks = rows["landmark"].to_numpy().reshape(shape).astype(np.int64)
    counts = rows["count"].to_numpy().astype(np.int64)
    own = description.method == "exact"
    sums = landmarks * counts[:, None] if own else rows["sum"].to_numpy().reshape(shape).astype(np.int64)
    texts = () if own else tuple(rows["text_hash"].to_list())
    return CellEstimator(
        description, Cells(landmarks.astype(np.float32), counts, sums), texts, int(described["count"][0])
    )


def documents_in(frame: pl.DataFrame, rows: int) -> int:
    """Return how many documents the lines of a stored table add up to, -1 where they contradict each other.

    rows: of the race sketch; every document is counted once in each of them.
    """
    if "row" in frame.columns:
        in_each = frame.drop_nulls("row").group_by("row").agg(pl.col("count").sum())["count"]
        same = in_each.n_unique() <= 1 and in_each.len() in (0, rows)
        return int(in_each.max() or 0) if same else -1  # type: ignore[arg-type]
    described = frame.filter(pl.col("cell").is_null())
    stated = int(described["count"].sum())
    cells = frame.drop_nulls("cell")
    without_cells = json.loads(described["params"][0])["method"] == "knn"
    return stated if without_cells or int(cells["count"].sum()) == stated else -1
