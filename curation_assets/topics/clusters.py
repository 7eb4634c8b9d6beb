"""Topics and formats as learnt from a sample, and which are a document's."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.rounding import round_significant
from curation_assets.topics.config import TopicsConfig
from curation_assets.topics.structure import Features, Scale, Steps, learn_formats, nearest_formats
from curation_assets.vectors.cells import learn_centres, nearest_centres
from curation_assets.vectors.columns import finite_rows
from curation_assets.vectors.rounded import Rounded, rounded

LABEL_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "topic": pl.Int32(),
        "topic_similarity": pl.Float64(),
        "format": pl.Int32(),
    }
)
NONE = -1
DOCUMENTS_PER_CLUSTER = 10
"""Of the sample; a lake of less than so many times the wanted clusters has fewer of them."""


@dataclass(frozen=True)
class Assigned:
    """The clusters of documents [n]: NONE and NaN where there is no vector."""

    topic: NDArray[np.int32]
    similarity: NDArray[np.float64]
    format: NDArray[np.int32]


@dataclass(frozen=True)
class Clusters:
    """Centres of topics, int8 [topics, components], and of formats, int8 [formats, features], with a scale.

    Both are numbered from the largest of the sample to the smallest.
    """

    topics: Rounded
    formats: Steps
    scale: Scale

    @classmethod
    def learn(cls, vectors: Rounded, features: Features, config: TopicsConfig) -> "Clusters":
        """Learn from a sample in the order of its hashes; vectors and features need not be of the same
        documents."""
        topics = learn_centres(vectors, _at_most(config.count, len(vectors)), config.iterations)
        sizes = np.bincount(nearest_centres(vectors, topics)[0], minlength=len(topics))
        scale = Scale(features)
        formats = learn_formats(
            scale.steps(features), _at_most(config.formats, len(features)), config.iterations
        )
        return cls(topics[np.argsort(-sizes, kind="stable")], formats, scale)

    def assign(self, vectors: NDArray[np.floating[Any]], features: Features) -> Assigned:
        """Return the nearest topic of each vector [n, components], the cosine to its centre, and the format.

        Cosines have six significant bits (1.6 %): centres move a little with every document of a small lake.
        """
        topic, similarity = np.full(len(vectors), NONE, np.int32), np.full(len(vectors), np.nan)
        known = finite_rows(vectors)
        if known.any():
            topic[known], cosine = nearest_centres(rounded(vectors[known]), self.topics)
            similarity[known] = round_significant(cosine)
        return Assigned(topic, similarity, nearest_formats(self.scale.steps(features), self.formats))


def _at_most(wanted: int, documents: int) -> int:
    return max(1, min(wanted, documents // DOCUMENTS_PER_CLUSTER))


def label_table(names: pl.DataFrame, assigned: Assigned | None) -> pl.DataFrame:
    """Return LABEL_SCHEMA of documents (doc_id, shard), by doc_id; null for all where nothing is assigned."""
    table = names.select("doc_id", "shard").with_columns(topic=None, topic_similarity=None, format=None)
    if assigned is not None:
        topic = pl.Series(assigned.topic)
        table = table.with_columns(
            topic=pl.when(topic != NONE).then(topic),
            topic_similarity=pl.Series(assigned.similarity).fill_nan(None),
            format=pl.Series(assigned.format),
        )
    return table.cast(LABEL_SCHEMA).sort("doc_id").rechunk()
