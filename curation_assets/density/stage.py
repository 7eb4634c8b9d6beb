"""Builds the density sketch of the lake, and reads every document's density from it."""

from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import polars as pl

from curation_assets.charts.plots import histogram, pca_2d, scatter_map
from curation_assets.counting import count_verdicts
from curation_assets.density.bandwidth import effective_share
from curation_assets.density.building import NEIGHBOURS, build_sketch, update_sketch
from curation_assets.density.config import DensityConfig
from curation_assets.density.estimates import (
    Estimator,
    density_estimates,
    embedding_matrix,
    estimates_of,
)
from curation_assets.density.lake_vectors import components
from curation_assets.density.neighbours import neighbour_density
from curation_assets.density.stored import CellEstimator, documents_in, estimator_from
from curation_assets.progress import Progress
from curation_assets.stage import Built, LakeStage, Plot, ShardStage
from curation_assets.survivors import surviving_ids
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake
from resources.records import Counts


def settings(workplace: Workplace) -> DensityConfig:
    return workplace.config.density


def count_sketch(workplace: Workplace, shards: Sequence[str]) -> Counts:
    """Every vector is counted, by the race sketch once in every row (embeddings are always finite)."""
    stored = workplace.lake.read("density_sketch", WHOLE_LAKE)
    vectors = sum(workplace.lake.height("embeddings", shard) for shard in shards)
    return Counts(rows_in=vectors, kept=documents_in(stored, workplace.config.density.rows))


DENSITY_SKETCH = LakeStage(
    name="density_sketch",
    reads=("embeddings", "neighbour_labels"),
    version="3",
    settings=settings,
    build=build_sketch,
    update=update_sketch,
    count=count_sketch,
)


@lru_cache(maxsize=1)
def _estimator(root: Path, _version: str) -> Estimator:
    """Read the sketch once for all shards of a run: it can have millions of counters."""
    return estimator_from(Lake(root).read("density_sketch", WHOLE_LAKE))


def build_estimates(workplace: Workplace, shard: str, progress: Progress) -> Built:
    lake = workplace.lake
    record = lake.record("density_sketch", WHOLE_LAKE)
    estimator = _estimator(lake.root, record.output if record else "")
    embeddings = lake.read("embeddings", shard)
    if workplace.config.density.method == "knn":
        estimates = _by_neighbours(lake, shard, embeddings, estimator)
    else:
        estimates = density_estimates(embeddings, estimator)
    progress(estimates.height)
    density = estimates["density"].drop_nulls().to_numpy()
    plots: dict[str, Plot] = {
        "density": partial(histogram, density, "Kernel density of documents", "mean kernel", log=True)
    }
    if len(density) > 2:
        plots["density map"] = partial(_map, embeddings["embedding"], estimates["density"])
    return Built(
        tables={"density_estimates": estimates},
        figures={
            "median_density": float(estimates["density"].median() or 0.0),  # type: ignore[arg-type]
            "effective_sample_share": effective_share(density),
        },
        plots=plots,
    )


def _by_neighbours(lake: Lake, shard: str, embeddings: pl.DataFrame, estimator: Estimator) -> pl.DataFrame:
    assert isinstance(estimator, CellEstimator)
    near = lake.read(NEIGHBOURS, shard, ["doc_id", "similarities"])
    joined = embeddings.join(near, on="doc_id", how="left", maintain_order="left")
    density = neighbour_density(joined["similarities"], estimator.description.bandwidth)
    return estimates_of(embeddings, density, estimator.mean_density)


def _map(vectors: pl.Series, density: pl.Series) -> bytes:
    known = density.is_not_null()
    colour = np.log10(density.filter(known).to_numpy())
    matrix = embedding_matrix(vectors.filter(known), components(vectors.dtype))
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
    reads=("embeddings", "passage_labels", "neighbour_labels", "density_sketch"),
    version="3",
    settings=settings,
    build=build_estimates,
    count=count_estimates,
    tables=("density_estimates",),
    columns=ESTIMATE_COLUMNS,
)
