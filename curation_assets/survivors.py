"""The documents that are still in: after cleaning, deduplication, containment, and repeated passages."""

from collections.abc import Sequence

import polars as pl

from curation_assets.columns import compact
from resources.lake import Lake

CONTAINMENT, PASSAGES = "contained_documents", "repeated_passages"
_EDITED = ("text", "text_hash")


def clean_survivors(lake: Lake, shard: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the given columns of the documents of a shard that cleaning kept."""
    frame = lake.read("clean_documents", shard, [*columns, "drop_reason"])
    return frame.filter(pl.col("drop_reason").is_null()).select(columns)


def deduplicated(lake: Lake, shard: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the given columns of the documents of a shard that cleaning and deduplication kept."""
    return _kept("dedup_clusters", lake, shard, columns)


def deduplicated_ids(lake: Lake, shard: str) -> pl.Series:
    """Return the doc_ids of the documents of a shard that cleaning and deduplication kept."""
    return lake.read("dedup_clusters", shard, ["doc_id", "kept"]).filter("kept")["doc_id"]


def uncontained(lake: Lake, shard: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the given columns of the documents of a shard that are no excerpts of a larger one, too."""
    return _kept(CONTAINMENT, lake, shard, columns)


def uncontained_ids(lake: Lake, shard: str) -> pl.Series:
    """Return the doc_ids of the documents of a shard that are no excerpts of a larger one, too."""
    return lake.read(CONTAINMENT, shard, ["doc_id", "kept"]).filter("kept")["doc_id"]


def survivors(lake: Lake, shard: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the given columns of the documents of a shard that the dear stages work on.

    ``text`` and ``text_hash`` are without what was removed as a repeated passage.
    """
    wanted = columns if "doc_id" in columns else ["doc_id", *columns]
    edited = [name for name in _EDITED if name in columns]
    labels = lake.read(PASSAGES, shard, ["doc_id", "kept", *edited]).filter("kept").drop("kept")
    frame = lake.read("clean_documents", shard, wanted)
    frame = frame.join(labels, on="doc_id", how="inner", suffix="_edited", maintain_order="left")
    return frame.with_columns(pl.coalesce(f"{name}_edited", name).alias(name) for name in edited).select(
        columns
    )


def surviving_ids(lake: Lake, shard: str) -> pl.Series:
    """Return the doc_ids of the documents of a shard that the dear stages work on."""
    return lake.read(PASSAGES, shard, ["doc_id", "kept"]).filter("kept")["doc_id"]


def _kept(verdicts: str, lake: Lake, shard: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return columns of the documents of a shard that a label table keeps."""
    wanted = columns if "doc_id" in columns else ["doc_id", *columns]
    labels = lake.read(verdicts, shard, ["doc_id", "kept"]).filter("kept")
    frame = lake.read("clean_documents", shard, wanted)
    return frame.join(labels, on="doc_id", how="semi", maintain_order="left").select(columns)


def texts_of(lake: Lake, shard: str, doc_ids: pl.Series) -> pl.Series:
    """Return the cleaned texts (String) of some documents of a shard, in that order; empty where null."""
    rows = lake.read("clean_documents", shard, ["doc_id", "text"])
    wanted = pl.DataFrame({"doc_id": doc_ids})
    found = wanted.join(rows, on="doc_id", how="left", maintain_order="left")["text"]
    return compact(found.cast(pl.String).fill_null(""))
