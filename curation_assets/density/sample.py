"""A sample of the lake's texts that depends on nothing but the set of them.

Every text has a random number that follows from its hash and a seed; the smallest are the sample. A text
that comes or goes changes it with the probability of being in it, and no order of shards or rows does.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

SCHEMA = {"number": pl.UInt64(), "text_hash": pl.String()}
_MASK = (1 << 64) - 1


def numbers(text_hashes: Sequence[str], seed: int) -> NDArray[np.uint64]:
    """Return the random number of each text: uint64 [n].

    text_hashes: 32 hexadecimal characters each. The finalizer of splitmix64 (Steele, Lea and Flood, 2014) of
    their first half, to which a multiple of the seed is added.
    """
    digests = np.frombuffer(bytes.fromhex("".join(text_hashes)), np.dtype("<u8")).reshape(-1, 2)
    mixed = digests[:, 0] + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 & _MASK)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def smallest(text_hashes: Iterable[pl.Series], size: int, seed: int) -> list[str]:
    """Return the ``size`` texts with the smallest numbers, in that order; fewer if there are fewer."""
    found = pl.DataFrame(schema=SCHEMA)
    for column in text_hashes:
        distinct = column.unique()
        drawn = pl.DataFrame({"text_hash": distinct.cast(pl.String)}).select(
            pl.Series("number", numbers(distinct.to_list(), seed), pl.UInt64), "text_hash"
        )
        if found.height == size:
            drawn = drawn.filter(pl.col("number") <= found["number"][-1])
        found = pl.concat([found, drawn]).unique("text_hash").sort("number", "text_hash").head(size)
    return found["text_hash"].to_list()


def gathered(
    texts: Sequence[str], shards: Iterable[tuple[pl.Series, NDArray[np.float32]]], dimension: int
) -> NDArray[np.float32]:
    """Return the vectors of texts: float32 [n, dimension], NaN for one that no shard has.

    A shard is the hashes of its texts and their vectors.
    """
    places = pl.DataFrame({"text_hash": texts}, {"text_hash": pl.String}).with_row_index("place")
    vectors = np.full((len(texts), dimension), np.nan, np.float32)
    for column, matrix in shards:
        found = column.to_frame("text_hash").join(places, on="text_hash", how="left", maintain_order="left")
        there = found["place"].is_not_null().to_numpy()
        vectors[found["place"].drop_nulls().to_numpy()] = matrix[there]
    return vectors
