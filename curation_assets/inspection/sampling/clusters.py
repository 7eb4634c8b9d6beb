"""Clusters of copies: the document that was kept beside its copies, and how they differ."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from curation_assets.dedup.config import DedupConfig
from curation_assets.inspection.sampling.asking import (
    Request,
    about,
    document,
    legend,
    marks,
    masked,
    nothing,
    number,
)
from curation_assets.inspection.sampling.difference import difference
from curation_assets.inspection.sampling.example import Beside, Example, Sample
from curation_assets.inspection.sampling.picking import ORDER
from curation_assets.inspection.sampling.reading import Documents
from resources.lake import WHOLE_LAKE

CLUSTERS = "dedup_clusters"
COPIES = 3
"""Copies that are shown of a cluster, those least like the one that was kept."""
_COLUMNS = (
    "cluster_id", "cluster_size", "representative", "representative_shard", "similarity", "kept",
    "drop_reason",
)  # fmt: skip


def cluster_sample(documents: Documents, request: Request) -> Sample:
    """Return documents that stand for a cluster, the largest first, each beside some of its copies.

    With ``request.near`` single copies beside what was kept, those first whose similarity to it is nearest
    to the threshold. Filters are for the document that was kept, or with ``near`` for the copy.
    """
    picker = request.picker(descending=not request.near)
    threshold = _threshold(documents)
    own = pl.col("doc_id") == pl.col("representative")
    for frame in documents.frames(CLUSTERS, _COLUMNS):
        copies = frame.filter(pl.col("cluster_size") > 1)
        if request.near:
            near = copies.filter(~own & (pl.col("drop_reason").fill_null("") != "exact_duplicate"))
            rows = near.with_columns((pl.col("similarity") - threshold).abs().alias(ORDER))
        else:
            rows = copies.filter(own).with_columns(pl.col("cluster_size").cast(pl.Float64).alias(ORDER))
        picker.add(rows.select("doc_id", "shard", *_COLUMNS, ORDER), frame.height)
    rows = picker.picked()
    members = rows if request.near or not rows.height else _members(documents, rows["cluster_id"])
    examples = [] if not rows.height else list(_examples(documents, rows, members, near=request.near))
    question = (
        f"copies by the distance of their similarity to the threshold, {number(threshold)}"
        if request.near
        else "clusters of copies, the largest first"
    )
    why = "there are no near copies." if request.near else "no document has a copy."
    notes = [] if examples else nothing(documents, picker, why)
    return Sample(question, picker.looked_at, picker.matching, examples, notes)


def _threshold(documents: Documents) -> float:
    known = documents.settings_of(CLUSTERS, WHOLE_LAKE).get("dedup")
    return (DedupConfig.model_validate(known) if known else DedupConfig()).jaccard_threshold


def _members(documents: Documents, clusters: pl.Series) -> pl.DataFrame:
    """Return of each cluster the copies that are least like what was kept, of all shards."""
    everywhere, found = Documents(documents.lake), pl.DataFrame()
    for frame in everywhere.frames(CLUSTERS, _COLUMNS):
        own = frame.filter(
            pl.col("cluster_id").is_in(clusters.implode()) & (pl.col("doc_id") != pl.col("representative"))
        )
        found = _least_alike(pl.concat([found, own.select("doc_id", "shard", *_COLUMNS)], how="diagonal"))
    return found


def _least_alike(copies: pl.DataFrame) -> pl.DataFrame:
    if not copies.height:
        return copies
    ordered = copies.sort("similarity", "doc_id", "shard")
    return ordered.group_by("cluster_id", maintain_order=True).head(COPIES)


def _examples(
    documents: Documents, rows: pl.DataFrame, members: pl.DataFrame, *, near: bool
) -> Iterable[Example]:
    read = about(documents, members.select("doc_id", "shard"))
    kept = rows.select(doc_id="representative", shard="representative_shard").unique()
    read |= about(documents, kept)
    for row in rows.iter_rows(named=True):
        key = row["representative_shard"], row["representative"]
        if key not in read:  # a lake that is half built
            continue
        chosen = [row] if near else members.filter(pl.col("cluster_id") == row["cluster_id"]).to_dicts()
        beside = [copy_of(read[key], one, read[one["shard"], one["doc_id"]]) for one in chosen]
        hidden = masked(read[key])
        yield Example(
            **document(key[1], key[0], read[key]),
            why=f"kept out of a cluster of {row['cluster_size']:,}",
            facts={"cluster": row["cluster_id"]},
            marks=marks([], hidden, []),
            legend=legend(hidden, []),
            beside=beside,
        )


def copy_of(kept: Mapping[str, Any], row: Mapping[str, Any], told: Mapping[str, Any]) -> Beside:
    """Return a copy beside the document that was kept."""
    return Beside(
        what="copy" if row["kept"] is not True else "copy, kept too",
        doc_id=row["doc_id"],
        shard=row["shard"],
        text=told["text"],
        facts={"similarity": row["similarity"], "reason": row["drop_reason"], "source": told["source"]},
        difference=difference(kept["text"], told["text"]),
    )
