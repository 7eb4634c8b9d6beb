"""Builds the density sketch of the lake by each method, or brings the last one up to date."""

import contextlib
import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Protocol

import numpy as np
import polars as pl

from curation_assets.charts.plots import histogram
from curation_assets.density.cells import Cells, CellTally, cell_of_every_vector
from curation_assets.density.config import DensityConfig
from curation_assets.density.counted import Vectors, difference
from curation_assets.density.estimates import Estimator
from curation_assets.density.examination import Sample, figures, mean_of, sample_size, tuned
from curation_assets.density.lake_vectors import (
    counted_before,
    counted_path,
    dimension_of,
    known_vectors,
    sampled_texts,
    sampled_vectors,
    vectors_of,
)
from curation_assets.density.neighbours import neighbour_density
from curation_assets.density.sketch import Sketch, Tally
from curation_assets.density.stored import CellEstimator, Description, estimator_from
from curation_assets.infeasible import InfeasibleError
from curation_assets.progress import Progress
from curation_assets.stage import Built, Previous
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake

NEIGHBOURS = "neighbours"
"""The label table that the method knn reads: doc_id, and the similarities of the nearest documents."""


class _Counting(Protocol):
    def add(self, vectors: Vectors) -> None: ...
    def remove(self, vectors: Vectors) -> None: ...
    @property
    def counted(self) -> int: ...


def build_sketch(workplace: Workplace, shards: Sequence[str], progress: Progress) -> Built:
    lake, sample = workplace.lake, draw(workplace, shards)
    config = tuned(workplace.config.density, sample)
    dimension = dimension_of(lake, shards)
    if config.method == "exact":
        return _built(_exact(lake, shards, config, sample, progress), config, sample, sample.documents)
    if config.method == "knn":
        progress(sample.documents)
        return _built(_by_neighbours(config, sample, dimension), config, sample, 0)
    tally, files = _empty(config, sample, dimension), {}
    for shard in shards:
        entries, vectors = vectors_of(lake, shard)
        tally.add(vectors)
        files[counted_path(shard)] = b"".join(entries)
        progress(len(vectors))
    return _built(_finished(tally, config, sample), config, sample, tally.counted, files)


def update_sketch(
    workplace: Workplace, shards: Sequence[str], previous: Previous, progress: Progress
) -> Built | None:
    """Take out the vectors that left and count those that came, unless that is more work than a build.

    None, too, where a vector that left is not in the document cache any more, where other texts are landmarks
    now or another bandwidth is chosen, and by the methods exact and knn.
    """
    lake, sample = workplace.lake, draw(workplace, shards)
    config = tuned(workplace.config.density, sample)
    start = estimator_from(lake.read("density_sketch", WHOLE_LAKE))
    tally = _continued(start, config, sample, dimension_of(lake, shards))
    if tally is None:
        return None
    files = {}
    with contextlib.closing(lake.cache()) as cache:
        find = known_vectors(cache, lake, shards)
        for shard in sorted(previous.changed | previous.gone):
            there = shard not in previous.gone
            before = counted_before(lake, shard, previous)
            now, vectors = vectors_of(lake, shard) if there else ([], np.empty((0, start.dimension)))
            found = difference(before, now, vectors, find)
            if found is None or tally.counted + len(found.gained) + len(found.lost) > start.documents:
                return None
            tally.add(found.gained)
            tally.remove(found.lost)
            if there:
                files[counted_path(shard)] = b"".join(now)
            progress(len(now))
    keeps = [counted_path(shard) for shard in shards if shard not in previous.changed]
    return _built(_finished(tally, config, sample), config, sample, tally.counted, files, keeps)


def draw(workplace: Workplace, shards: Sequence[str]) -> Sample:
    """Return the sample of the lake; a text without a finite vector is not in it."""
    lake, config = workplace.lake, workplace.config.density
    texts = sampled_texts(lake, shards, sample_size(config), config.seed)
    vectors = sampled_vectors(lake, shards, texts)
    known = np.asarray(np.isfinite(vectors).all(axis=1))
    kept = tuple(texts[place] for place in np.flatnonzero(known).tolist())
    documents = sum(lake.height("embeddings", shard) for shard in shards)
    landmarks = config.landmarks if config.method == "landmarks" else 0
    sample = Sample(kept, vectors[known], documents, landmarks)
    if config.method != "knn":
        return sample
    near = _similarities(lake, shards, sample.texts[sample.looked_at])
    return dataclasses.replace(sample, similarities=near)


def _empty(config: DensityConfig, sample: Sample, dimension: int) -> _Counting:
    if config.method == "race":
        return Tally(Sketch.empty(config.sketch_params(dimension)))
    return CellTally(Cells.empty(sample.landmark_vectors()))


def _continued(start: Estimator, config: DensityConfig, sample: Sample, dimension: int) -> _Counting | None:
    """Return a tally that goes on from the last build; None where it was of another kind."""
    if isinstance(start, Sketch):
        same = config.method == "race" and start.params == config.sketch_params(dimension)
        return Tally(start) if same else None
    if not isinstance(start, CellEstimator) or not start.description.method == config.method == "landmarks":
        return None
    same = start.texts == sample.texts[: config.landmarks]
    same = same and np.array_equal(start.cells.landmarks, sample.landmark_vectors())
    return CellTally(start.cells) if same else None


def _finished(tally: _Counting, config: DensityConfig, sample: Sample) -> Estimator:
    if isinstance(tally, Tally):
        return tally.sketch()
    assert isinstance(tally, CellTally)
    return _with_mean(tally.cells(), sample.texts[: config.landmarks], config, sample)


def _with_mean(cells: Cells, texts: tuple[str, ...], config: DensityConfig, sample: Sample) -> CellEstimator:
    mean = mean_of(cells.density(sample.vectors[sample.looked_at], config.bandwidth))
    described = Description(config.method, cells.landmarks.shape[1], config.bandwidth, mean)
    return CellEstimator(described, cells, texts, cells.documents)


def _exact(
    lake: Lake, shards: Sequence[str], config: DensityConfig, sample: Sample, progress: Progress
) -> CellEstimator:
    if sample.documents > config.exact_documents:
        raise InfeasibleError(
            f"density.method exact compares all pairs of {sample.documents:,} documents; "
            f"density.exact_documents allows {config.exact_documents:,}. The method landmarks is linear"
        )
    parts = [np.empty((0, dimension_of(lake, shards)), np.float32)]
    for shard in shards:
        parts.append(vectors_of(lake, shard)[1].astype(np.float32))
        progress(len(parts[-1]))
    return _with_mean(cell_of_every_vector(np.concatenate(parts)), (), config, sample)


def _by_neighbours(config: DensityConfig, sample: Sample, dimension: int) -> CellEstimator:
    assert sample.similarities is not None
    mean = mean_of(neighbour_density(sample.similarities, config.bandwidth))
    described = Description(config.method, dimension, config.bandwidth, mean)
    nothing = Cells.empty(np.empty((0, dimension), np.float32))
    return CellEstimator(described, nothing, (), sample.documents)


def _similarities(lake: Lake, shards: Sequence[str], texts: Sequence[str]) -> pl.Series:
    """Return the similarities of the neighbours of a document with each text: a list each."""
    wanted = pl.DataFrame({"text_hash": texts}, {"text_hash": pl.String})
    parts = [pl.DataFrame(schema={"text_hash": pl.String, "similarities": pl.List(pl.Float32)})]
    for shard in shards:
        names = lake.read("embeddings", shard, ["doc_id", "text_hash"]).join(
            wanted, on="text_hash", how="semi"
        )
        near = lake.read(NEIGHBOURS, shard, ["doc_id", "similarities"])
        parts.append(names.join(near, on="doc_id").select("text_hash", "similarities"))
    found = pl.concat(parts).unique("text_hash", keep="first", maintain_order=True)
    return wanted.join(found, on="text_hash", how="left", maintain_order="left")["similarities"]


def _built(
    estimator: Estimator,
    config: DensityConfig,
    sample: Sample,
    counted: int,
    files: dict[str, bytes] | None = None,
    keeps: Sequence[str] = (),
) -> Built:
    if sample.similarities is None:
        densities = estimator.density_of(sample.vectors[sample.looked_at])
    else:
        densities = neighbour_density(sample.similarities, config.bandwidth)
    frame = estimator.to_frame()
    counts = frame.filter(pl.col("params").is_null())["count"].to_numpy()
    return Built(
        tables={"density_sketch": frame},
        files=files or {},
        keeps=keeps,
        plots={
            "documents of a cell": partial(
                histogram, counts, "Cells of the sketch", "documents", log=True, ylabel="cells"
            )
        },
        figures={
            "documents": estimator.documents,
            "mean_density": estimator.mean_density if estimator.documents else 0.0,
            "vectors_counted": counted,
            **figures(config, sample, densities),
        },
    )
