"""Builds the density sketch of the lake, and reads every document's density from it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.counting import count_verdicts
from curation_assets.density.config import DensityConfig
from curation_assets.density.estimates import density_estimates, embedding_matrix
from curation_assets.density.sketch import Sketch, combine, sketch_of
from curation_assets.plots import histogram, pca_2d, scatter_map
from curation_assets.progress import Progress
from curation_assets.stage import Built, LakeStage, Plot, ShardStage
from curation_assets.survivors import surviving_ids
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE
from resources.records import Counts


def settings(workplace: Workplace) -> DensityConfig:
    return workplace.config.density


def build_sketch(workplace: Workplace, shards: Sequence[str], progress: Progress) -> Built:
    sketches = (_sketch_of_shard(workplace, shard, progress) for shard in shards)
    dimensions = _dimensions(workplace, shards)
    sketch = combine(sketches, workplace.config.density.sketch_params(dimensions))
    return Built(
        tables={"density_sketch": sketch.to_frame()},
        figures={
            "documents": sketch.documents,
            "mean_density": sketch.mean_density() if sketch.documents else 0.0,
        },
    )


def _dimensions(workplace: Workplace, shards: Sequence[str]) -> int:
    """Return the number of components of the lake's vectors; 1 for an empty lake."""
    for shard in shards[:1]:
        dtype = workplace.lake.read("embeddings", shard, ["embedding"])["embedding"].dtype
        return int(dtype.size) if isinstance(dtype, pl.Array) else 1
    return 1


def _sketch_of_shard(workplace: Workplace, shard: str, progress: Progress) -> Sketch:
    column = workplace.lake.read("embeddings", shard, ["embedding"])["embedding"]
    dimensions = _dimensions(workplace, [shard])
    sketch = sketch_of(
        embedding_matrix(column, dimensions), workplace.config.density.sketch_params(dimensions)
    )
    progress(len(column))
    return sketch


def count_sketch(workplace: Workplace, shards: Sequence[str]) -> Counts:
    """Every vector is counted once in every row of the sketch (embeddings are always finite)."""
    sketch = Sketch.from_frame(workplace.lake.read("density_sketch", WHOLE_LAKE))
    in_each_row = sketch.counts.sum(axis=1)
    kept = int(in_each_row[0]) if (in_each_row == in_each_row[0]).all() else -1
    vectors = sum(workplace.lake.height("embeddings", shard) for shard in shards)
    return Counts(rows_in=vectors, kept=kept)


DENSITY_SKETCH = LakeStage(
    name="density_sketch",
    reads=("embeddings",),
    version="1",
    settings=settings,
    build=build_sketch,
    count=count_sketch,
)


def build_estimates(workplace: Workplace, shard: str, progress: Progress) -> Built:
    lake = workplace.lake
    sketch = Sketch.from_frame(lake.read("density_sketch", WHOLE_LAKE))
    embeddings = lake.read("embeddings", shard)
    estimates = density_estimates(embeddings, sketch)
    progress(estimates.height)
    known = estimates["density"].is_not_null()
    density = estimates["density"].filter(known).to_numpy()
    vectors = embedding_matrix(embeddings["embedding"].filter(known), sketch.params.dimension)
    plots: dict[str, Plot] = {
        "density": partial(histogram, density, "Kernel density of documents", "mean kernel", log=True)
    }
    if len(vectors) > 2:
        colour = np.log10(density)
        plots["density map"] = partial(_map, vectors, colour, "Embeddings (PCA)", "log10 density")
    return Built(
        tables={"density_estimates": estimates},
        figures={"median_density": float(estimates["density"].median() or 0.0)},  # type: ignore[arg-type]
        plots=plots,
    )


def _map(vectors: NDArray[np.floating[Any]], colour: NDArray[np.float64], title: str, label: str) -> bytes:
    return scatter_map(pca_2d(vectors), colour, title, label)


def count_estimates(workplace: Workplace, shard: str) -> Counts:
    return count_verdicts(workplace.lake, "density_estimates", shard, surviving_ids(workplace.lake, shard))


ESTIMATE_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "density": "mean kernel to the documents of the lake",
    "outlier_score": "log10 of mean density over density",
}

DENSITY_ESTIMATES = ShardStage(
    name="density_estimates",
    reads=("embeddings", "dedup_labels", "density_sketch"),
    version="1",
    settings=settings,
    build=build_estimates,
    count=count_estimates,
    tables=("density_estimates",),
    columns=ESTIMATE_COLUMNS,
)
