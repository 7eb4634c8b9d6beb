"""The documents that are still in after cleaning and deduplication: what the dear stages work on."""

from collections.abc import Sequence

import polars as pl

from resources.lake import Lake


def clean_survivors(lake: Lake, shard: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the given columns of the documents of a shard that cleaning kept."""
    frame = lake.read("clean_documents", shard, [*columns, "drop_reason"])
    return frame.filter(pl.col("drop_reason").is_null()).select(columns)


def survivors(lake: Lake, shard: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the given columns of the documents of a shard that cleaning and deduplication kept."""
    wanted = columns if "doc_id" in columns else ["doc_id", *columns]
    labels = lake.read("dedup_clusters", shard, ["doc_id", "kept"]).filter("kept")
    frame = lake.read("clean_documents", shard, wanted)
    return frame.join(labels, on="doc_id", how="semi", maintain_order="left").select(columns)


def surviving_ids(lake: Lake, shard: str) -> pl.Series:
    """Return the doc_ids of the documents of a shard that cleaning and deduplication kept."""
    return lake.read("dedup_clusters", shard, ["doc_id", "kept"]).filter("kept")["doc_id"]
