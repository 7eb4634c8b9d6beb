"""Builds signatures by shard, and the clusters of copies across all shards."""

from collections.abc import Sequence
from functools import partial

import polars as pl

from curation_assets.counting import count_verdicts
from curation_assets.dedup.cluster import LABEL_SCHEMA, cluster
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.signatures import signatures
from curation_assets.plots import bars
from curation_assets.progress import Progress
from curation_assets.stage import Built, BuiltLabels, LakeStage, ShardStage
from curation_assets.survivors import clean_survivors
from curation_assets.workplace import Workplace
from resources.lake import Lake
from resources.records import Counts


def settings(workplace: Workplace) -> DedupConfig:
    return workplace.config.dedup


def build_signatures(workplace: Workplace, shard: str, progress: Progress) -> Built:
    documents = clean_survivors(workplace.lake, shard, ["doc_id", "shard", "text"])
    frame = signatures(documents, workplace.config.dedup)
    progress(frame.height)
    return Built(tables={"signatures": frame}, bytes_in=int(documents["text"].str.len_bytes().sum()))


def count_signatures(workplace: Workplace, shard: str) -> Counts:
    came_in = clean_survivors(workplace.lake, shard, ["doc_id"])["doc_id"]
    return count_verdicts(workplace.lake, "signatures", shard, came_in)


SIGNATURE_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "exact_hash": "equal for texts of the same words",
    "band_keys": "equal keys make two documents candidates",
}

SIGNATURES = ShardStage(
    name="signatures",
    reads=("clean_documents",),
    version="1",
    settings=settings,
    build=build_signatures,
    count=count_signatures,
    tables=("signatures",),
    columns=SIGNATURE_COLUMNS,
)


def build_clusters(workplace: Workplace, shards: Sequence[str], progress: Progress) -> BuiltLabels:
    lake = workplace.lake
    if not shards:
        return BuiltLabels()
    sketches = lake.read_all("signatures", shards)
    found = cluster(sketches, lambda keys: _texts(lake, keys), workplace.config.dedup, progress)
    by_shard = {str(key[0]): rows for key, rows in found.labels.partition_by("shard", as_dict=True).items()}
    empty = pl.DataFrame(schema=LABEL_SCHEMA)
    representatives = found.labels.filter(pl.col("kept") & (pl.col("cluster_size") > 1))
    return BuiltLabels(
        tables={"duplicate_edges": found.edges},
        labels={shard: by_shard.get(shard, empty) for shard in shards},
        figures={
            "clusters": representatives.height,
            "largest_cluster": int(representatives["cluster_size"].max() or 0),  # type: ignore[arg-type]
            "verified_pairs": found.edges.height,
        },
        plots={
            "cluster sizes": partial(
                bars, _size_counts(representatives), "Clusters of copies by size", "clusters"
            )
        },
        bytes_in=int(sketches["characters"].sum()),
    )


def _texts(lake: Lake, keys: pl.DataFrame) -> pl.DataFrame:
    """Return doc_id, shard and text of the rows asked for, reading only their shards."""
    parts = [
        lake.read("clean_documents", str(key[0]), ["doc_id", "shard", "text"]).join(
            rows, on="doc_id", how="semi"
        )
        for key, rows in keys.partition_by("shard", as_dict=True).items()
    ]
    schema = {"doc_id": pl.String, "shard": pl.String, "text": pl.String}
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)


def _size_counts(representatives: pl.DataFrame) -> dict[str, int]:
    sizes = representatives["cluster_size"].value_counts().sort("cluster_size")
    return {str(size): count for size, count in sizes.head(20).iter_rows()}


def count_labels(workplace: Workplace, shards: Sequence[str]) -> Counts:
    lake = workplace.lake
    by_shard = (
        count_verdicts(
            lake,
            "dedup_clusters",
            shard,
            lake.read("signatures", shard, ["doc_id"])["doc_id"],
            reason="drop_reason",
        )
        for shard in shards
    )
    return sum(by_shard, Counts())


LABEL_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "cluster_id": "smallest doc_id of the copies",
    "cluster_size": "number of copies",
    "representative": "doc_id of the copy that is kept",
    "similarity": "true Jaccard similarity to that copy",
    "kept": "whether this is that copy",
    "drop_reason": "exact_duplicate or near_duplicate",
}

DEDUP_CLUSTERS = LakeStage(
    name="dedup_clusters",
    reads=("signatures", "clean_documents"),
    version="1",
    settings=settings,
    build=build_clusters,
    count=count_labels,
    labels="dedup_labels",
    label_table="dedup_clusters",
    columns=LABEL_COLUMNS,
)
