"""Copies gathered into clusters, and the one copy of each that stays.

Two documents are linked when they share a band key and their shingle sets' Jaccard index reaches the
threshold. That depends on these two alone, never on a cluster's first member or on what was read before. So a
shard can be taken out by leaving out its links, and one can be added by comparing it with all others;
components are recomputed from the links, and the kept copy follows from a total order. Copies that are not
linked themselves can still be in one cluster through others between them; ``similarity`` says how close a
copy is to the one that stays.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.dedup.candidates import Candidates, connected_components, find_candidates
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.verify import ALL_PAIRS_LIMIT, Indices, Pairs, similarity_of_pairs, verified_pairs
from curation_assets.progress import Progress, silent

BLOCK_TOKENS = 8_000_000
KEY = ("doc_id", "shard")

LABEL_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "cluster_id": pl.String(),
        "cluster_size": pl.Int64(),
        "representative": pl.String(),
        "representative_shard": pl.String(),
        "similarity": pl.Float64(),
        "kept": pl.Boolean(),
        "drop_reason": pl.String(),
    }
)
EDGE_SCHEMA = pl.Schema(
    {
        "doc_id_a": pl.String(),
        "shard_a": pl.String(),
        "doc_id_b": pl.String(),
        "shard_b": pl.String(),
        "similarity": pl.Float64(),
    }
)

TextsOf = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Clusters:
    """The outcome of ``cluster``.

    Attributes:
        labels: ``LABEL_SCHEMA``, one row a document, sorted by (shard, doc_id). ``cluster_id`` is the
            smallest doc_id of the cluster, ``similarity`` the Jaccard index with the representative.
            ``drop_reason`` is null for the representative, "exact_duplicate" where the token sequence is the
            representative's, else "near_duplicate".
        edges: ``EDGE_SCHEMA``, verified pairs (a before b), sorted. Of exact copies only the one with the
            smallest (doc_id, shard) has edges. In large components not all: see ``verify.verified_pairs``.
    """

    labels: pl.DataFrame
    edges: pl.DataFrame


def cluster(
    signatures: pl.DataFrame,
    texts_of: TextsOf,
    config: DedupConfig,
    progress: Progress = silent,
    *,
    block_tokens: int = BLOCK_TOKENS,
    all_pairs_limit: int = ALL_PAIRS_LIMIT,
) -> Clusters:
    """Find the clusters of copies among all documents and choose each one's representative.

    The representative has the most characters, then the smallest doc_id, then the smallest shard. The order
    of rows and ``block_tokens`` do not change the outcome; the division into shards changes shard columns
    alone.

    Args:
        signatures: rows of ``SIGNATURE_SCHEMA`` made with the same ``config``; (doc_id, shard) is unique.
        texts_of: given some (doc_id, shard) returns their doc_id, shard, text; asked for candidates only.
        progress: told of documents as they are settled; every document is counted once.
        block_tokens: tokens of text worked on at a time, bounds memory.
        all_pairs_limit: candidates in a component above which ``edges`` holds its spanning forest alone.

    Raises:
        ValueError: (doc_id, shard) is not unique, band keys do not fit ``config``, or a text is missing.
    """
    rows = signatures.select(*KEY, "exact_hash", "characters", "tokens", "band_keys").sort(KEY)
    _check_unique(rows)
    if not config.enabled:
        rows = rows.with_columns(exact_hash=pl.int_range(pl.len()).cast(pl.String), tokens=0)
    distinct = rows.unique("exact_hash", keep="first", maintain_order=True).with_row_index("group")
    group_of = distinct.select("exact_hash", group=pl.col("group").cast(pl.Int64))
    members = rows.select(*KEY, "characters", "exact_hash")
    members = members.join(group_of, on="exact_hash", how="left", maintain_order="left")

    def texts(wanted: Indices) -> pl.Series:
        return _fetch(texts_of, distinct.select(KEY)[wanted])

    tokens = distinct["tokens"].to_numpy()
    candidates = _candidates(distinct, config.bands)
    progress(len(rows) - len(candidates.documents))
    pairs = verified_pairs(
        candidates,
        tokens,
        texts,
        config,
        progress,
        block_tokens=block_tokens,
        all_pairs_limit=all_pairs_limit,
    )
    roots = connected_components(len(distinct), pairs.left, pairs.right)
    members = _with_representatives(members.with_columns(root=pl.Series(roots)[members["group"]]))
    similarity = _similarities(members, pairs, tokens, texts, config, block_tokens)
    return Clusters(_labels(members, similarity), _edges(distinct, pairs))


def _check_unique(rows: pl.DataFrame) -> None:
    repeated = rows.select(KEY).filter(rows.select(KEY).is_duplicated())
    if len(repeated):
        doc_id, shard = repeated.row(0)
        raise ValueError(f"signatures: document {doc_id!r} of shard {shard!r} is there more than once")


def _fetch(texts_of: TextsOf, wanted: pl.DataFrame) -> pl.Series:
    got = texts_of(wanted).select(*KEY, pl.col("text").fill_null("")).unique(KEY, keep="first")
    texts = wanted.join(got, on=KEY, how="left", maintain_order="left")
    missing = texts.filter(pl.col("text").is_null())
    if len(missing):
        doc_id, shard, _ = missing.row(0)
        raise ValueError(f"texts_of: {len(missing)} texts are missing, such as {doc_id!r} of shard {shard!r}")
    return texts["text"]


def _band_keys(distinct: pl.DataFrame, bands: int) -> NDArray[np.uint64]:
    lengths = distinct["band_keys"].list.len()
    if (lengths != bands).any():
        raise ValueError(f"signatures: band_keys must hold dedup.bands = {bands} keys a document")
    return distinct["band_keys"].explode().to_numpy().reshape(-1, bands)


def _candidates(distinct: pl.DataFrame, bands: int) -> Candidates:
    """Candidates among the rows of ``distinct`` that have tokens."""
    comparable = np.flatnonzero(distinct["tokens"].to_numpy() > 0)
    candidates = find_candidates(_band_keys(distinct[comparable], bands))
    return candidates._replace(documents=comparable[candidates.documents])


def _with_representatives(members: pl.DataFrame) -> pl.DataFrame:
    """Add each row's cluster_id, cluster_size and representative (key and exact-copy group)."""
    best = (
        members.sort("root", "characters", *KEY, descending=[False, True, False, False])
        .group_by("root", maintain_order=True)
        .agg(
            cluster_id=pl.col("doc_id").min(),
            cluster_size=pl.len().cast(pl.Int64),
            representative=pl.col("doc_id").first(),
            representative_shard=pl.col("shard").first(),
            representative_group=pl.col("group").first(),
        )
    )
    return members.join(best, on="root", how="left", maintain_order="left")


def _similarities(
    members: pl.DataFrame,
    pairs: Pairs,
    tokens: Indices,
    texts: Callable[[Indices], pl.Series],
    config: DedupConfig,
    block_tokens: int,
) -> pl.Series:
    """Jaccard index with the representative, a row: known from the edges, else computed."""
    wanted = (
        members.filter(pl.col("group") != pl.col("representative_group"))
        .select(
            left=pl.min_horizontal("group", "representative_group"),
            right=pl.max_horizontal("group", "representative_group"),
            group="group",
        )
        .unique("group", maintain_order=True)
    )
    edges = pl.DataFrame({"left": pairs.left, "right": pairs.right, "known": pairs.similarity})
    wanted = wanted.join(edges, on=["left", "right"], how="left", maintain_order="left")
    open_pairs = wanted.filter(pl.col("known").is_null())
    computed = similarity_of_pairs(
        open_pairs["left"].to_numpy(),
        open_pairs["right"].to_numpy(),
        tokens,
        texts,
        config,
        block_tokens=block_tokens,
    )
    by_group = pl.concat(
        [
            wanted.filter(pl.col("known").is_not_null()).select("group", similarity="known"),
            open_pairs.select("group", similarity=pl.Series(computed, dtype=pl.Float64)),
        ]
    )
    joined = members.join(by_group, on="group", how="left", maintain_order="left")
    return joined["similarity"].fill_null(1.0)


def _labels(members: pl.DataFrame, similarity: pl.Series) -> pl.DataFrame:
    kept = pl.struct(KEY) == pl.struct(doc_id="representative", shard="representative_shard")
    exact = pl.col("group") == pl.col("representative_group")
    reason = pl.when(exact).then(pl.lit("exact_duplicate")).otherwise(pl.lit("near_duplicate"))
    labels = members.with_columns(similarity=similarity, kept=kept).with_columns(
        drop_reason=pl.when(~pl.col("kept")).then(reason)
    )
    columns = [pl.col(name).cast(dtype) for name, dtype in LABEL_SCHEMA.items()]
    return labels.select(columns).sort("shard", "doc_id")


def _edges(distinct: pl.DataFrame, pairs: Pairs) -> pl.DataFrame:
    """``distinct`` is sorted by (doc_id, shard), so pairs sorted by row numbers are sorted by these."""
    keys = distinct.select(KEY)
    left, right = keys[pairs.left], keys[pairs.right]
    return pl.DataFrame(
        [
            left["doc_id"].alias("doc_id_a"),
            left["shard"].alias("shard_a"),
            right["doc_id"].alias("doc_id_b"),
            right["shard"].alias("shard_b"),
            pl.Series("similarity", pairs.similarity, dtype=pl.Float64),
        ]
    )
