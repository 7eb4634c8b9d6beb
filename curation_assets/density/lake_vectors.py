"""The vectors of the lake, shard by shard, and what is remembered of those that have been counted."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.density.counted import Find, Vectors, entries, unpack
from curation_assets.density.estimates import embedding_matrix
from curation_assets.density.sample import gathered, smallest
from curation_assets.stage import Previous
from resources.document_cache import DocumentCache
from resources.lake import Lake


def dimension_of(lake: Lake, shards: Sequence[str]) -> int:
    """Return the number of components of the lake's vectors; 1 for an empty lake."""
    paths = [lake.table_path("embeddings", shard) for shard in shards[:1]]
    return next((components(pl.read_parquet_schema(path)["embedding"]) for path in paths), 1)


def components(dtype: pl.DataType) -> int:
    return int(dtype.size) if isinstance(dtype, pl.Array) else 1


def matrix_of(frame: pl.DataFrame) -> NDArray[np.float32]:
    """Return the vectors of a table of embeddings: float32 [n, dimension]."""
    return embedding_matrix(frame["embedding"], components(frame.schema["embedding"])).astype(np.float32)


def vectors_of(lake: Lake, shard: str) -> tuple[list[bytes], Vectors]:
    """Return what is to be remembered of a shard's vectors, and the vectors [n, dimension]."""
    frame = lake.read("embeddings", shard, ["text_hash", "embedding"])
    vectors = matrix_of(frame)
    return entries(frame["text_hash"].to_list(), vectors), vectors


def sampled_texts(lake: Lake, shards: Sequence[str], size: int, seed: int) -> list[str]:
    """Return the texts of the sample, in the order of their numbers (``sample.py``)."""
    columns = (lake.read("embeddings", shard, ["text_hash"])["text_hash"] for shard in shards)
    return smallest(columns, size, seed)


def sampled_vectors(lake: Lake, shards: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the vectors of texts: float32 [n, dimension]."""
    frames = (lake.read("embeddings", shard, ["text_hash", "embedding"]) for shard in shards)
    parts = ((frame["text_hash"], matrix_of(frame)) for frame in frames if frame.height)
    return gathered(texts, parts, dimension_of(lake, shards))


def counted_path(shard: str) -> str:
    """Return where it is written which vectors of a shard have been counted (``counted.py``)."""
    return f"_index/density_sketch/{shard}.bin"


def counted_before(lake: Lake, shard: str, previous: Previous) -> list[bytes]:
    path = counted_path(shard)
    return unpack((lake.root / path).read_bytes()) if path in previous.record.files else []


def known_vectors(cache: DocumentCache, lake: Lake, shards: Sequence[str]) -> Find:
    """Return a function that finds vectors in the document cache, float32, as the tables have them."""
    records = (lake.record("embeddings", shard) for shard in shards)
    model = next((record.inputs.get("external", "") for record in records if record), "")
    schemas = (pl.read_parquet_schema(lake.table_path("embeddings", shard)) for shard in shards[:1])
    half = any(getattr(schema["embedding"], "inner", None) == pl.Float16 for schema in schemas)
    stored = np.float16 if half else np.float32

    def find(text_hashes: Sequence[str]) -> dict[str, bytes]:
        found = cache.get(model, text_hashes)
        return {
            key: np.frombuffer(data, np.float32).astype(stored).astype(np.float32).tobytes()
            for key, data in found.items()
        }

    return find
