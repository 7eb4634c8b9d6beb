"""Looks for outliers among the documents of lowest density of the lake, and labels every document."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import polars as pl

from curation_assets.charts.plots import histogram
from curation_assets.columns import OnDemand
from curation_assets.counting import count_survivors
from curation_assets.outliers.config import OutliersConfig
from curation_assets.outliers.labels import Found, find, label_table, lowest, quality_ranks
from curation_assets.outliers.measures import MEASURES
from curation_assets.progress import Progress
from curation_assets.stage import BuiltLabels, LakeStage, Plot
from curation_assets.survivors import surviving_ids
from curation_assets.vectors.columns import finite_rows, matrix
from curation_assets.vectors.rounded import rounded
from curation_assets.vectors.sample import Sample, draws
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import Counts

_NOTHING = pl.DataFrame(schema={"doc_id": pl.String, "shard": pl.String, "quality_rank": pl.Float64})


def settings(workplace: Workplace) -> OutliersConfig:
    return workplace.config.outliers


def build(workplace: Workplace, shards: Sequence[str], progress: Progress) -> BuiltLabels:
    """Measure the least dense documents against a sample; vectors of other ones are not held in memory."""
    lake, config = workplace.lake, workplace.config.outliers
    if not config.enabled:
        return BuiltLabels(
            labels=OnDemand(shards, lambda shard: label_table(_names(lake, shard), None)),
            figures={"looked_at": 0, "outliers": 0},
        )
    found = _find(lake, shards, config, progress)
    by_shard = {
        str(key[0]): rows for key, rows in found.documents.partition_by("shard", as_dict=True).items()
    }
    return BuiltLabels(
        labels=OnDemand(shards, lambda shard: label_table(_names(lake, shard), by_shard.get(shard))),
        figures=_figures(found),
        plots=_plots(found),
    )


def _find(lake: Lake, shards: Sequence[str], config: OutliersConfig, progress: Progress) -> Found:
    judged = _judged(lake, shards, config)
    sample = Sample(config.sample)
    rare, vectors = [_NOTHING], []
    for shard in shards:
        documents = _names(lake, shard).join(judged[shard], on="doc_id", how="left", maintain_order="left")
        table = lake.read("embeddings", shard, ["doc_id", "embedding"])
        table = documents.join(table, on="doc_id", how="left", maintain_order="left")
        embedded = matrix(table["embedding"])
        known = finite_rows(embedded)
        if known.any():  # without a vector a column of lists does not say how long they are
            documents, whole = documents.filter(pl.Series(known)), rounded(embedded[known])
            sample.add(documents, draws(config.seed, documents["doc_id"].to_list()), whole)
            rare.append(documents.filter("rare").select(_NOTHING.columns))
            vectors.append(whole[documents["rare"].to_numpy()])
        progress(table.height)
    return find(pl.concat(rare), np.concatenate(vectors or [np.empty((0, 1), np.int8)]), sample, config)


def _judged(lake: Lake, shards: Sequence[str], config: OutliersConfig) -> dict[str, pl.DataFrame]:
    """Return for each shard doc_id, quality_rank, and whether a document is among the rarest of the lake."""
    parts = {shard: _scores(lake, shard) for shard in shards}
    if not parts:
        return {}
    together = pl.concat(part.drop("doc_id") for part in parts.values())
    density = together["density"].fill_null(np.nan).to_numpy()
    flags = pl.DataFrame(
        {"quality_rank": quality_ranks(together), "rare": lowest(density, config.lowest_density)}
    )
    ends = np.cumsum([part.height for part in parts.values()]).tolist()
    return {
        shard: part.select("doc_id").hstack(flags[end - part.height : end])
        for (shard, part), end in zip(parts.items(), ends, strict=True)
    }


def _names(lake: Lake, shard: str) -> pl.DataFrame:
    """Return doc_id and shard of the documents that are left, by doc_id."""
    return surviving_ids(lake, shard).to_frame().sort("doc_id").with_columns(shard=pl.lit(shard))


def _scores(lake: Lake, shard: str) -> pl.DataFrame:
    """Return doc_id, language, quality and density of the documents of a shard that are left."""
    table = surviving_ids(lake, shard).to_frame()
    columns = {"clean_documents": "language", "quality_scores": "quality", "density_estimates": "density"}
    for name, column in columns.items():
        rows = lake.read(name, shard, ["doc_id", column])
        table = table.join(rows, on="doc_id", how="left", maintain_order="left")
    return table.with_columns(pl.col("quality", "density").cast(pl.Float64))


def _figures(found: Found) -> dict[str, int | float]:
    figures: dict[str, int | float] = {
        "looked_at": found.documents.height,
        "far_out": int((found.documents["votes"] > 0).sum()),
        "outliers": int(found.documents["outlier"].sum()),
    }
    if found.measures:
        figures |= {f"{name}_limit": getattr(found.measures.relative, name) for name in MEASURES}
    return figures


def _plots(found: Found) -> dict[str, Plot]:
    titles = {"lof": "local outlier factor", "isolation": "isolation", "mahalanobis": "squared distance"}
    if not found.measures:
        return {}
    return {
        f"{label} of the least dense": partial(
            histogram,
            found.documents[name].to_numpy(),
            "Documents of the lowest density",
            label,
            threshold=getattr(found.measures.relative, name),
        )
        for name, label in titles.items()
    }


def count(workplace: Workplace, shards: Sequence[str]) -> Counts:
    return count_survivors(workplace.lake, "outliers", shards)


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "lof": "local outlier factor; like the next two null unless the document is among the least dense",
    "isolation": "score of an Isolation Forest, 0 to 1",
    "mahalanobis": "squared Mahalanobis distance, by a Ledoit-Wolf covariance",
    "outlier": "far out by enough of the three, and of low quality for its language",
}

OUTLIERS = LakeStage(
    name="outliers",
    reads=("clean_documents", "passage_labels", "quality_scores", "embeddings", "density_estimates"),
    version="1",
    settings=settings,
    build=build,
    count=count,
    labels="outlier_labels",
    label_table="outliers",
    columns=COLUMNS,
)
