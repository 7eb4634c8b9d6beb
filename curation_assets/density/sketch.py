"""RACE sketch: how crowded the neighbourhood of a document is, from two linear passes.

``estimate`` is the mean over rows of the counter a vector falls in, an unbiased estimate of the kernel sum
over all documents up to the share of buckets that are hit by chance (Coleman and Shrivastava, 2020;
arXiv 2402.09668, §3.2). Counters are integers, so sketches of shards add and subtract exactly.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.density.hashing import INVALID, SketchParams, hash_codes

__all__ = ["Sketch", "SketchParams", "Tally", "hash_codes", "sketch_of"]

_ROWS = 50
_CELLS = 1 << 20
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
        from curation_assets.density import loops

        totals = np.empty(len(codes))
        for start in range(0, len(codes), _BATCH):
            part = codes[start : start + _BATCH]
            hits = np.empty(len(part), np.int64)
            loops.sum_counters(part, self.counts, hits)
            totals[start : start + _BATCH] = np.where(part[:, 0] == INVALID, np.nan, hits)
        return totals / self.params.rows

    def density(self, codes: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the mean kernel to a document of the set: float64 [n], in (0, 1]; NaN for invalid codes.

        The chance to share a counter with a stranger is taken off. A document's kernel to
        itself is 1, so values below 1/documents are noise and are raised to it.
        """
        if self.documents == 0:
            return np.full(len(codes), np.nan)
        chance = self.params.chance
        shares = (self.estimate(codes) / self.documents - chance) / (1.0 - chance)
        return np.clip(shares, 1.0 / self.documents, 1.0)

    def density_of(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return ``density`` of vectors [n, dimension]: float64 [n], NaN where one is not finite."""
        return self.density(hash_codes(vectors, self.params))

    @property
    def dimension(self) -> int:
        return self.params.dimension

    @cached_property
    def mean_density(self) -> float:
        """Return the mean of ``density`` over the documents of the set, from the counters alone; or NaN."""
        if self.documents == 0:
            return float("nan")
        squares = sum(int(np.square(row, dtype=np.int64).sum()) for row in self.counts)
        chance = self.params.chance
        share = (squares / self.params.rows / self.documents**2 - chance) / (1.0 - chance)
        return min(max(share, 1.0 / self.documents), 1.0)

    def to_frame(self) -> pl.DataFrame:
        """Return the non-zero counters as (row, bucket, count), below one line that describes the sketch.

        That line has no row and no bucket; its count is the number of documents, and ``params`` is JSON.
        """
        text = json.dumps(self.params.as_dict(), sort_keys=True)
        described = pl.Enum([text])  # one byte a row, where null strings take sixteen
        schema = {**dict.fromkeys(("row", "bucket", "count"), pl.Int32()), "params": described}
        parts = [pl.DataFrame([(None, None, self.documents, text)], schema, orient="row")]
        for first in range(0, self.params.rows, _ROWS):
            parts.append(self._cells(first).with_columns(params=pl.lit(None, described)))
        return pl.concat(parts)

    def _cells(self, first: int) -> pl.DataFrame:
        """Return the counters of some rows that are not zero."""
        some = self.counts[first : first + _ROWS]
        rows, buckets = np.nonzero(some)
        cells = {
            "row": (rows + first).astype(np.int32),
            "bucket": buckets.astype(np.int32),
            "count": some[rows, buckets],
        }
        return pl.DataFrame(cells)

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> "Sketch":
        """Return the sketch that ``to_frame`` stored.

        Raises ValueError when the frame does not describe itself or its projections cannot be drawn again.
        """
        described = frame.filter(pl.col("row").is_null())
        if described.height != 1:
            raise ValueError(f"a stored sketch has one line that describes it; found {described.height}")
        params = _params_from(json.loads(described["params"][0]))
        counts = np.zeros((params.rows, params.buckets), np.int32)
        for some in frame.select("row", "bucket", "count").iter_slices(_CELLS):
            cells = some.drop_nulls("row")
            counts[cells["row"].to_numpy(), cells["bucket"].to_numpy()] = cells["count"].to_numpy()
        return cls(params, counts, int(described["count"][0]))

    def _require_same(self, other: "Sketch") -> None:
        if self.params != other.params:
            raise ValueError(f"sketches of different parameters: {self.params} and {other.params}")


class Tally:
    """A sketch that is still being counted: vectors go in and out in place, a few thousand at a time.

    Attributes:
        counted: how many vectors have been hashed for it.
    """

    def __init__(self, start: Sketch) -> None:
        self._params, self._documents = start.params, start.documents
        self._counts = start.counts.copy()
        self.counted = 0

    def add(self, vectors: NDArray[np.floating[Any]]) -> None:
        """Count vectors [n, dimension]; those that are not finite are left out."""
        self._count(vectors, 1)

    def remove(self, vectors: NDArray[np.floating[Any]]) -> None:
        """Take out vectors [n, dimension] that were counted before."""
        self._count(vectors, -1)

    def sketch(self) -> Sketch:
        """Return what has been counted; the tally is not to be used afterwards.

        Raises ValueError when vectors were taken out that had not been counted.
        """
        if self._documents < 0 or (self._counts < 0).any():
            raise ValueError("vectors were taken out of a sketch that they were not part of")
        return Sketch(self._params, self._counts, self._documents)

    def _count(self, vectors: NDArray[np.floating[Any]], times: int) -> None:
        from curation_assets.density import loops

        for start in range(0, len(vectors), _BATCH):
            codes = hash_codes(vectors[start : start + _BATCH], self._params)
            valid = codes[codes[:, 0] != INVALID]
            loops.count_codes(valid, times, self._counts)
            self._documents += times * len(valid)
        self.counted += len(vectors)


def sketch_of(vectors: NDArray[np.floating[Any]], params: SketchParams) -> Sketch:
    """Return the sketch of vectors [n, dimension]."""
    tally = Tally(Sketch.empty(params))
    tally.add(vectors)
    return tally.sketch()


def _params_from(stored: dict[str, Any]) -> SketchParams:
    projections = stored.pop("projections")
    params = SketchParams(**stored)
    if params.as_dict()["projections"] != projections:
        raise ValueError("the stored sketch used other random projections (another numpy?); build it anew")
    return params
