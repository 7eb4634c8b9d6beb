"""What finding repeats reads of a lake, never more than one shard of a table at a time; sets of keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.columns import flat_keys

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

KEYS_AT_ONCE = 1 << 27
"""Keys sorted at a time, 16 bytes each on the way; where there are more, the tables are read several
times."""


@dataclass(frozen=True)
class Tables:
    """Where keys and texts come from.

    Attributes:
        shards: the shards of the lake, ascending.
        keys: reads the named columns (``KEY_SCHEMA``) of a shard, always in the same order.
        texts: given a shard and some of its doc_ids returns their texts (String), in that order.
    """

    shards: Sequence[str]
    keys: Callable[[str, Sequence[str]], pl.DataFrame]
    texts: Callable[[str, pl.Series], pl.Series]


class KeySet:
    """Keys to look others up in: 12 to 24 bytes a key."""

    def __init__(self, keys: Hashes) -> None:
        from curation_assets.passages import winnowing

        self.places = np.zeros(1 << max(4, int(len(keys) * 3 // 2).bit_length()), dtype=np.uint64)
        winnowing.insert(self.places, keys)

    def count_members(self, keys: pl.Series) -> Indices:
        """Return, for each row of a column of keys, how many are among these (int64 [rows])."""
        from curation_assets.passages import winnowing

        flat, offsets = flat_keys(keys)
        counts = np.zeros(len(offsets) - 1, dtype=np.int64)
        winnowing.count_members(self.places, flat, offsets, counts)
        return counts

    def members(self, keys: Hashes) -> Flags:
        """Return which of the keys are among these (bool [keys])."""
        from curation_assets.passages import winnowing

        found = np.empty(len(keys), dtype=np.bool_)
        winnowing.members(self.places, keys, found)
        return found

    def of_rows(self, keys: pl.Series) -> pl.Series:
        """Return, for each row of a column of keys, those that are among these, ascending (List(UInt64))."""
        flat, offsets = flat_keys(keys)
        rows = np.repeat(np.arange(len(keys)), np.diff(offsets))
        found = self.members(flat)
        among = pl.DataFrame(
            {"row": rows[found], "keys": flat[found]}, schema={"row": pl.Int64, "keys": pl.UInt64}
        )
        lists = among.group_by("row").agg(pl.col("keys").unique().sort())
        every = pl.DataFrame({"row": np.arange(len(keys))}, schema={"row": pl.Int64})
        joined = every.join(lists, on="row", how="left", maintain_order="left")
        return joined["keys"].fill_null(pl.Series([[]], dtype=pl.List(pl.UInt64)))


def repeated_keys(tables: Tables, among: KeySet | None = None, *, at_once: int = KEYS_AT_ONCE) -> Hashes:
    """Return the keys that occur more than once in the lake, ascending; ``among``: only of these."""
    total = sum(int(tables.keys(shard, ["key_count"])["key_count"].sum()) for shard in tables.shards)
    parts = max(1, -(-total // at_once))
    found = [np.empty(0, np.uint64)]
    for low, high in key_ranges(parts):
        collected = [np.empty(0, np.uint64)]
        for shard in tables.shards if total else ():
            keys, _ = flat_keys(tables.keys(shard, ["keys"])["keys"])
            keys = keys if parts == 1 else keys[(keys >= low) & (keys <= high)]
            collected.append(keys if among is None else keys[among.members(keys)])
        keys = np.concatenate(collected)
        keys.sort()
        again = keys[1:][keys[1:] == keys[:-1]]
        found.append(again[np.flatnonzero(np.diff(again, prepend=~again[:1]))])
    return np.concatenate(found)


def key_ranges(parts: int) -> list[tuple[np.uint64, np.uint64]]:
    """Cut all 64-bit numbers into ``parts`` ranges (first, last); keys are spread over them evenly."""
    bounds = [(part << 64) // parts for part in range(parts + 1)]
    return [(np.uint64(low), np.uint64(high - 1)) for low, high in pairwise(bounds)]
