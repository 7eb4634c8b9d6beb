"""The documents that say nearly the same: those of the table neighbours, or the nearest of a sample."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.inspection.explaining.finding import readable
from curation_assets.inspection.explaining.rows import Rows
from curation_assets.vectors.columns import finite_rows, matrix
from resources.lake import Lake

COUNT = 5
SAMPLED = 10_000
"""Vectors that are compared where no neighbours are stored: 15 MB of 384 components."""
_KEY = ("doc_id", "shard")
_NEAR = pl.Schema({"doc_id": pl.String, "shard": pl.String, "cosine": pl.Float64})


@dataclass(frozen=True)
class Nearest:
    """Neighbours, the most similar first: (doc_id, shard, cosine).

    ``among`` is how many vectors were compared of how many (``of``) there are; both 0 for stored neighbours.
    """

    found: list[tuple[str, str | None, float]] = field(default_factory=list)
    stored: bool = False
    among: int = 0
    of: int = 0


def nearest(rows: Rows, count: int = COUNT) -> Nearest | None:
    """Return the neighbours of a document, or None where it has no vector.

    Stored ones are exact over the lake. Else its vector is compared with the first ``SAMPLED`` of its own
    shard and, while there is room, of shards spread evenly over the lake.
    """
    stored = rows.of("neighbours").row
    if stored.get("neighbours"):
        return Nearest(_placed(rows.lake, stored, count), stored=True)
    paths, found = readable(rows.lake, "embeddings"), rows.found
    own = str(rows.lake.table_path("embeddings", found.shard))
    if own not in paths:
        return None
    first = _vectors(own, SAMPLED)
    mine = first.filter(pl.col("doc_id") == found.doc_id)  # of a large shard it may lie beyond
    mine = mine if mine.height else rows.of("embeddings").frame
    if not mine.height:
        return None
    parts, left = [_similar(mine["embedding"], first, count + 1)], SAMPLED - first.height
    for path in _spread([path for path in paths if path != own]):
        if left <= 0:
            break
        some = _vectors(path, left)
        parts.append(_similar(mine["embedding"], some, count + 1))
        left -= some.height
    itself = (pl.col("doc_id") == found.doc_id) & (pl.col("shard") == found.shard)
    best = pl.concat(parts).filter(~itself).sort("cosine", "doc_id", descending=[True, False]).head(count)
    of = pl.scan_parquet(paths, glob=False).select(pl.len()).collect().item()
    return Nearest([*best.iter_rows()], among=SAMPLED - left, of=of)


def _vectors(path: str, most: int) -> pl.DataFrame:
    return pl.scan_parquet(path, glob=False).select(*_KEY, "embedding").head(most).collect()


def _similar(vector: pl.Series, others: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return (doc_id, shard, cosine) of the vectors most similar to the first one."""
    mine, vectors = _matrix(vector)[0], _matrix(others["embedding"])
    if vectors.shape[1] != len(mine):  # another model's, or none
        return pl.DataFrame(schema=_NEAR)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(mine)
    cosine = np.full(len(vectors), -np.inf)
    usable = finite_rows(vectors) & np.isfinite(lengths) & (lengths > 0)
    cosine[usable] = (vectors[usable] @ mine) / lengths[usable]
    best = np.argsort(-cosine, kind="stable")[:count]
    best = best[np.isfinite(cosine[best])]
    told = others[best.tolist()].select(_KEY)
    return told.with_columns(cosine=pl.Series(cosine[best].tolist(), dtype=pl.Float64)).cast(_NEAR)


def _matrix(column: pl.Series) -> NDArray[np.floating[Any]]:
    """Return vectors as ``matrix`` does, without a copy where none is missing."""
    if column.dtype == pl.Array(pl.Float32, column.dtype.size if isinstance(column.dtype, pl.Array) else 0):
        flat = column.explode()
        if not column.null_count() and not flat.null_count():
            return flat.to_numpy().reshape(len(column), -1)
    return matrix(column)


def _spread(paths: list[str]) -> list[str]:
    """Return the paths in an order in which the first ones of any number lie far apart."""
    places = np.arange(len(paths))
    return [paths[place] for place in np.argsort(places * 0.6180339887498949 % 1.0, kind="stable")]


def _placed(lake: Lake, stored: dict[str, Any], count: int) -> list[tuple[str, str | None, float]]:
    """Return the stored neighbours with their shards."""
    ids = stored["neighbours"][:count]
    paths = readable(lake, "embeddings")
    where: dict[str, str] = {}
    if paths:
        scan = pl.scan_parquet(paths, glob=False).filter(pl.col("doc_id").is_in(ids)).select(_KEY)
        where = dict(scan.collect().iter_rows())
    return [
        (one, where.get(one), float(cosine)) for one, cosine in zip(ids, stored["similarities"], strict=False)
    ]
