"""The documents that say nearly the same: those of the table neighbours, or the nearest of a sample."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.inspection.explaining.finding import Found, readable
from curation_assets.inspection.explaining.rows import Rows
from curation_assets.vectors.columns import finite_rows, matrix
from resources.lake import Lake

COUNT = 5
SAMPLED = 10_000
"""Vectors that are compared where no neighbours are stored: 15 MB of 384 components."""
_KEY = ("doc_id", "shard")


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
    paths = readable(rows.lake, "embeddings")
    own = str(rows.lake.table_path("embeddings", rows.found.shard))
    vector = rows.of("embeddings").frame
    if not vector.height or own not in paths:
        return None
    parts, left = [], SAMPLED
    for path in [own, *_spread([path for path in paths if path != own])]:
        if left <= 0:
            break
        some = pl.scan_parquet(path, glob=False).select(*_KEY, "embedding").head(left).collect()
        parts.append(_similar(vector["embedding"], some, rows.found, count))
        left -= some.height
    best = pl.concat(parts).sort("cosine", "doc_id", descending=[True, False]).head(count)
    of = pl.scan_parquet(paths, glob=False).select(pl.len()).collect().item()
    return Nearest([*best.iter_rows()], among=SAMPLED - left, of=of)


def _similar(vector: pl.Series, others: pl.DataFrame, found: Found, count: int) -> pl.DataFrame:
    """Return (doc_id, shard, cosine) of the vectors most similar to the first one, itself left out."""
    mine, vectors = matrix(vector).astype(np.float64), _matrix(others["embedding"])
    if vectors.shape[1] != mine.shape[1]:  # another model's, or none
        return others.head(0).select(*_KEY, cosine=pl.lit(0.0))
    usable = finite_rows(vectors)
    lengths = np.linalg.norm(vectors, axis=1).astype(np.float64) * np.linalg.norm(mine)
    cosine = np.divide(
        vectors @ mine[0].astype(np.float32), lengths, out=np.full(len(vectors), np.nan), where=lengths > 0
    )
    itself = (pl.col("doc_id") == found.doc_id) & (pl.col("shard") == found.shard)
    told = others.select(*_KEY).with_columns(cosine=pl.Series(cosine, dtype=pl.Float64))
    return told.filter(pl.Series(usable) & ~itself & pl.col("cosine").is_finite()).top_k(count, by="cosine")


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
