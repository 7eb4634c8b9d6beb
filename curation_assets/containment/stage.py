"""Builds keys by shard, and finds the documents that are excerpts of a larger one across all shards."""

from collections.abc import Sequence
from functools import partial

import polars as pl

from curation_assets.charts.plots import histogram
from curation_assets.columns import OnDemand
from curation_assets.containment.config import ContainmentConfig
from curation_assets.containment.contained import FOUND, Found, excerpts_of, find, labels
from curation_assets.containment.keys import containment_keys, keyed_before
from curation_assets.containment.tables import Tables
from curation_assets.counting import count_labels, count_verdicts
from curation_assets.progress import Progress
from curation_assets.stage import Built, BuiltLabels, LakeStage, Previous, ShardStage
from curation_assets.survivors import CONTAINMENT as TABLE
from curation_assets.survivors import deduplicated, deduplicated_ids, texts_of
from curation_assets.taking_over import with_made_anew
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake
from resources.records import Counts

PAIRS = "containment_pairs"
READ = ["doc_id", "shard", "text_hash"]
"""What is taken from a document, beside the text."""


def settings(workplace: Workplace) -> ContainmentConfig:
    return workplace.config.containment


def keying(workplace: Workplace) -> ContainmentConfig:
    return settings(workplace).keying()


def build_keys(workplace: Workplace, shard: str, progress: Progress) -> Built:
    config = settings(workplace)
    if not config.enabled:
        documents = deduplicated(workplace.lake, shard, READ)
        progress(documents.height)
        return _keys(containment_keys(documents, config), anew=0, size=0)
    documents = _documents(workplace.lake, shard, [*READ, "text"])
    progress(documents.height)
    frame = containment_keys(documents, config)
    return _keys(frame, anew=frame.height, size=int(documents["text"].str.len_bytes().sum()))


def update_keys(workplace: Workplace, shard: str, previous: Previous, progress: Progress) -> Built | None:
    """Make keys for the texts that the last build did not have; without any, the column of texts is not
    read."""
    lake, config = workplace.lake, settings(workplace)
    if not previous.same_settings or not config.enabled:
        return None
    frame = keyed_before(_documents(lake, shard, READ), lake.read("containment_keys", shard))
    anew, size = frame["keys"].is_null(), 0
    if anew.any():
        texts = _documents(lake, shard, [*READ, "text"]).filter(anew)
        size = int(texts["text"].str.len_bytes().sum())
        frame = with_made_anew(frame, anew, containment_keys(texts, config))
    progress(frame.height)
    return _keys(frame.rechunk(), anew=int(anew.sum()), size=size)


def _documents(lake: Lake, shard: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return columns of the documents that deduplication kept, and ``cluster_id``."""
    clusters = lake.read("dedup_clusters", shard, ["doc_id", "cluster_id"])
    rows = deduplicated(lake, shard, columns)
    return rows.join(clusters, on="doc_id", how="left", maintain_order="left").select(*columns, "cluster_id")


def _keys(frame: pl.DataFrame, *, anew: int, size: int) -> Built:
    figures = {"documents_keyed_anew": anew, "keys": int(frame["key_count"].sum())}
    return Built(tables={"containment_keys": frame}, figures=figures, bytes_in=size)


def count_keys(workplace: Workplace, shard: str) -> Counts:
    return count_verdicts(workplace.lake, "containment_keys", shard, deduplicated_ids(workplace.lake, shard))


KEY_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "text_hash": "hash of the cleaned text",
    "cluster_id": "its copies, which are nobody's excerpts of each other",
    "shingles": "number of distinct runs of 5 words",
    "key_count": "number of keys",
    "keys": "some of these runs, such that an excerpt has keys of the whole",
}

CONTAINMENT_KEYS = ShardStage(
    name="containment_keys",
    reads=("clean_documents", "dedup_labels"),
    version="1",
    settings=keying,
    build=build_keys,
    update=update_keys,
    count=count_keys,
    tables=("containment_keys",),
    columns=KEY_COLUMNS,
)


def build_contained(workplace: Workplace, shards: Sequence[str], progress: Progress) -> BuiltLabels:
    lake = workplace.lake
    return _built(lake, find(_tables(lake, shards), settings(workplace), progress), shards, unchanged=())


def update_contained(
    workplace: Workplace, shards: Sequence[str], previous: Previous, progress: Progress
) -> BuiltLabels | None:
    """Look for candidates anew, which takes keys alone; compare the pairs that were not compared before."""
    lake, pairs = workplace.lake, f"{PAIRS}/{WHOLE_LAKE}.parquet"
    if not previous.same_settings or pairs not in previous.record.files:
        return None
    known = lake.read(PAIRS, WHOLE_LAKE)
    found = find(_tables(lake, shards), settings(workplace), progress, known)
    there = previous.record.shards.keys() - previous.changed
    unchanged = [shard for shard in shards if shard in there and _labelled_so(lake, shard, found)]
    return _built(lake, found, [shard for shard in shards if shard not in unchanged], unchanged)


def _labelled_so(lake: Lake, shard: str, found: Found) -> bool:
    """Return whether the labels of a shard of the same documents say what was found."""
    labelled = lake.read(TABLE, shard, [*FOUND, "kept"]).filter(~pl.col("kept")).select(FOUND)
    return labelled.equals(excerpts_of(found, shard))


def _tables(lake: Lake, shards: Sequence[str]) -> Tables:
    return Tables(
        shards=sorted(shards),
        keys=lambda shard, columns: lake.read("containment_keys", shard, columns),
        texts=partial(texts_of, lake),
    )


def _built(lake: Lake, found: Found, changed: Sequence[str], unchanged: Sequence[str]) -> BuiltLabels:
    def labels_of(shard: str) -> pl.DataFrame:
        return labels(found, shard, lake.read("containment_keys", shard, ["doc_id"])["doc_id"])

    return BuiltLabels(
        tables={PAIRS: found.pairs},
        labels=OnDemand(changed, labels_of),
        unchanged=unchanged,
        figures={
            "contained_documents": found.excerpts.height,
            "candidate_pairs": found.candidates,
            "pairs_compared_anew": found.compared,
            "pairs_refuted": found.pairs["containment"].null_count(),
            "shards_relabelled": len(changed),
        },
        plots={
            "containment of excerpts": partial(
                histogram,
                found.excerpts["containment"].to_numpy(),
                "Excerpts of larger documents",
                "share of the excerpt that the larger one has",
            )
        },
    )


def count_kept(workplace: Workplace, shards: Sequence[str]) -> Counts:
    return count_labels(workplace.lake, TABLE, shards, came_from="containment_keys")


LABEL_COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "contained_in": "doc_id of the largest document that has it; null = none",
    "container_shard": "the shard of that document",
    "containment": "share of its distinct runs of 5 words that the larger one has",
    "kept": "whether it stays",
    "drop_reason": "contained",
}

CONTAINED_DOCUMENTS = LakeStage(
    name="contained_documents",
    reads=("containment_keys", "clean_documents"),
    version="1",
    settings=settings,
    build=build_contained,
    update=update_contained,
    count=count_kept,
    labels="containment_labels",
    label_table=TABLE,
    columns=LABEL_COLUMNS,
)
