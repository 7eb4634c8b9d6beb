"""The table of neighbours."""

from collections.abc import Sequence

import polars as pl

from curation_assets.neighbours.search import NONE, Nearest

LABEL_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "neighbours": pl.List(pl.String()),
        "similarities": pl.List(pl.Float32()),
    }
)


def label_table(names: pl.DataFrame, found: Nearest) -> pl.DataFrame:
    """Return LABEL_SCHEMA, one row a document, in the order of ``names`` (doc_id, shard)."""
    count = found.rows.shape[1]
    rows = pl.int_range(names.height, eager=True, dtype=pl.Int64).alias("row")
    pairs = pl.DataFrame(
        {
            "row": rows.to_numpy().repeat(count),
            "other": found.rows.ravel(),
            "similarities": found.similarities.ravel(),
        }
    ).filter(pl.col("other") != NONE)
    lists = (
        pairs.with_columns(neighbours=names["doc_id"].gather(pairs["other"]))
        .group_by("row", maintain_order=True)
        .agg("neighbours", "similarities")
    )
    table = names.with_columns(rows).join(lists, on="row", how="left", maintain_order="left")
    return _complete(table)


def no_neighbours(names: pl.DataFrame) -> pl.DataFrame:
    """Return the labels of documents (doc_id, shard) of which none is compared: empty lists."""
    return _complete(names.with_columns(neighbours=None, similarities=None))


def by_shard(labels: pl.DataFrame, shards: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Return the label table of every shard, in the order of doc_id."""
    parts = {str(key[0]): part for key, part in labels.partition_by("shard", as_dict=True).items()}
    nothing = pl.DataFrame(schema=LABEL_SCHEMA)
    return {shard: parts.get(shard, nothing).sort("doc_id").rechunk() for shard in shards}


def _complete(table: pl.DataFrame) -> pl.DataFrame:
    columns = [pl.col(name).cast(dtype) for name, dtype in LABEL_SCHEMA.items()]
    return table.select(columns).with_columns(
        pl.col("neighbours", "similarities").fill_null([]),
    )
