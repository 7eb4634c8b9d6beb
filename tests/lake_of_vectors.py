"""Tables of a lake with made-up vectors, for tests of stages that look at the vectors of all shards."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.cleaning.schema import CLEAN_SCHEMA
from curation_assets.config import Config
from curation_assets.stage import BuiltLabels, LakeStage
from curation_assets.workplace import Workplace
from resources.lake import Lake

Vectors = NDArray[np.floating]


def unit(vectors: Vectors) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def planted(
    sizes: Sequence[int], components: int, noise: float, seed: int
) -> tuple[Vectors, NDArray[np.int64]]:
    """Return unit vectors around as many directions, ``noise`` off on average, and the cluster of each."""
    random = np.random.default_rng(seed)
    centres = unit(random.normal(size=(len(sizes), components)))
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    off = random.normal(size=(len(cluster), components)) * noise / np.sqrt(components)
    return unit(centres[cluster] + off), cluster


class LakeOfVectors:
    """A lake of documents that all survived, with the tables that come before topics and outliers."""

    def __init__(self, root: Path, config: Config) -> None:
        self.workplace = Workplace(root, Lake(root), config)

    def write(self, shard: str, documents: pl.DataFrame, vectors: Vectors | Sequence[object]) -> None:
        """Write a shard of documents (doc_id, and any columns of the tables).

        ``vectors`` may hold None; without a column of its own every value is an ordinary one.
        """
        lake, ids = self.workplace.lake, documents.select("doc_id", shard=pl.lit(shard))
        lake.write("repeated_passages", shard, _with(ids, documents, kept=True, text=None, text_hash=None))
        values = {"source": "web", "language": "en", "text": "some text", "characters": 9}
        clean = _with(ids, documents, **values, **MEASURED)
        lake.write(
            "clean_documents", shard, clean.select(pl.col(n).cast(CLEAN_SCHEMA[n]) for n in clean.columns)
        )
        lake.write("quality_scores", shard, _with(ids, documents, quality=0.5))
        lake.write("density_estimates", shard, _with(ids, documents, density=0.5))
        size = next((len(vector) for vector in vectors if vector is not None), 8)  # type: ignore[arg-type]
        rows = [None if vector is None else list(vector) for vector in vectors]  # type: ignore[call-overload]
        column = pl.Series("embedding", rows, pl.Array(pl.Float32, size))
        lake.write("embeddings", shard, ids.with_columns(column))

    def build(self, stage: LakeStage, shards: Sequence[str]) -> BuiltLabels:
        built = stage.build(self.workplace, shards, lambda _documents: None)
        assert isinstance(built, BuiltLabels)
        for shard in shards:
            self.workplace.lake.write(stage.label_table, shard, built.labels[shard])
        return built


MEASURED: Mapping[str, object] = {
    "gopher_words": 100,
    "gopher_bullet_lines": 0.0,
    "gopher_alphabetic_words": 0.95,
    "c4_sentences": 8,
    "c4_curly_brackets": 0,
    "fineweb_terminal_lines": 0.9,
    "fineweb_short_lines": 0.1,
    "fineweb_line_breaks_per_word": 0.05,
}


def _with(ids: pl.DataFrame, documents: pl.DataFrame, **ordinary: object) -> pl.DataFrame:
    """Return doc_id, shard, and columns of the documents or of ordinary values."""
    return ids.with_columns(
        documents[name] if name in documents.columns else pl.lit(value).alias(name)
        for name, value in ordinary.items()
    )
