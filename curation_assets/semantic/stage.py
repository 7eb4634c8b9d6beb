"""Builds the labels of semantic duplicates over all shards."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import polars as pl

from curation_assets.charts.plots import histogram
from curation_assets.counting import count_survivors
from curation_assets.progress import Progress
from curation_assets.semantic.config import SemanticConfig
from curation_assets.semantic.labels import Documents, all_kept, by_shard, semantic_duplicates
from curation_assets.stage import BuiltLabels, LakeStage
from curation_assets.survivors import surviving_ids
from curation_assets.vectors.rounded import rounded
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import Counts


def settings(workplace: Workplace) -> SemanticConfig:
    return workplace.config.semantic


def build(workplace: Workplace, shards: Sequence[str], progress: Progress) -> BuiltLabels:
    """Compare all documents of each cell; nothing is carried over from one build to the next.

    Centres are learnt from the lake as it is, and all documents are placed anew: that is exact arithmetic on
    one byte a component, far less than what embedding cost.
    """
    lake, config = workplace.lake, workplace.config.semantic
    if not config.enabled:
        labels = {shard: _all_kept(lake, shard, progress) for shard in shards}
        return BuiltLabels(labels=labels, figures={"semantic_duplicates": 0})
    documents = _documents(lake, shards)
    labelled = semantic_duplicates(documents, config, progress)
    gone = labelled.filter(~pl.col("kept"))
    return BuiltLabels(
        labels=by_shard(labelled, shards),
        figures={
            "semantic_duplicates": gone.height,
            "cells": labelled["cell"].n_unique(),
            "largest_cell": int(labelled["cell"].value_counts()["count"].max() or 0),  # type: ignore[arg-type]
        },
        plots={
            "similarity of semantic duplicates": partial(
                histogram, gone["similarity"].to_numpy(), "Semantic duplicates", "cosine to what stays"
            )
        },
    )


def _all_kept(lake: Lake, shard: str, progress: Progress) -> pl.DataFrame:
    names = surviving_ids(lake, shard).to_frame().with_columns(shard=pl.lit(shard))
    progress(names.height)
    return all_kept(names).sort("doc_id").rechunk()


def _documents(lake: Lake, shards: Sequence[str]) -> Documents:
    parts = [pl.DataFrame(schema={"doc_id": pl.String, "shard": pl.String, "quality": pl.Float64})]
    vectors = []
    for shard in shards:
        table = lake.read("embeddings", shard, ["doc_id", "shard", "embedding"])
        scores = lake.read("quality_scores", shard, ["doc_id", "quality"])
        parts.append(
            table.select("doc_id", "shard").join(scores, on="doc_id", how="left", maintain_order="left")
        )
        if table.height:
            vectors.append(rounded(table["embedding"].to_numpy()))
    rows = pl.concat(parts)
    order = rows.select(place=pl.arg_sort_by("doc_id", "shard"))["place"]
    matrix = np.concatenate(vectors)[order.to_numpy()] if vectors else np.empty((0, 1), np.int8)
    in_order = rows[order]
    return Documents(in_order.select("doc_id", "shard"), matrix, in_order["quality"].to_numpy())


def count(workplace: Workplace, shards: Sequence[str]) -> Counts:
    return count_survivors(workplace.lake, "semantic_duplicates", shards, reason="drop_reason")


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "cell": "number of the k-means cell; null where documents are not compared",
    "centre_similarity": "cosine to the centre of the cell",
    "representative": "doc_id of the document that stays instead",
    "similarity": "cosine to it",
    "nearest_similarity": "largest cosine to a preferred document of the cell, whatever became of that",
    "prototype_similarity": "cosine to the centre once what stays is clustered again (D4); null for the rest",
    "kept": "whether the document stays",
    "drop_reason": "semantic_duplicate",
}

SEMANTIC_DUPLICATES = LakeStage(
    name="semantic_duplicates",
    reads=("embeddings", "quality_scores", "passage_labels"),
    version="2",
    settings=settings,
    build=build,
    count=count,
    labels="semantic_labels",
    label_table="semantic_duplicates",
    columns=COLUMNS,
)
