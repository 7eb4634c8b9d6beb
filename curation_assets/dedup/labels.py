"""The tables of deduplication: a label for every document, and the verified pairs by their documents."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.contents import Hashes, hexadecimal
from curation_assets.dedup.pairs import Pairs
from curation_assets.dedup.preference import ROW
from curation_assets.dedup.tables import KEY

Indices = NDArray[np.int64]
Similarities = Callable[[Indices, Indices], NDArray[np.float64]]
"""Computes the Jaccard index (float64 [pairs]) of contents from their texts."""

LABEL_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "exact_hash": pl.String(),
        "characters": pl.Int64(),
        "preference": pl.Int64(),
        "cluster_id": pl.String(),
        "cluster_size": pl.Int64(),
        "representative": pl.String(),
        "representative_shard": pl.String(),
        "similarity": pl.Float64(),
        "place": pl.Int64(),
        "weight": pl.Float64(),
        "kept": pl.Boolean(),
        "drop_reason": pl.String(),
    }
)
EDGE_SCHEMA = pl.Schema(
    {
        "doc_id_a": pl.String(),
        "shard_a": pl.String(),
        "exact_hash_a": pl.String(),
        "doc_id_b": pl.String(),
        "shard_b": pl.String(),
        "exact_hash_b": pl.String(),
        "similarity": pl.Float64(),
    }
)
NO_PLACES = pl.DataFrame(schema={"doc_id": pl.String, "place": pl.Int64})
EDGE_ORDER = ("doc_id_a", "shard_a", "doc_id_b", "shard_b")


class Grouping(NamedTuple):
    """The clusters of more than one document.

    Attributes:
        cluster: int64 [contents], row of ``table`` that the content belongs to, -1 for none.
        similarity: float64 [contents], to the content of the representative.
        table: one row a cluster: cluster_id, cluster_size, representative, representative_shard,
            representative_content.
        places: by number of a shard doc_id and place, the place in its cluster of each document: 1 = the
            representative.
    """

    cluster: Indices
    similarity: NDArray[np.float64]
    table: pl.DataFrame
    places: dict[int, pl.DataFrame]


def group(
    rows: pl.DataFrame, roots: Indices, shards: Sequence[str], known: Pairs, compute: Similarities
) -> Grouping:
    """Choose the representative of every cluster and find how similar the others are to it.

    Args:
        rows: the documents of clusters of more than one, others may be there, too: doc_id, shard (Int32, its
            number), content, characters, preference.
        roots: int64 [contents], the cluster of every content.
        known: pairs of which the similarity need not be computed.
    """
    in_turn = rows.with_columns(root=pl.Series(roots[rows["content"].to_numpy()])).sort(
        "root", "preference", "characters", *KEY, descending=[False, True, True, False, False]
    )
    best = (
        in_turn.group_by("root", maintain_order=True)
        .agg(
            cluster_id=pl.col("doc_id").min(),
            cluster_size=pl.len().cast(pl.Int64),
            representative=pl.col("doc_id").first(),
            representative_shard=pl.col("shard").first(),
            representative_content=pl.col("content").first(),
        )
        .filter(pl.col("cluster_size") > 1)
    )
    of_root = np.full(len(roots), -1, dtype=np.int64)
    of_root[best["root"].to_numpy()] = np.arange(best.height)
    cluster = of_root[roots]
    members = np.flatnonzero(cluster >= 0)
    representatives = best["representative_content"].to_numpy()[cluster[members]]
    others = members != representatives
    similarity = np.ones(len(roots), dtype=np.float64)
    similarity[members[others]] = _similarities(members[others], representatives[others], known, compute)
    table = best.drop("root").with_columns(representative_shard=_names(shards, best["representative_shard"]))
    return Grouping(cluster, similarity, table, _places(in_turn))


def _places(in_turn: pl.DataFrame) -> dict[int, pl.DataFrame]:
    """Return doc_id and place of the rows of each shard, which come in the order of root and place."""
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("root")
    places = in_turn.select("shard", "doc_id", place=place)
    return {
        int(key[0]): rows
        for key, rows in places.partition_by("shard", as_dict=True, include_key=False).items()
    }


def _similarities(
    members: Indices, representatives: Indices, known: Pairs, compute: Similarities
) -> NDArray[np.float64]:
    left, right = np.minimum(members, representatives), np.maximum(members, representatives)
    pairs = pl.DataFrame({"left": left, "right": right})
    among = pl.DataFrame({"left": known.left, "right": known.right, "similarity": known.similarity})
    found = pairs.join(
        among.unique(["left", "right"]), on=["left", "right"], how="left", maintain_order="left"
    )
    similarity = found["similarity"].to_numpy().copy()
    unknown = np.flatnonzero(found["similarity"].is_null().to_numpy())
    similarity[unknown] = compute(left[unknown], right[unknown])
    return similarity


def _names(shards: Sequence[str], numbers: pl.Series) -> pl.Series:
    return pl.Series(shards, dtype=pl.String).gather(numbers.cast(pl.UInt32))


def labelled(
    rows: pl.DataFrame, shard: str, number: int, contents: Indices, grouping: Grouping, config: DedupConfig
) -> pl.DataFrame:
    """Return the labels (``LABEL_SCHEMA``) of documents of a shard.

    Args:
        rows: doc_id, exact_hash, characters, preference.
        number: of the shard, in the rows that were grouped.
        contents: int64 [rows].
    """
    own = grouping.cluster[contents]
    row = pl.Series("row", own).cast(pl.UInt32, strict=False)  # -1 becomes null
    found = grouping.table.select(pl.all().gather(row)) if grouping.table.height else None
    if found is None:
        found = pl.DataFrame(schema=grouping.table.schema).clear(len(rows))
    exact = pl.col("representative_content") == pl.lit(pl.Series(contents))
    reason = pl.when(exact).then(pl.lit("exact_duplicate")).otherwise(pl.lit("near_duplicate"))
    labels = rows.select(*ROW, shard=pl.lit(shard, pl.String)).hstack(found)
    places = grouping.places.get(number, NO_PLACES)
    labels = labels.join(places, on="doc_id", how="left", maintain_order="left")
    labels = labels.with_columns(
        pl.col("cluster_id").fill_null(pl.col("doc_id")),
        pl.col("cluster_size").fill_null(1),
        pl.col("representative").fill_null(pl.col("doc_id")),
        pl.col("representative_shard").fill_null(pl.col("shard")),
        pl.col("place").fill_null(1),
        similarity=pl.Series(grouping.similarity[contents]),
    )
    labels = labels.with_columns(_kept(config), weight=_weight(config))
    labels = labels.with_columns(drop_reason=pl.when(~pl.col("kept")).then(reason))
    return labels.select(pl.col(name).cast(dtype) for name, dtype in LABEL_SCHEMA.items())


def _kept(config: DedupConfig) -> pl.Expr:
    most = {"drop": pl.lit(1), "cap": pl.lit(config.copies), "weight": pl.col("cluster_size")}
    return (pl.col("place") <= most[config.policy]).alias("kept")


def _weight(config: DedupConfig) -> pl.Expr:
    return 1.0 / pl.col("cluster_size") if config.policy == "weight" else pl.lit(1.0)


def in_order(labels: pl.DataFrame) -> pl.DataFrame:
    """Return a shard's labels sorted by doc_id, in one piece, so that equal labels make equal files."""
    return labels.sort("doc_id").rechunk()


def edge_frame(pairs: Pairs, rows: pl.DataFrame, hashes: Hashes, shards: Sequence[str]) -> pl.DataFrame:
    """Return the pairs by the smallest (doc_id, shard) of each content's rows, as ``EDGE_SCHEMA``, sorted.

    Args:
        rows: every document of a content that has a pair: doc_id, shard (Int32, its number), content.
        hashes: S16 [contents].
    """
    paired = np.zeros(len(hashes), dtype=np.bool_)
    paired[pairs.left] = True
    paired[pairs.right] = True
    smallest = (
        rows.filter(paired[rows["content"].to_numpy()])
        .select("content", *KEY)
        .sort(KEY)
        .unique("content", keep="first", maintain_order=True)
    )
    own = smallest["content"].to_numpy()
    rank = np.empty(len(hashes), dtype=np.int64)
    rank[own] = np.arange(len(own))
    first, second = rank[pairs.left], rank[pairs.right]
    first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((second, first))
    named = smallest.select(
        "doc_id", shard=_names(shards, smallest["shard"]), exact_hash=hexadecimal(hashes[own])
    )
    ends = [
        named[rank_of[order]].rename(lambda name, end=end: f"{name}_{end}")  # type: ignore[misc]
        for rank_of, end in ((first, "a"), (second, "b"))
    ]
    similarity = pl.Series("similarity", pairs.similarity[order], dtype=pl.Float64)
    return pl.concat(ends, how="horizontal").with_columns(similarity).select(EDGE_SCHEMA.names()).rechunk()
