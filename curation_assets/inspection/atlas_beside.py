"""What embedding-atlas is given beside the points: which points are neighbours, and the names of regions."""

import json
from pathlib import Path

import polars as pl

from curation_assets.inspection.querying.tables import read_tables
from resources.lake import Lake

NEIGHBOURS = "neighbours"
NEIGHBOURS_TYPE = pl.Struct({"ids": pl.List(pl.Int64), "distances": pl.List(pl.Float64)})
LABELS_SCHEMA = pl.Schema({"x": pl.Float64, "y": pl.Float64, "text": pl.String, "priority": pl.Int64})
MOST_WORDS = 3


def with_neighbours(lake: Lake, points: pl.DataFrame) -> pl.DataFrame:
    """Return the points with the neighbours that the lake knows, where the asset ``neighbours`` is on.

    A point's neighbours are positions of rows of the same table, the most similar first, with their cosine
    distances; those that are not among the points are left out. Without any the table stays as it is.
    """
    known = read_tables(lake, {NEIGHBOURS}).get(NEIGHBOURS)
    rows = points.select("id").with_row_index("row").unique("id", keep="first")
    found = [_of_shard(path, rows) for path in (known.files if known else ())]
    listed = pl.concat(found) if found else pl.DataFrame()
    if listed.is_empty():
        return points
    ordered = listed.sort("row", "distance", "other")
    grouped = ordered.group_by("row").agg(ids=pl.col("other"), distances=pl.col("distance"))
    column = grouped.select("row", pl.struct("ids", "distances").cast(NEIGHBOURS_TYPE).alias(NEIGHBOURS))
    empty = pl.lit({"ids": [], "distances": []}, dtype=NEIGHBOURS_TYPE)
    joined = points.with_row_index("row").join(column, on="row", how="left", maintain_order="left")
    return joined.with_columns(pl.col(NEIGHBOURS).fill_null(empty)).drop("row")


def _of_shard(path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """Return row, other and distance of each pair of points that a shard's table has."""
    read = pl.read_parquet(path, columns=["doc_id", NEIGHBOURS, "similarities"], glob=False)
    pairs = read.explode(NEIGHBOURS, "similarities").drop_nulls()
    others = rows.select(pl.col("id").alias(NEIGHBOURS), pl.col("row").alias("other"))
    joined = pairs.join(rows, left_on="doc_id", right_on="id").join(others, on=NEIGHBOURS)
    distance = 1.0 - pl.col("similarities").cast(pl.Float64)
    return joined.select(pl.col("row"), pl.col("other").cast(pl.Int64), distance.alias("distance"))


def topic_labels(lake: Lake, points: pl.DataFrame) -> pl.DataFrame:
    """Return a label for each topic with points (LABELS_SCHEMA): its first words, where its middle lies."""
    try:
        topics = json.loads((lake.root / "topics" / "topics.json").read_bytes())["topics"]
    except (OSError, ValueError, LookupError):
        return LABELS_SCHEMA.to_frame()
    words = pl.DataFrame(
        [(topic["topic"], ", ".join(topic["words"][:MOST_WORDS])) for topic in topics],
        schema={"topic": pl.Int32, "text": pl.String},
        orient="row",
    )
    middle = points.group_by("topic").agg(pl.col("x", "y").mean(), priority=pl.len().cast(pl.Int64))
    return middle.join(words, on="topic").sort("topic").select(LABELS_SCHEMA.names())
