"""Learns topics and formats over all shards, and labels every document with its own."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.charts.plots import bars
from curation_assets.columns import OnDemand
from curation_assets.counting import count_survivors
from curation_assets.progress import Progress
from curation_assets.stage import BuiltLabels, LakeStage
from curation_assets.survivors import surviving_ids, survivors
from curation_assets.topics.clusters import Assigned, Clusters, label_table
from curation_assets.topics.config import TopicsConfig
from curation_assets.topics.structure import COLUMNS as MEASURED
from curation_assets.topics.structure import FEATURES, Features, features
from curation_assets.topics.summary import Tally
from curation_assets.topics.words import MOST_CHARACTERS
from curation_assets.vectors.columns import finite_rows, matrix
from curation_assets.vectors.rounded import rounded
from curation_assets.vectors.sample import Sample, draws
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import Counts

SUMMARY = "topics/topics.json"


def settings(workplace: Workplace) -> TopicsConfig:
    return workplace.config.topics


def build(workplace: Workplace, shards: Sequence[str], progress: Progress) -> BuiltLabels:
    """Learn from the documents of the smallest hashes, then place all; a shard at a time is in memory.

    A function of the set of documents: sums are of whole numbers, so the order of shards does not matter.
    """
    lake, config = workplace.lake, workplace.config.topics
    if not config.enabled:
        return BuiltLabels(
            labels=OnDemand(shards, lambda shard: label_table(_names(lake, shard), None)),
            figures={"topics": 0, "formats": 0},
        )
    clusters = _learn(lake, shards, config)
    tally = Tally(len(clusters.formats), config.documents_for_words)
    found: dict[str, Assigned] = {}
    for shard in shards:
        documents, vectors, measured = _read(lake, shard)
        found[shard] = clusters.assign(vectors, measured)
        tally.add(documents, draws(config.seed, documents["doc_id"].to_list()), found[shard], measured)
        progress(documents.height)
    summary = tally.summary(_texts(lake, tally.chosen()))
    return BuiltLabels(
        labels=OnDemand(shards, lambda shard: label_table(_names(lake, shard), found[shard])),
        files={SUMMARY: (json.dumps(summary, indent=1, ensure_ascii=False) + "\n").encode()},
        figures=_figures(tally),
        plots={"documents by topic": partial(_plot, tally.topics, summary)},
    )


def _learn(lake: Lake, shards: Sequence[str], config: TopicsConfig) -> Clusters:
    vectors, looks = Sample(config.sample), Sample(config.sample)
    for shard in shards:
        documents, embedded, measured = _read(lake, shard)
        drawn = draws(config.seed, documents["doc_id"].to_list())
        known = finite_rows(embedded)
        if known.any():  # without a vector a column of lists does not say how long they are
            vectors.add(documents.filter(pl.Series(known)), drawn[known], rounded(embedded[known]))
        looks.add(documents, drawn, measured)
    return Clusters.learn(vectors.rows(), looks.rows().reshape(-1, len(FEATURES)), config)


def _names(lake: Lake, shard: str) -> pl.DataFrame:
    """Return doc_id and shard of the documents that are left, by doc_id."""
    return surviving_ids(lake, shard).to_frame().sort("doc_id").with_columns(shard=pl.lit(shard))


def _read(lake: Lake, shard: str) -> tuple[pl.DataFrame, NDArray[np.floating], Features]:
    """Return the documents (doc_id, shard, language, source) of a shard, their vectors and features."""
    table = lake.read("embeddings", shard, ["doc_id", "embedding"])
    rows = lake.read("clean_documents", shard, ["doc_id", "language", "source", *MEASURED])
    joined = _names(lake, shard).join(table, on="doc_id", how="left", maintain_order="left")
    joined = joined.join(rows, on="doc_id", how="left", maintain_order="left")
    documents = joined.select("doc_id", "shard", "language", "source")
    return documents, matrix(joined["embedding"]), features(joined.select(MEASURED))


def _texts(lake: Lake, chosen: pl.DataFrame) -> dict[int, list[str]]:
    """Return the beginnings of the texts of documents (topic, doc_id, shard) by topic."""
    found: dict[int, list[str]] = defaultdict(list)
    for (shard,), some in sorted(chosen.partition_by("shard", as_dict=True).items()):
        rows = survivors(lake, str(shard), ["doc_id", "text"])
        begun = rows.with_columns(pl.col("text").str.slice(0, MOST_CHARACTERS))
        for topic, text in some.join(begun, on="doc_id").select("topic", "text").iter_rows():
            found[topic].append(text or "")
    return found


def _figures(tally: Tally) -> dict[str, int]:
    sizes, shapes = tally.topics.values(), tally.formats.values()
    return {
        "topics": len(sizes),
        "largest_topic": max(sizes, default=0),
        "smallest_topic": min(sizes, default=0),
        "formats": len(shapes),
        "largest_format": max(shapes, default=0),
        "without_vector": tally.without_vector,
    }


def _plot(sizes: Counter[int], summary: dict[str, object]) -> bytes:
    topics: list[dict[str, list[str]]] = summary["topics"]  # type: ignore[assignment]
    words = {str(topic["topic"]): ", ".join(topic["words"][:3]) for topic in topics}
    named = {f"{topic} {words[str(topic)]}": count for topic, count in sizes.items()}
    return bars(named, "Documents by topic", "documents")


def count(workplace: Workplace, shards: Sequence[str]) -> Counts:
    return count_survivors(workplace.lake, "topics", shards)


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "topic": "number of the k-means cell of its vector, 0 the largest of the sample; null without a vector",
    "topic_similarity": "cosine to the centre of the cell, to six significant bits (1.6 %)",
    "format": "number of the k-means cell of what the text looks like, 0 the largest of the sample",
}

TOPICS = LakeStage(
    name="topics",
    reads=("clean_documents", "embeddings", "passage_labels"),
    version="1",
    settings=settings,
    build=build,
    count=count,
    labels="topic_labels",
    label_table="topics",
    columns=COLUMNS,
)
