"""Builds embeddings for the documents that survived cleaning and deduplication."""

import contextlib
import functools
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.charts.plots import pca_2d, scatter_map
from curation_assets.counting import count_verdicts
from curation_assets.embeddings.config import EmbeddingsConfig
from curation_assets.progress import Progress
from curation_assets.stage import Built, Plot, ShardStage
from curation_assets.survivors import surviving_ids, survivors
from curation_assets.text.embedder import Embedder, load_embedder
from curation_assets.workplace import Workplace
from resources.document_cache import compute_missing
from resources.models import resolve_model
from resources.records import Counts

_MOST_MAPPED = 3_000
_STORED = {"float32": (np.float32, pl.Float32), "float16": (np.float16, pl.Float16)}
"""Of the table; the cache has float32 always, so that another storage embeds nothing anew."""


@functools.lru_cache(maxsize=2)
def _embedder(config_json: str) -> Embedder:
    """Load an embedder once a process, whatever the number of shards."""
    return load_embedder(EmbeddingsConfig.model_validate_json(config_json))


def build(workplace: Workplace, shard: str, progress: Progress) -> Built:
    lake = workplace.lake
    documents = survivors(lake, shard, ["doc_id", "shard", "text_hash", "language"])
    languages = documents.drop_in_place("language").fill_null("unknown").to_numpy()
    keys = documents["text_hash"].to_list()
    texts = functools.cache(lambda: dict(survivors(lake, shard, ["text_hash", "text"]).iter_rows()))
    embedder = _embedder(workplace.config.embeddings.model_dump_json())
    with contextlib.closing(lake.cache()) as cache:
        vectors, embedded = compute_missing(
            cache, embedder.fingerprint, keys, texts, embedder.embed, progress, dtype=np.float32
        )
    matrix = vectors.reshape(len(keys), -1) if keys else np.empty((0, _dimensions(workplace)), np.float32)
    dimensions = matrix.shape[1]
    stored, dtype = _STORED[workplace.config.embeddings.storage]
    column = pl.Series(matrix.astype(stored), dtype=pl.Array(dtype, dimensions))
    frame = documents.with_columns(embedding=column)
    return Built(
        tables={"embeddings": frame},
        figures={
            "model": embedder.fingerprint,
            "dimensions": dimensions,
            "documents_embedded_anew": len(embedded),
        },
        plots={"map by language": _mapped(matrix, languages)} if len(keys) > 2 else {},
        bytes_in=sum(len(texts()[key].encode()) for key in embedded),
    )


def _mapped(vectors: NDArray[Any], languages: NDArray[Any]) -> Plot:
    """Return the picture of some of the vectors: it goes to another process before it is drawn."""
    every = slice(None, None, -(-len(vectors) // _MOST_MAPPED))
    return partial(_map, vectors[every].copy(), languages[every].copy())


def _map(vectors: NDArray[Any], languages: NDArray[Any]) -> bytes:
    return scatter_map(pca_2d(vectors), languages.astype(str), "Embeddings (PCA)", "language")


def _dimensions(workplace: Workplace) -> int:
    """Return the length of a vector where there is none to look at, if possible without the model."""
    config = workplace.config.embeddings
    declared = _declared_dimensions(resolve_model(config.model, "embedding"))
    return declared or _embedder(config.model_dump_json()).dimensions


def _declared_dimensions(folder: Path) -> int | None:
    """Return what the pooling of a sentence-transformers model gives, or None for other kinds of models."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        modules = json.loads((folder / "modules.json").read_bytes())
        names = [str(module["type"]).rpartition(".")[2] for module in modules]
        if names in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            pooling = json.loads((folder / modules[1]["path"] / "config.json").read_bytes())
            return _pooled(pooling)
    return None


def _pooled(pooling: Mapping[str, object]) -> int | None:
    """Return the dimension of a token if it is that of the pooled vector, too: with one way of pooling."""
    old = [value for name, value in pooling.items() if name.startswith("pooling_mode_")]
    once = isinstance(pooling["pooling_mode"], str) if "pooling_mode" in pooling else sum(map(bool, old)) == 1
    dimension = pooling.get("embedding_dimension", pooling.get("word_embedding_dimension"))
    return dimension if once and isinstance(dimension, int) else None


def count(workplace: Workplace, shard: str) -> Counts:
    return count_verdicts(workplace.lake, "embeddings", shard, surviving_ids(workplace.lake, shard))


def settings(workplace: Workplace) -> EmbeddingsConfig:
    return workplace.config.embeddings


def external(workplace: Workplace, _shard: str) -> str:
    return _embedder(workplace.config.embeddings.model_dump_json()).fingerprint


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "text_hash": "hash of the cleaned text, on which alone the vector depends",
    "embedding": "unit vector, float32 or float16 (embeddings.storage)",
}

EMBEDDINGS = ShardStage(
    name="embeddings",
    reads=("clean_documents", "passage_labels"),
    version="3",
    settings=settings,
    build=build,
    count=count,
    external=external,
    requires=lambda workplace: external(workplace, ""),
    tables=("embeddings",),
    heavy=True,
    columns=COLUMNS,
)
