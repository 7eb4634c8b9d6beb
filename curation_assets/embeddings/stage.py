"""Builds embeddings for the documents that survived cleaning and deduplication."""

import functools

import numpy as np
import polars as pl

from curation_assets.counting import count_verdicts
from curation_assets.embeddings.config import EmbeddingsConfig
from curation_assets.embeddings.embed import Embedder, load_embedder
from curation_assets.progress import Progress
from curation_assets.stage import Built, ShardStage
from curation_assets.survivors import surviving_ids, survivors
from curation_assets.workplace import Workplace
from resources.document_cache import compute_missing
from resources.records import Counts


@functools.lru_cache(maxsize=2)
def _embedder(config_json: str) -> Embedder:
    """Load an embedder once a process, whatever the number of shards."""
    return load_embedder(EmbeddingsConfig.model_validate_json(config_json))


def build(workplace: Workplace, shard: str, progress: Progress) -> Built:
    documents = survivors(workplace.lake, shard, ["doc_id", "shard", "text", "text_hash"])
    texts, keys = documents["text"].to_list(), documents["text_hash"].to_list()
    embedder = _embedder(workplace.config.embeddings.model_dump_json())
    cache = workplace.lake.cache()
    vectors, computed = compute_missing(
        cache, embedder.fingerprint, keys, texts, embedder.embed, progress, dtype=np.float32
    )
    cache.close()
    matrix = vectors.reshape(len(texts), embedder.dimensions)
    dtype = pl.Array(pl.Float32, embedder.dimensions)
    frame = documents.select("doc_id", "shard").with_columns(embedding=pl.Series(matrix, dtype=dtype))
    return Built(
        tables={"embeddings": frame},
        figures={
            "model": embedder.fingerprint,
            "dimensions": embedder.dimensions,
            "documents_embedded_anew": computed,
        },
        bytes_in=int(documents["text"].str.len_bytes().sum()),
    )


def count(workplace: Workplace, shard: str) -> Counts:
    return count_verdicts(workplace.lake, "embeddings", shard, surviving_ids(workplace.lake, shard))


def settings(workplace: Workplace) -> EmbeddingsConfig:
    return workplace.config.embeddings


def external(workplace: Workplace, _shard: str) -> str:
    return _embedder(workplace.config.embeddings.model_dump_json()).fingerprint


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "embedding": "unit vector",
}

EMBEDDINGS = ShardStage(
    name="embeddings",
    reads=("clean_documents", "dedup_labels"),
    version="1",
    settings=settings,
    build=build,
    count=count,
    external=external,
    tables=("embeddings",),
    heavy=True,
    columns=COLUMNS,
)
