"""All candidates of a lake in arrays: some 70 bytes a document, where data frames of strings take 150."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.mixture.samplers.interface import Neighbours

CANDIDATE_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "source": pl.String(),
        "language": pl.String(),
        "tokens": pl.Int64(),
        "bytes": pl.Int64(),
        "quality": pl.Float64(),
        "density": pl.Float64(),
        "weight": pl.Float64(),
        "refused": pl.UInt8(),
    }
)
"""What every plan looks at. Further columns, numbers that only some samplers look at, may follow."""
UNKNOWN = "unknown"
_SLICE = 1 << 14
NO_PAIRS = Neighbours(np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.float32))


@dataclass(frozen=True)
class Candidates:
    """Candidates [n], those of a shard next to each other.

    Attributes:
        doc_id: UTF-8, padded to the longest.
        source, language: uint32, positions in ``sources`` and ``languages``.
        tokens, bytes: int64, not negative.  quality, density: float64, NaN where missing.
        weight: float64, how readily a document is drawn beside its scores: 1/size for one of several copies.
        refused: uint8, 0 or why an earlier stage wants a document out of every mixture (``refusals.py``).
        further: float64 by name of the column, NaN where missing.
        pairs: near documents, by their rows; none unless they were asked for.
        starts: the first row of every shard in ``shards``, which are in ascending order.
    """

    doc_id: NDArray[np.bytes_]
    source: NDArray[np.uint32]
    language: NDArray[np.uint32]
    tokens: NDArray[np.int64]
    bytes: NDArray[np.int64]
    quality: NDArray[np.float64]
    density: NDArray[np.float64]
    weight: NDArray[np.float64]
    refused: NDArray[np.uint8]
    further: Mapping[str, NDArray[np.float64]]
    sources: list[str]
    languages: list[str]
    shards: list[str]
    starts: NDArray[np.int64]
    pairs: Neighbours = NO_PAIRS

    def with_pairs(self, pairs: Neighbours) -> "Candidates":
        return replace(self, pairs=pairs)

    def __len__(self) -> int:
        return len(self.doc_id)

    def rows_of(self, shard: str) -> slice:
        """Return the rows of a shard."""
        at = bisect_left(self.shards, shard)
        stop = self.starts[at + 1] if at + 1 < len(self.shards) else len(self)
        return slice(int(self.starts[at]), int(stop))

    def shard_of(self, row: int) -> str:
        """Return the shard that a row is of."""
        return self.shards[int(np.searchsorted(self.starts, row, side="right")) - 1]

    def names(self, rows: NDArray[np.integer[Any]]) -> Iterator[str]:
        """Yield the doc_ids of rows."""
        for start in range(0, len(rows), _SLICE):
            yield from (name.decode() for name in self.doc_id[rows[start : start + _SLICE]].tolist())

    def order(self) -> NDArray[np.uint32]:
        """Return the rows by doc_id, then by shard.

        Raises ValueError for a doc_id that occurs twice in a shard.
        """
        order = np.argsort(self.doc_id, kind="stable").astype(np.uint32)
        again = self.repeated(order)
        for before, row in zip(order[again - 1], order[again], strict=True):
            if self.shard_of(before) == self.shard_of(row):
                name = self.doc_id[row].decode()
                raise ValueError(f"doc_id {name!r} occurs more than once among the candidates of a shard")
        return order

    def repeated(self, order: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return the places in an order by doc_id that have the doc_id of the place before."""
        found = [np.empty(0, np.int64)]
        for start in range(1, len(order), _SLICE):
            some = self.doc_id[order[start - 1 : start + _SLICE]]
            found.append(np.flatnonzero(some[1:] == some[:-1]) + start)
        return np.concatenate(found)


def collect(tables: Iterable[tuple[str, pl.DataFrame]], further: Sequence[str] = ()) -> Candidates:
    """Return the candidates of (shard, CANDIDATE_SCHEMA and further columns) pairs, by ascending shard.

    Values that are null become UNKNOWN, no tokens, NaN, a weight of 1, and not refused.
    """
    shards: list[str] = []
    starts: list[int] = []
    count = 0
    doc_id, tokens, size = _Column("S1"), _Column(np.int64), _Column(np.int64)
    source, language = _Column(np.uint32), _Column(np.uint32)
    quality, density, weight = _Column(np.float64), _Column(np.float64), _Column(np.float64)
    refused = _Column(np.uint8)
    others = {name: _Column(np.float64) for name in further}
    sources: dict[str, int] = {}
    languages: dict[str, int] = {}
    for shard, table in tables:
        if shards and shard <= shards[-1]:
            raise ValueError(f"shard {shard!r} comes after {shards[-1]!r}")
        shards.append(shard)
        starts.append(count)
        count += table.height
        doc_id.extend(np.array(table["doc_id"].cast(pl.Binary).to_list(), "S"))
        source.extend(_codes(table["source"], sources))
        language.extend(_codes(table["language"], languages))
        tokens.extend(table["tokens"].cast(pl.Int64).fill_null(0).clip(lower_bound=0).to_numpy())
        quality.extend(table["quality"].cast(pl.Float64).fill_null(np.nan).to_numpy())
        density.extend(table["density"].cast(pl.Float64).fill_null(np.nan).to_numpy())
        size.extend(table["bytes"].cast(pl.Int64).fill_null(0).clip(lower_bound=0).to_numpy())
        refused.extend(table["refused"].fill_null(0).to_numpy())
        weight.extend(table["weight"].cast(pl.Float64).fill_null(1.0).to_numpy())
        for name, column in others.items():
            column.extend(table[name].cast(pl.Float64).fill_null(np.nan).to_numpy())
    return Candidates(
        doc_id=doc_id.values(),
        source=source.values(),
        language=language.values(),
        tokens=tokens.values(),
        bytes=size.values(),
        quality=quality.values(),
        density=density.values(),
        weight=weight.values(),
        refused=refused.values(),
        further={name: column.values() for name, column in others.items()},
        sources=list(sources),
        languages=list(languages),
        shards=shards,
        starts=np.array(starts, np.int64),
    )


def _codes(names: pl.Series, known: dict[str, int]) -> NDArray[np.uint32]:
    """Return the number of each name, giving new names the next one."""
    values = names.cast(pl.String).fill_null(UNKNOWN).to_list()
    return np.fromiter((known.setdefault(name, len(known)) for name in values), np.uint32, len(values))


class _Column:
    """An array that grows by halves, in place where the system can."""

    def __init__(self, dtype: Any) -> None:
        self._array: NDArray[Any] = np.empty(0, dtype)
        self._length = 0

    def extend(self, values: NDArray[Any]) -> None:
        length = self._length + len(values)
        if values.dtype.itemsize > self._array.dtype.itemsize:  # a longer string
            self._array = self._array.astype(values.dtype)
        if length > len(self._array):
            self._array.resize(max(length, len(self._array) * 3 // 2), refcheck=False)
        self._array[self._length : length] = values
        self._length = length

    def values(self) -> NDArray[Any]:
        self._array.resize(self._length, refcheck=False)
        return self._array
