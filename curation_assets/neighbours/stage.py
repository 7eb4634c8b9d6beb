"""Builds the neighbours of the documents of a lake."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import polars as pl

from curation_assets.charts.plots import histogram
from curation_assets.counting import count_survivors
from curation_assets.neighbours.config import NeighboursConfig
from curation_assets.neighbours.labels import by_shard, label_table, no_neighbours
from curation_assets.neighbours.search import compares_all, nearest
from curation_assets.progress import Progress
from curation_assets.stage import BuiltLabels, LakeStage
from curation_assets.survivors import surviving_ids
from curation_assets.vectors.reading import read_vectors
from curation_assets.workplace import Workplace
from resources.records import Counts


def settings(workplace: Workplace) -> NeighboursConfig:
    return workplace.config.neighbours


def build(workplace: Workplace, shards: Sequence[str], progress: Progress) -> BuiltLabels:
    """Compare all documents; nothing is carried over from one build to the next.

    A document that comes can be a neighbour of any other one, and one that goes leaves a gap in many lists.
    """
    lake, config = workplace.lake, workplace.config.neighbours
    if not config.enabled:
        labels = {}
        for shard in shards:
            ids = surviving_ids(lake, shard).sort().to_frame()
            labels[shard] = no_neighbours(ids.with_columns(shard=pl.lit(shard)))
            progress(ids.height)
        return BuiltLabels(labels=labels, figures={"neighbours": 0})
    names, vectors = read_vectors(lake, shards)
    found = nearest(vectors, config.count, config.exact_up_to, config.seed, progress)
    table = label_table(names, found)
    first = found.similarities[:, 0] if found.rows.shape[1] else found.similarities.ravel()
    exact = compares_all(len(vectors), config.count, config.exact_up_to)
    return BuiltLabels(
        labels=by_shard(table, shards),
        figures={
            "neighbours": int((found.rows >= 0).sum()),
            "search": "exact" if exact else "pynndescent",
            "median_nearest_similarity": float(np.median(first)) if len(first) else 0.0,
        },
        plots={"nearest neighbour": partial(histogram, first, "Nearest neighbours", "cosine")},
    )


def count(workplace: Workplace, shards: Sequence[str]) -> Counts:
    return count_survivors(workplace.lake, "neighbours", shards)


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "neighbours": "doc_ids of the most similar documents, the most similar first; empty when switched off",
    "similarities": "cosines to them, exact to the rounding of the vectors",
}

NEIGHBOURS = LakeStage(
    name="neighbours",
    reads=("embeddings", "passage_labels"),
    version="1",
    settings=settings,
    build=build,
    count=count,
    labels="neighbour_labels",
    label_table="neighbours",
    columns=COLUMNS,
)
