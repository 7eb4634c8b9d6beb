"""What containment reads of a lake, never more than one shard of a table at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.columns import compact, flat_keys


@dataclass(frozen=True)
class Tables:
    """Where keys and texts come from.

    Attributes:
        shards: the shards of the lake, ascending.
        keys: reads the named columns (``keys.KEY_SCHEMA``) of a shard, always in the same order.
        texts: given a shard and some of its doc_ids returns their texts (String), in that order.
    """

    shards: Sequence[str]
    keys: Callable[[str, Sequence[str]], pl.DataFrame]
    texts: Callable[[str, pl.Series], pl.Series]

    def keys_at(self, places: pl.DataFrame) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Return the keys at the given places (doc_id, shard), as ``flat_keys`` does."""
        wanted = places.select("doc_id", "shard").with_row_index("row")
        parts = [pl.DataFrame(schema={"row": pl.UInt32, "keys": pl.List(pl.UInt64)})]
        for (shard,), rows in wanted.partition_by("shard", as_dict=True).items():
            found = rows.join(self.keys(str(shard), ["doc_id", "keys"]), on="doc_id", how="inner")
            parts.append(found.select("row", "keys"))
        return flat_keys(pl.concat(parts).sort("row")["keys"])

    def texts_at(self, places: pl.DataFrame) -> pl.Series:
        """Return the texts at the given places (doc_id, shard), in that order, reading only their shards."""
        wanted = places.select("doc_id", "shard").with_row_index("row")
        parts = [pl.DataFrame(schema={"row": pl.UInt32, "text": pl.String})]
        for (shard,), rows in wanted.partition_by("shard", as_dict=True).items():
            text = compact(self.texts(str(shard), rows["doc_id"]).alias("text"))
            parts.append(rows.select("row", text))
        return pl.concat(parts).sort("row")["text"]
