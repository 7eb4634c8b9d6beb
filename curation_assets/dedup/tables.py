"""What deduplication reads of a lake: never more than one shard of a table at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

KEY = ("doc_id", "shard")

ReadShard = Callable[[str, Sequence[str]], pl.DataFrame]
"""Reads the named columns of one shard of a table."""
TextsOf = Callable[[pl.DataFrame], pl.DataFrame]
"""Given some (doc_id, shard) returns their doc_id, shard, text; asked only for what has to be compared."""


@dataclass(frozen=True)
class Tables:
    """Where signatures and texts come from.

    Attributes:
        shards: the shards of the lake, ascending.
        signatures: reads rows of ``SIGNATURE_SCHEMA``, always in the same order.
        texts_of: reads texts.
    """

    shards: Sequence[str]
    signatures: ReadShard
    texts_of: TextsOf

    def texts(self, places: pl.DataFrame) -> pl.Series:
        """Return the texts (String) at the given places (doc_id, shard), in that order.

        Raises:
            ValueError: a text is missing.
        """
        wanted = places.select(KEY)
        got = self.texts_of(wanted).select(*KEY, "text")
        if not got.select(KEY).equals(wanted):
            got = wanted.join(got.unique(KEY, keep="first"), on=KEY, how="left", maintain_order="left")
        missing = got.filter(pl.col("text").is_null())
        if len(missing):
            doc_id, shard, _ = missing.row(0)
            message = f"{len(missing)} texts are missing, such as {doc_id!r} of shard {shard!r}"
            raise ValueError(f"texts_of: {message}")
        return got["text"]

    def texts_by_shard(self, places: pl.DataFrame) -> Iterator[tuple[NDArray[np.int64], pl.Series]]:
        """Yield, for each shard, which of the places (doc_id, shard) are in it, and the texts there."""
        numbered = places.select(KEY).with_row_index("at")
        for rows in numbered.partition_by("shard", maintain_order=True):
            yield rows["at"].to_numpy().astype(np.int64), self.texts(rows)


class FramesOnDemand(Mapping[str, pl.DataFrame]):
    """A frame for each shard, made when it is asked for, so that no two have to be in memory."""

    def __init__(self, shards: Sequence[str], make: Callable[[str], pl.DataFrame]) -> None:
        self._shards = dict.fromkeys(shards)
        self._make = make

    def __getitem__(self, shard: str) -> pl.DataFrame:
        if shard not in self._shards:
            raise KeyError(shard)
        return self._make(shard)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shards)

    def __len__(self) -> int:
        return len(self._shards)


def compact(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with strings of their own.

    What Polars filters still refers to the buffers that it was filtered from, so that a few rows of every
    shard would hold the strings of all rows in memory.
    """
    compat = pl.CompatLevel.oldest()
    strings = [column for column in rows if column.dtype == pl.String]
    own = [pl.Series(column.name, column.rechunk().to_arrow(compat_level=compat)) for column in strings]
    return rows.with_columns(own)


def check_unique(rows: pl.DataFrame, shard: str) -> None:
    """Raise a ValueError if a doc_id is there twice in a shard."""
    repeated = rows["doc_id"].filter(rows["doc_id"].is_duplicated())
    if len(repeated):
        raise ValueError(f"signatures: document {repeated[0]!r} of shard {shard!r} is there more than once")


def band_key_matrix(keys: pl.Series, bands: int) -> NDArray[np.uint64]:
    """Return a column of band keys (List(UInt64), no nulls) as uint64 [rows, bands].

    Raises:
        ValueError: a row has another number of keys.
    """
    array = keys.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    lengths = np.diff(array.offsets.to_numpy())
    if (lengths != bands).any():
        raise ValueError(f"signatures: band_keys must hold dedup.bands = {bands} keys a document")
    flat: NDArray[np.uint64] = array.flatten().to_numpy()
    return flat.reshape(-1, bands)
