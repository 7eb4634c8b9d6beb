"""Builds signatures by shard, and the clusters of copies across all shards."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial

import polars as pl

from curation_assets.charts.plots import bars, histogram
from curation_assets.counting import count_labels, count_verdicts
from curation_assets.dedup.addresses import cluster_with_addresses, update_with_addresses
from curation_assets.dedup.cluster import Clusters
from curation_assets.dedup.config import DedupConfig, s_curve_threshold
from curation_assets.dedup.moves import Before
from curation_assets.dedup.ranges.spill import Spill
from curation_assets.dedup.signatures import signatures, signed_before
from curation_assets.dedup.tables import Tables
from curation_assets.progress import Progress
from curation_assets.stage import Built, BuiltLabels, LakeStage, Previous, ShardStage
from curation_assets.survivors import clean_survivors
from curation_assets.taking_over import with_made_anew
from curation_assets.workplace import Workplace
from resources.compute import Compute
from resources.lake import WHOLE_LAKE, Lake
from resources.records import Counts

EDGES = "duplicate_edges"
WORK_FOLDER = "_dedup"
READ = ["doc_id", "shard", "text_hash", "source", "date", "url", "fineweb_terminal_lines"]
"""What signatures take from a document, beside the text."""


def settings(workplace: Workplace) -> DedupConfig:
    return workplace.config.dedup


def signing(workplace: Workplace) -> DedupConfig:
    return workplace.config.dedup.signing()


def build_signatures(workplace: Workplace, shard: str, progress: Progress) -> Built:
    documents = clean_survivors(workplace.lake, shard, [*READ, "text"])
    frame = signatures(documents, workplace.config.dedup)
    progress(frame.height)
    size = int(documents["text"].str.len_bytes().sum())
    return _signed(frame, frame.height, size)


def update_signatures(
    workplace: Workplace, shard: str, previous: Previous, progress: Progress
) -> Built | None:
    """Sign the texts that the last build did not have; without any, the column of texts is not read."""
    lake = workplace.lake
    if not previous.same_settings:
        return None
    documents = clean_survivors(lake, shard, READ)
    frame = signed_before(documents, lake.read("signatures", shard))
    anew, size = frame["exact_hash"].is_null(), 0
    if anew.any():
        texts = clean_survivors(lake, shard, [*READ, "text"]).filter(anew)
        size = int(texts["text"].str.len_bytes().sum())
        frame = with_made_anew(frame, anew, signatures(texts, workplace.config.dedup))
    progress(frame.height)
    return _signed(frame.rechunk(), int(anew.sum()), size)


def _signed(frame: pl.DataFrame, anew: int, size: int) -> Built:
    words = frame["tokens"].to_numpy()
    return Built(
        tables={"signatures": frame},
        figures={"documents_signed_anew": anew, "different_texts": frame["exact_hash"].n_unique()},
        plots={"words of a document": partial(histogram, words, "Documents signed", "words", log=True)},
        bytes_in=size,
    )


def count_signatures(workplace: Workplace, shard: str) -> Counts:
    came_in = clean_survivors(workplace.lake, shard, ["doc_id"])["doc_id"]
    return count_verdicts(workplace.lake, "signatures", shard, came_in)


SIGNATURE_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "text_hash": "hash of the text that was signed",
    "exact_hash": "equal for texts of the same words",
    "band_keys": "equal keys make two documents candidates",
}

SIGNATURES = ShardStage(
    name="signatures",
    reads=("clean_documents",),
    version="3",
    settings=signing,
    build=build_signatures,
    update=update_signatures,
    count=count_signatures,
    tables=("signatures",),
    columns=SIGNATURE_COLUMNS,
)

LARGEST_CHANGED_SHARE = 0.5
"""Of the shards; where more have changed, building from nothing is less work."""


def build_clusters(workplace: Workplace, shards: Sequence[str], progress: Progress) -> BuiltLabels:
    if not shards:
        return BuiltLabels()
    config, tables = workplace.config.dedup, _tables(workplace.lake, shards)
    with closing(Compute(workplace.config.compute.worker_count())) as compute:
        spill = Spill(workplace.lake.root / WORK_FOLDER, compute)
        found = cluster_with_addresses(tables, config, progress, spill=spill)
    return _built(found, config, unchanged=())


def update_clusters(
    workplace: Workplace, shards: Sequence[str], previous: Previous, progress: Progress
) -> BuiltLabels | None:
    lake, moved = workplace.lake, len(previous.changed) + len(previous.gone)
    edges = f"{EDGES}/{WHOLE_LAKE}.parquet"
    if not previous.same_settings or not shards or edges not in previous.record.files:
        return None
    if moved > LARGEST_CHANGED_SHARE * len(shards):
        return None
    before = Before(
        shards=frozenset(previous.record.shards),
        labels=lambda shard, columns: lake.read("dedup_clusters", shard, columns),
        edges=lambda columns: lake.read(EDGES, WHOLE_LAKE, columns),
        changed=previous.changed,
        gone=previous.gone,
    )
    config, tables = workplace.config.dedup, _tables(lake, shards)
    found = update_with_addresses(tables, before, config, progress)
    return _built(found.clusters, config, found.unchanged)


def _tables(lake: Lake, shards: Sequence[str]) -> Tables:
    return Tables(
        shards=sorted(shards),
        signatures=lambda shard, columns: lake.read("signatures", shard, columns),
        texts_of=lambda keys: _texts(lake, keys),
    )


def _built(found: Clusters, config: DedupConfig, unchanged: Sequence[str]) -> BuiltLabels:
    return BuiltLabels(
        tables={EDGES: found.edges},  # type: ignore[dict-item] # all that is asked of it is to be written
        labels=found.labels,
        unchanged=unchanged,
        figures={
            "clusters": len(found.sizes),
            "largest_cluster": int(found.sizes.max() or 0),  # type: ignore[arg-type]
            "verified_pairs": found.edges.height,
            "documents_compared": found.compared,
            "shards_relabelled": len(found.labels),
            "s_curve_threshold": s_curve_threshold(config.bands, config.rows),
        },
        plots={
            "cluster sizes": partial(
                bars, _size_counts(found.sizes), "Clusters of copies by size", "clusters"
            )
        },
        bytes_in=found.characters,
    )


def _texts(lake: Lake, keys: pl.DataFrame) -> pl.DataFrame:
    """Return doc_id, shard and text of the rows asked for, reading only their shards."""
    columns = ["doc_id", "shard", "text"]
    parts = [pl.DataFrame(schema=dict.fromkeys(columns, pl.String))]
    for (shard,), rows in keys.partition_by("shard", as_dict=True).items():
        texts = lake.read("clean_documents", shard, ["doc_id", "text"])
        parts.append(rows.join(texts, on="doc_id", maintain_order="left").select(columns))
    return pl.concat(parts)


def _size_counts(sizes: pl.Series) -> dict[str, int]:
    counts = sizes.rename("size").value_counts().sort("size")
    return {str(size): count for size, count in counts.head(20).iter_rows()}


def count_kept(workplace: Workplace, shards: Sequence[str]) -> Counts:
    return count_labels(workplace.lake, "dedup_clusters", shards, came_from="signatures")


LABEL_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "exact_hash": "equal for texts of the same words under the same dedup.sources",
    "characters": "length of the text",
    "preference": "the copy with the greatest stays: length, date or quality, as dedup.representative says",
    "cluster_id": "smallest doc_id of the copies",
    "cluster_size": "number of copies",
    "representative": "doc_id of the copy that is preferred",
    "similarity": "true Jaccard similarity to that copy",
    "place": "among the copies, 1 being the representative",
    "weight": "how readily it is drawn for the mixture: 1/cluster_size under the policy 'weight', else 1",
    "kept": "whether it stays: the representative, and others as dedup.policy says",
    "drop_reason": "exact_duplicate, near_duplicate or url_duplicate (of the representative)",
}

DEDUP_CLUSTERS = LakeStage(
    name="dedup_clusters",
    reads=("signatures", "clean_documents"),
    version="3",
    settings=settings,
    build=build_clusters,
    update=update_clusters,
    count=count_kept,
    labels="dedup_labels",
    label_table="dedup_clusters",
    columns=LABEL_COLUMNS,
)
