"""Texts of a lake that would teach a scorer most if somebody labelled them."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from curation_assets.quality.student.picking import pick_next
from curation_assets.survivors import survivors
from resources.lake import Lake

AMONG = 20_000
"""Documents that are looked at: time and memory grow with them."""


def texts_to_label(
    lake: Lake, column: str, threshold: float, count: int, labelled: Path | None = None, among: int = AMONG
) -> Iterator[dict[str, object]]:
    """Return documents to label next, the most telling first: doc_id, shard, score, text.

    They are picked by their score's nearness to a threshold and by their distance to all that is labelled or
    picked (``student.picking``), among the ``among`` documents with the smallest doc_id.

    Args:
        labelled: JSON lines with doc_id, of documents that have a label already.

    Raises:
        LookupError: the lake has no scores and embeddings, or not that column.
        ValueError: ``labelled`` has a line without doc_id.
        OSError: it cannot be read.
    """
    rows = _documents(lake, column, among)
    known = _labelled_ids(labelled)
    there = rows["doc_id"].is_in(known).arg_true().to_list()
    picked = pick_next(
        rows["score"].to_numpy(),
        rows["embedding"].to_numpy().astype(np.float32),  # float16 may be what is stored
        count,
        there,
        threshold=threshold,
        ids=rows["doc_id"].to_list(),
    )
    for row in rows[picked].drop("embedding").iter_rows(named=True):
        text = survivors(lake, row["shard"], ["doc_id", "text"]).filter(pl.col("doc_id") == row["doc_id"])
        yield {**row, "text": text["text"].item()}


def _documents(lake: Lake, column: str, among: int) -> pl.DataFrame:
    parts = []
    for shard in sorted(
        set(lake.recorded_shards("quality_scores")) & set(lake.recorded_shards("embeddings"))
    ):
        scores = lake.read("quality_scores", shard)
        if column not in scores.columns:
            raise LookupError(f"quality_scores has no column {column!r}, but {', '.join(scores.columns)}")
        scores = scores.select("doc_id", "shard", score=pl.col(column)).filter(pl.col("score").is_finite())
        vectors = lake.read("embeddings", shard, ["doc_id", "embedding"])
        parts.append(scores.join(vectors, on="doc_id", maintain_order="left"))
        if sum(part.height for part in parts) > 2 * among:
            parts = [pl.concat(parts).sort("doc_id", "shard").head(among)]
    if not parts:
        raise LookupError("the lake has no scores and embeddings yet: curate run makes them")
    return pl.concat(parts).unique("doc_id", keep="first").sort("doc_id").head(among)


def _labelled_ids(path: Path | None) -> list[str]:
    if path is None:
        return []
    ids = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                ids.append(str(json.loads(line)["doc_id"]))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: not an object with doc_id") from error
    return ids
