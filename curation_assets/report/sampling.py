"""The documents that a report shows: the same ones for the same lake, whatever the order of its shards.

A doc_id is a hash of its document, so the smallest of them are a random sample. Of a lake of many shards
only some are looked into, those whose names have the smallest hashes: a sample by shards (clusters, in the
language of surveys), which may differ from the whole where a shard holds one source only.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.report.counting import rows_of
from curation_assets.text.hashing import content_hash
from resources.lake import Lake

MOST_SHARDS = 64
MOST_POINTS = 3_000
POINT_LETTERS, EXAMPLE_LETTERS = 120, 400
MOST_REASONS, EACH = 16, 2
KEPT_EXAMPLES = 6
_NOT_SCORES = ("doc_id", "shard", "tokens", "bytes", "quality")


def sampled_shards(shards: Sequence[str], most: int = MOST_SHARDS) -> list[str]:
    """Return the shards that are looked into, sorted: all, or those whose names have the smallest hashes."""
    return sorted(sorted(shards, key=lambda shard: (content_hash(shard), shard))[:most])


def sampled_points(
    lake: Lake, shards: Sequence[str], most: int = MOST_POINTS
) -> tuple[pl.DataFrame, NDArray[np.float32]]:
    """Return documents with an embedding, by doc_id and shard, and their vectors, float32 [n, d].

    Columns: those of ``rows_of``, ``shard``, ``text`` (its beginning) and the columns of quality_scores.
    """
    chosen = pl.DataFrame(schema={"doc_id": pl.String, "shard": pl.String})
    for shard in shards:
        ids = lake.read("embeddings", shard, ["doc_id"]).with_columns(shard=pl.lit(shard))
        chosen = pl.concat([chosen, ids]).sort("doc_id", "shard").head(most)
    parts, vectors = [], []
    for shard in shards:
        wanted = chosen.filter(pl.col("shard") == shard)
        if not wanted.height:
            continue
        scores = _found(lake, "quality_scores", shard, wanted["doc_id"]).drop("quality", "shard", "tokens")
        embedding = _found(lake, "embeddings", shard, wanted["doc_id"])
        frame = wanted.join(rows_of(lake, shard), "doc_id", how="left", maintain_order="left")
        frame = frame.join(scores, "doc_id", how="left", maintain_order="left")
        frame = frame.join(beginnings(lake, wanted), ["doc_id", "shard"], how="left", maintain_order="left")
        ordered = wanted.select("doc_id").join(embedding, "doc_id", how="left", maintain_order="left")
        parts.append(frame)
        vectors.append(np.stack(ordered["embedding"].to_list()).astype(np.float32))
    if not parts:
        return pl.DataFrame(schema={"doc_id": pl.String}), np.empty((0, 1), np.float32)
    whole = pl.concat(parts, how="diagonal").with_row_index("place").sort("doc_id", "shard")
    return whole.drop("place"), np.concatenate(vectors)[whole["place"].to_numpy()]


def scorer_names(points: pl.DataFrame, known: Sequence[str]) -> list[str]:
    """Return the columns of points that hold scores: numbers of quality_scores that are not amounts."""
    return [
        name
        for name in known
        if name not in _NOT_SCORES and name in points.columns and points.schema[name].is_float()
    ]


def sampled_examples(lake: Lake, shards: Sequence[str]) -> pl.DataFrame:
    """Return documents to look at: some that were kept, some of each of the commonest reasons, with texts."""
    columns = ["doc_id", "stage", "reason", "decided_by", "source", "language", "quality"]
    found, counted = [], []
    for shard in shards:
        part = rows_of(lake, shard).select(*columns, shard=pl.lit(shard))
        counted.append(part.group_by("stage", "reason").len())
        first = part.sort("doc_id").group_by("stage", "reason", maintain_order=True).head(KEPT_EXAMPLES)
        found.append(first)
    if not found:
        return pl.DataFrame()
    rows, counts = pl.concat(found), pl.concat(counted)
    common = (
        counts.group_by("stage", "reason")
        .agg(pl.col("len").sum())
        .filter(pl.col("stage").is_not_null())
        .sort(["len", "stage", "reason"], descending=[True, False, False])
        .head(MOST_REASONS)
        .with_row_index("order")
    )
    ordered = rows.sort("doc_id", "shard")
    kept = ordered.filter(pl.col("stage").is_null()).head(KEPT_EXAMPLES).with_columns(order=pl.lit(-1))
    dropped = ordered.join(common.drop("len"), on=["stage", "reason"], maintain_order="left")
    dropped = dropped.group_by("order", maintain_order=True).head(EACH).sort("order", maintain_order=True)
    chosen = pl.concat([kept, dropped.select(kept.columns).cast({"order": pl.Int32})])
    texts = beginnings(lake, chosen.select("doc_id", "shard"))
    return chosen.join(texts, ["doc_id", "shard"], how="left", maintain_order="left")


def beginnings(lake: Lake, wanted: pl.DataFrame) -> pl.DataFrame:
    """Return doc_id, shard, text (its first letters, one more than are shown) of rows (doc_id, shard)."""
    schema = {"doc_id": pl.String, "shard": pl.String, "text": pl.String}
    parts = [pl.DataFrame(schema=schema)]
    for (shard,), rows in wanted.group_by("shard", maintain_order=True):
        found = _found(lake, "clean_documents", str(shard), rows["doc_id"], ["doc_id", "text"])
        text = pl.col("text").str.slice(0, EXAMPLE_LETTERS + 1).fill_null("")
        parts.append(found.select("doc_id", shard=pl.lit(str(shard)), text=text))
    return pl.concat(parts)


def _found(
    lake: Lake, table: str, shard: str, doc_ids: pl.Series, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return some rows of a shard; the streaming engine decodes large columns of those rows only."""
    rows = pl.scan_parquet(lake.table_path(table, shard), glob=False)
    rows = rows.filter(pl.col("doc_id").is_in(doc_ids.implode()))
    return (rows.select(columns) if columns else rows).collect(engine="streaming")
