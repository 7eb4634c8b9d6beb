"""All embeddings of a lake at once, as whole numbers."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from curation_assets.vectors.rounded import Rounded, rounded
from resources.lake import Lake


def read_vectors(lake: Lake, shards: Sequence[str]) -> tuple[pl.DataFrame, Rounded]:
    """Return (doc_id, shard) and int8 [n, components] of all documents, in that order of both.

    One byte a component is kept, and one shard's own vectors are held at a time.
    """
    names = [pl.DataFrame(schema={"doc_id": pl.String, "shard": pl.String})]
    vectors = []
    for shard in shards:
        table = lake.read("embeddings", shard, ["doc_id", "shard", "embedding"])
        names.append(table.select("doc_id", "shard"))
        if table.height:
            vectors.append(rounded(table["embedding"].to_numpy()))
    rows = pl.concat(names)
    order = rows.select(place=pl.arg_sort_by("doc_id", "shard"))["place"]
    matrix = np.concatenate(vectors)[order.to_numpy()] if vectors else np.empty((0, 1), np.int8)
    return rows[order], matrix
