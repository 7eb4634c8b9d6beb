"""Builds the density sketch of the lake, and reads every document's density from it."""

from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.charts.plots import histogram, pca_2d, scatter_map
from curation_assets.counting import count_verdicts
from curation_assets.density.config import DensityConfig
from curation_assets.density.counted import Vectors, difference, entries, unpack
from curation_assets.density.estimates import density_estimates, embedding_matrix
from curation_assets.density.sketch import Sketch, SketchParams, Tally
from curation_assets.progress import Progress
from curation_assets.stage import Built, LakeStage, Plot, Previous, ShardStage
from curation_assets.survivors import surviving_ids
from curation_assets.workplace import Workplace
from resources.document_cache import DocumentCache
from resources.lake import WHOLE_LAKE, Lake
from resources.records import Counts


def settings(workplace: Workplace) -> DensityConfig:
    return workplace.config.density


def build_sketch(workplace: Workplace, shards: Sequence[str], progress: Progress) -> Built:
    tally = Tally(Sketch.empty(_params(workplace, shards)))
    files = {}
    for shard in shards:
        counted, vectors = _vectors(workplace.lake, shard)
        tally.add(vectors)
        files[_counted_path(shard)] = b"".join(counted)
        progress(len(vectors))
    return _built(tally, files)


def update_sketch(
    workplace: Workplace, shards: Sequence[str], previous: Previous, progress: Progress
) -> Built | None:
    """Take out the vectors that left and count those that came, unless that is more work than a build.

    None, too, where a vector that left is not in the document cache any more.
    """
    lake = workplace.lake
    sketch = Sketch.from_frame(lake.read("density_sketch", WHOLE_LAKE))
    if sketch.params != _params(workplace, shards):
        return None
    tally, files = Tally(sketch), {}
    cache = lake.cache()
    try:
        for shard in sorted(previous.changed | previous.gone):
            there = shard not in previous.gone
            before = _counted_before(lake, shard, previous)
            now, vectors = _vectors(lake, shard) if there else ([], _no_vectors(sketch.params))
            found = difference(before, now, vectors, partial(_cached, cache, *_made_by(lake, shards)))
            if found is None or tally.hashed + len(found.gained) + len(found.lost) > sketch.documents:
                return None
            tally.add(found.gained)
            tally.remove(found.lost)
            if there:
                files[_counted_path(shard)] = b"".join(now)
            progress(len(now))
    finally:
        cache.close()
    return _built(tally, files, [_counted_path(shard) for shard in shards if shard not in previous.changed])


def _built(tally: Tally, files: dict[str, bytes], keeps: Sequence[str] = ()) -> Built:
    sketch = tally.sketch()
    return Built(
        tables={"density_sketch": sketch.to_frame()},
        files=files,
        keeps=keeps,
        figures={
            "documents": sketch.documents,
            "mean_density": sketch.mean_density if sketch.documents else 0.0,
            "vectors_hashed": tally.hashed,
        },
    )


def _params(workplace: Workplace, shards: Sequence[str]) -> SketchParams:
    """Return the parameters of the sketch of the lake's vectors; with one component for an empty lake."""
    paths = [workplace.lake.table_path("embeddings", shard) for shard in shards[:1]]
    dimensions = [_dimension(pl.read_parquet_schema(path)["embedding"]) for path in paths]
    return workplace.config.density.sketch_params(*dimensions or [1])


def _dimension(dtype: pl.DataType) -> int:
    return int(dtype.size) if isinstance(dtype, pl.Array) else 1


def _vectors(lake: Lake, shard: str) -> tuple[list[bytes], Vectors]:
    """Return what is to be remembered of a shard's vectors, and the vectors [n, dimension]."""
    frame = lake.read("embeddings", shard)
    vectors = embedding_matrix(frame["embedding"], _dimension(frame.schema["embedding"]))
    return entries(frame["text_hash"].to_list(), vectors), vectors


def _no_vectors(params: SketchParams) -> NDArray[np.float32]:
    return np.empty((0, params.dimension), np.float32)


def _counted_path(shard: str) -> str:
    """Return where it is written which vectors of a shard have been counted (``counted.py``)."""
    return f"_index/density_sketch/{shard}.bin"


def _counted_before(lake: Lake, shard: str, previous: Previous) -> list[bytes]:
    path = _counted_path(shard)
    return unpack((lake.root / path).read_bytes()) if path in previous.record.files else []


def _made_by(lake: Lake, shards: Sequence[str]) -> tuple[str, type[np.floating[Any]]]:
    """Return the embedder's fingerprint, by which the cache has its vectors, and how tables store them."""
    records = (lake.record("embeddings", shard) for shard in shards)
    model = next((record.inputs.get("external", "") for record in records if record), "")
    schemas = (pl.read_parquet_schema(lake.table_path("embeddings", shard)) for shard in shards[:1])
    half = any(getattr(schema["embedding"], "inner", None) == pl.Float16 for schema in schemas)
    return model, np.float16 if half else np.float32


def _cached(
    cache: DocumentCache, model: str, stored: type[np.floating[Any]], text_hashes: Sequence[str]
) -> dict[str, bytes]:
    """Return the vectors that the cache knows, float32, as the tables have them."""
    found = cache.get(model, text_hashes)
    return {
        key: np.frombuffer(data, np.float32).astype(stored).astype(np.float32).tobytes()
        for key, data in found.items()
    }


def count_sketch(workplace: Workplace, shards: Sequence[str]) -> Counts:
    """Every vector is counted once in every row of the sketch (embeddings are always finite)."""
    cells = workplace.lake.read("density_sketch", WHOLE_LAKE, ["row", "count"])
    in_each_row = cells.drop_nulls("row").group_by("row").agg(pl.col("count").sum())["count"]
    same = in_each_row.n_unique() <= 1 and in_each_row.len() in (0, workplace.config.density.rows)
    kept = int(in_each_row.max() or 0) if same else -1  # type: ignore[arg-type]
    vectors = sum(workplace.lake.height("embeddings", shard) for shard in shards)
    return Counts(rows_in=vectors, kept=kept)


DENSITY_SKETCH = LakeStage(
    name="density_sketch",
    reads=("embeddings",),
    version="2",
    settings=settings,
    build=build_sketch,
    update=update_sketch,
    count=count_sketch,
)


@lru_cache(maxsize=1)
def _sketch(root: Path, _version: str) -> Sketch:
    """Read the sketch once for all shards of a run: it can have millions of counters."""
    return Sketch.from_frame(Lake(root).read("density_sketch", WHOLE_LAKE))


def build_estimates(workplace: Workplace, shard: str, progress: Progress) -> Built:
    lake = workplace.lake
    record = lake.record("density_sketch", WHOLE_LAKE)
    sketch = _sketch(lake.root, record.output if record else "")
    embeddings = lake.read("embeddings", shard)
    estimates = density_estimates(embeddings, sketch)
    progress(estimates.height)
    density = estimates["density"].drop_nulls().to_numpy()
    plots: dict[str, Plot] = {
        "density": partial(histogram, density, "Kernel density of documents", "mean kernel", log=True)
    }
    if len(density) > 2:
        plots["density map"] = partial(_map, embeddings["embedding"], estimates["density"])
    return Built(
        tables={"density_estimates": estimates},
        figures={"median_density": float(estimates["density"].median() or 0.0)},  # type: ignore[arg-type]
        plots=plots,
    )


def _map(vectors: pl.Series, density: pl.Series) -> bytes:
    known = density.is_not_null()
    colour = np.log10(density.filter(known).to_numpy())
    matrix = embedding_matrix(vectors.filter(known), _dimension(vectors.dtype))
    return scatter_map(pca_2d(matrix), colour, "Embeddings (PCA)", "log10 density")


def count_estimates(workplace: Workplace, shard: str) -> Counts:
    return count_verdicts(workplace.lake, "density_estimates", shard, surviving_ids(workplace.lake, shard))


ESTIMATE_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "density": "mean kernel to the documents of the lake, to six significant bits (1.6 %)",
    "outlier_score": "log10 of mean density over density",
}

DENSITY_ESTIMATES = ShardStage(
    name="density_estimates",
    reads=("embeddings", "passage_labels", "density_sketch"),
    version="2",
    settings=settings,
    build=build_estimates,
    count=count_estimates,
    tables=("density_estimates",),
    columns=ESTIMATE_COLUMNS,
)
