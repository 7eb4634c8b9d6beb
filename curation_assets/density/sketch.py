"""RACE sketch: how crowded the neighbourhood of a document is, from two linear passes.

``estimate`` is the mean over rows of the counter a vector falls in, an unbiased estimate of the kernel sum
over all documents up to the share of buckets that are hit by chance (Coleman and Shrivastava, 2020;
arXiv 2402.09668, §3.2). Counters are integers, so sketches of shards add and subtract exactly.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.density.hashing import INVALID, SketchParams, hash_codes

__all__ = ["SKETCH_SCHEMA", "Sketch", "SketchParams", "combine", "hash_codes", "sketch_of"]

SKETCH_SCHEMA = pl.Schema({"row": pl.Int32, "bucket": pl.Int32, "count": pl.Int32, "params": pl.String})
_BATCH = 4096


@dataclass(frozen=True, eq=False)
class Sketch:
    """Counters [rows, buckets] of a set of documents. Operations return new sketches."""

    params: SketchParams
    counts: NDArray[np.int32]
    documents: int

    @classmethod
    def empty(cls, params: SketchParams) -> "Sketch":
        """Return the sketch of no documents."""
        return cls(params, np.zeros((params.rows, params.buckets), np.int32), 0)

    def add(self, codes: NDArray[np.int32]) -> "Sketch":
        """Return the sketch with the documents of ``codes`` [n, rows]; invalid codes (-1) are left out."""
        counts = self.counts.copy()
        added = _count(counts, codes)
        return Sketch(self.params, counts, self.documents + added)

    def __add__(self, other: "Sketch") -> "Sketch":
        """Return the sketch of both sets. Raises ValueError when the parameters differ."""
        self._require_same(other)
        return Sketch(self.params, self.counts + other.counts, self.documents + other.documents)

    def __sub__(self, other: "Sketch") -> "Sketch":
        """Take a set out again. Raises ValueError when it was not in, or when the parameters differ."""
        self._require_same(other)
        counts = self.counts - other.counts
        if self.documents < other.documents or (counts < 0).any():
            raise ValueError(
                f"a sketch of {other.documents} documents is not part of this sketch of {self.documents}"
            )
        return Sketch(self.params, counts, self.documents - other.documents)

    def __eq__(self, other: object) -> bool:
        """Tell whether parameters, counters and the number of documents are equal."""
        if not isinstance(other, Sketch):
            return NotImplemented
        same = self.params == other.params and self.documents == other.documents
        return same and bool(np.array_equal(self.counts, other.counts))

    def estimate(self, codes: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the mean counter of each vector: float64 [n], in documents; NaN for invalid codes."""
        rows = np.arange(self.params.rows)
        totals = np.empty(len(codes))
        for start in range(0, len(codes), _BATCH):
            part = codes[start : start + _BATCH]
            hits = self.counts[rows, np.maximum(part, 0)].sum(axis=1, dtype=np.int64)
            totals[start : start + _BATCH] = np.where(part[:, 0] == INVALID, np.nan, hits)
        return totals / self.params.rows

    def density(self, codes: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the mean kernel to a document of the set: float64 [n], in (0, 1]; NaN for invalid codes.

        The chance of 1/buckets to share a counter with a stranger is taken off. A document's kernel to
        itself is 1, so values below 1/documents are noise and are raised to it.
        """
        if self.documents == 0:
            return np.full(len(codes), np.nan)
        chance = 1.0 / self.params.buckets
        shares = (self.estimate(codes) / self.documents - chance) / (1.0 - chance)
        return np.clip(shares, 1.0 / self.documents, 1.0)

    def mean_density(self) -> float:
        """Return the mean of ``density`` over the documents of the set, from the counters alone; or NaN."""
        if self.documents == 0:
            return float("nan")
        squares = sum(int(np.square(row, dtype=np.int64).sum()) for row in self.counts)
        chance = 1.0 / self.params.buckets
        share = (squares / self.params.rows / self.documents**2 - chance) / (1.0 - chance)
        return min(max(share, 1.0 / self.documents), 1.0)

    def to_frame(self) -> pl.DataFrame:
        """Return the non-zero counters as (row, bucket, count), below one line that describes the sketch.

        That line has no row and no bucket; its count is the number of documents, and ``params`` is JSON.
        """
        rows, buckets = np.nonzero(self.counts)
        header = [[None], [None], [self.documents], [json.dumps(self.params.as_dict(), sort_keys=True)]]
        cells = pl.DataFrame(
            {"row": rows, "bucket": buckets, "count": self.counts[rows, buckets]},
            schema_overrides=dict.fromkeys(("row", "bucket", "count"), pl.Int32),
        ).with_columns(params=pl.lit(None, pl.String))
        top = pl.DataFrame(dict(zip(SKETCH_SCHEMA, header, strict=True)), schema=SKETCH_SCHEMA)
        return pl.concat([top, cells])

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> "Sketch":
        """Return the sketch that ``to_frame`` stored.

        Raises ValueError when the frame does not describe itself or its projections cannot be drawn again.
        """
        described = frame.filter(pl.col("row").is_null())
        if described.height != 1:
            raise ValueError(f"a stored sketch has one line that describes it; found {described.height}")
        params = _params_from(json.loads(described["params"][0]))
        cells = frame.filter(pl.col("row").is_not_null())
        counts = np.zeros((params.rows, params.buckets), np.int32)
        counts[cells["row"].to_numpy(), cells["bucket"].to_numpy()] = cells["count"].to_numpy()
        return cls(params, counts, int(described["count"][0]))

    def _require_same(self, other: "Sketch") -> None:
        if self.params != other.params:
            raise ValueError(f"sketches of different parameters: {self.params} and {other.params}")


def sketch_of(embeddings: NDArray[np.floating[Any]], params: SketchParams) -> Sketch:
    """Return the sketch of vectors [n, dimension], hashed a few thousand at a time."""
    counts = np.zeros((params.rows, params.buckets), np.int32)
    documents = 0
    for start in range(0, len(embeddings), _BATCH):
        documents += _count(counts, hash_codes(embeddings[start : start + _BATCH], params))
    return Sketch(params, counts, documents)


def combine(sketches: Iterable[Sketch], params: SketchParams) -> Sketch:
    """Add up sketches one at a time; the sketch of no documents when there are none."""
    total = Sketch.empty(params)
    documents = 0
    for sketch in sketches:
        total._require_same(sketch)
        np.add(total.counts, sketch.counts, out=total.counts)
        documents += sketch.documents
    return Sketch(params, total.counts, documents)


def _count(counts: NDArray[np.int32], codes: NDArray[np.int32]) -> int:
    """Add codes [n, rows] to the counters in place and return how many documents were valid."""
    rows, buckets = counts.shape
    if codes.ndim != 2 or codes.shape[1] != rows:
        raise ValueError(f"codes have the shape {codes.shape}; expected (n, {rows})")
    valid = codes[codes[:, 0] != INVALID]
    flat = (valid + np.arange(rows, dtype=np.int64) * buckets).ravel()
    np.add.at(counts.reshape(-1), flat, np.int32(1))
    return len(valid)


def _params_from(stored: dict[str, Any]) -> SketchParams:
    projections = stored.pop("projections")
    params = SketchParams(**stored)
    if params.as_dict()["projections"] != projections:
        raise ValueError("the stored sketch used other random projections (another numpy?); build it anew")
    return params
