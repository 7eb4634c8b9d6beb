"""Copies gathered into clusters, and the one copy of each that stays.

Two contents are linked when they share a band key and their shingle sets' Jaccard index reaches the
threshold. That depends on these two alone, never on a cluster's first member or on what was read before. So a
shard can be taken out by leaving out its links, and one can be added by comparing it with all others (see
``update``); components are recomputed from the links, and the kept copy follows from a total order. Copies
that are not linked themselves can still be in one cluster through others between them; ``similarity`` says
how close a copy is to the one that stays.

Memory: measured between 50,000 and 200,000 documents the peak grows by 140 bytes a document where 30 % are
copies (``benchmarks/memory.py``); the texts of two blocks come on top. Signatures are read shard by shard,
several times over; strings are held for documents in clusters only. A larger lake goes by ranges, see
``ranges``, and has the same clusters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.dedup.candidates import Candidates, connected_components, find_candidates, keys_in_tables
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.contents import Contents, Indices, number_contents
from curation_assets.dedup.labels import Grouping, edge_frame, group, in_order, labelled
from curation_assets.dedup.pairs import ALL_PAIRS_LIMIT
from curation_assets.dedup.preference import ranked
from curation_assets.dedup.ranges.clustering import cluster_by_ranges
from curation_assets.dedup.ranges.results import EdgesInPieces
from curation_assets.dedup.ranges.spill import Spill
from curation_assets.dedup.sources import by_source, thresholds
from curation_assets.dedup.tables import FramesOnDemand, Tables, compact
from curation_assets.dedup.verify import similarity_of_pairs, verified_pairs
from curation_assets.progress import Progress, silent
from curation_assets.shingles.store import ShingleStore, fill

BLOCK_TOKENS = 8_000_000


@dataclass(frozen=True)
class Clusters:
    """The outcome of ``cluster``.

    Attributes:
        labels: for each shard ``LABEL_SCHEMA``, one row a document, sorted by doc_id; made when asked for.
            ``cluster_id`` is the smallest doc_id of the cluster, ``similarity`` the Jaccard index with the
            representative. ``drop_reason`` is null for the representative, "exact_duplicate" where the token
            sequence is the representative's, else "near_duplicate".
        edges: ``EDGE_SCHEMA``, verified pairs (a before b), sorted; a frame unless memory has no room for
            them. Of exact copies only the one with the smallest (doc_id, shard) has edges. In large
            clusters not all: see ``pairs.thinned``.
        sizes: Int64, of the clusters of more than one document.
        compared: number of contents whose texts had to be compared.
        characters: number of characters of the documents that were looked at.
    """

    labels: Mapping[str, pl.DataFrame]
    edges: pl.DataFrame | EdgesInPieces
    sizes: pl.Series
    compared: int
    characters: int


def cluster(
    tables: Tables,
    config: DedupConfig,
    progress: Progress = silent,
    *,
    spill: Spill | None = None,
    block_tokens: int = BLOCK_TOKENS,
    all_pairs_limit: int = ALL_PAIRS_LIMIT,
) -> Clusters:
    """Find the clusters of copies among all documents and choose each one's representative.

    The representative is what ``config.representative`` prefers, then what has the most characters, then the
    smallest doc_id, then the smallest shard. The order
    of rows and ``block_tokens`` do not change the outcome; the division into shards changes shard columns
    alone.

    Args:
        tables: signatures made with the same ``config``; texts are asked for candidates only.
        progress: told of documents as they are settled; every document is counted once.
        spill: where to work by ranges if there are many documents; None: always in memory. Shingle sets that
            are too large for memory lie in a file without a name in the folder that its own is in.
        block_tokens: tokens of text worked on at a time, bounds memory.
        all_pairs_limit: contents in a cluster above which ``edges`` holds its spanning forest alone.

    Raises:
        ValueError: (doc_id, shard) is not unique, band keys do not fit ``config``, or a text is missing.
    """
    tables = by_source(tables, config)
    if spill:
        spill.clear()
    most = spill.documents_in_memory if spill and config.enabled else None
    contents = number_contents(tables, most)
    if contents is not None or spill is None:
        assert contents is not None
        beside = spill.folder.parent if spill else None
        return _in_memory(tables, contents, config, progress, block_tokens, all_pairs_limit, beside)
    limits = {"block_tokens": block_tokens, "all_pairs_limit": all_pairs_limit}
    return Clusters(*cluster_by_ranges(tables, config, spill, progress, **limits))


def _in_memory(
    tables: Tables,
    contents: Contents,
    config: DedupConfig,
    progress: Progress,
    block_tokens: int,
    all_pairs_limit: int,
    folder: Path | None,
) -> Clusters:
    candidates = _candidates(tables, contents, config)
    compared, tokens = candidates.documents, contents.tokens[candidates.documents]
    progress(len(contents.of_row) - len(compared))
    sets = ShingleStore(tokens, folder)
    fill(
        sets,
        np.arange(len(compared)),
        tokens,
        contents.texts(tables, compared),
        config.shingle_words,
        block_tokens,
    )
    pairs = verified_pairs(
        candidates,
        contents.tokens,
        sets,
        config,
        progress,
        block_tokens=block_tokens,
        all_pairs_limit=all_pairs_limit,
        thresholds=thresholds(contents.hashes, config),
    )
    compute = _Compare(compared, tokens, sets, block_tokens)
    del candidates
    roots = connected_components(len(contents.hashes), pairs.left, pairs.right)
    rows = _rows_in_clusters(tables, contents, roots if config.enabled else None, config)
    grouping = group(rows, roots, tables.shards, pairs, compute)
    sets.close()
    edges = edge_frame(pairs, rows, contents.hashes, tables.shards)
    labels = FramesOnDemand(
        tables.shards, _Labels(tables, contents.of_row, contents.offsets, grouping, config)
    )
    return Clusters(labels, edges, grouping.table["cluster_size"], len(compared), contents.characters)


@dataclass(frozen=True)
class _Labels:
    """Makes the label table of a shard from its signatures."""

    tables: Tables
    content_of_row: Indices
    offsets: Indices
    grouping: Grouping
    config: DedupConfig

    def __call__(self, shard: str) -> pl.DataFrame:
        number = self.tables.shards.index(shard)
        contents = self.content_of_row[self.offsets[number] : self.offsets[number + 1]]
        rows = ranked(self.tables, shard, self.config)
        return in_order(labelled(rows, shard, number, contents, self.grouping, self.config))


class _Compare:
    """Computes similarities of contents that were candidates from their shingle sets."""

    def __init__(self, documents: Indices, tokens: Indices, sets: ShingleStore, block_tokens: int) -> None:
        self._order = np.argsort(documents)
        self._ascending = documents[self._order]
        self._tokens, self._sets, self._block_tokens = tokens, sets, block_tokens

    def __call__(self, left: Indices, right: Indices) -> NDArray[np.float64]:
        return similarity_of_pairs(
            self._order[np.searchsorted(self._ascending, left)],
            self._order[np.searchsorted(self._ascending, right)],
            self._tokens,
            self._sets,
            block_tokens=self._block_tokens,
        )


def _candidates(tables: Tables, contents: Contents, config: DedupConfig) -> Candidates:
    """Candidates among the contents that have tokens; none where copies are not looked for."""
    comparable = contents.tokens > 0 if config.enabled else np.zeros(len(contents.tokens), np.bool_)
    candidates = find_candidates(keys_in_tables(tables, contents, comparable, config.bands))
    return candidates._replace(documents=np.flatnonzero(comparable)[candidates.documents])


def _rows_in_clusters(
    tables: Tables, contents: Contents, roots: Indices | None, config: DedupConfig
) -> pl.DataFrame:
    """Return the documents in clusters of more than one: doc_id, shard (its number), content, and what
    decides which of them stays."""
    schema = {"doc_id": pl.String, "shard": pl.Int32, "content": pl.Int64}
    schema |= dict.fromkeys(("preference", "characters"), pl.Int64)
    parts = [pl.DataFrame(schema=schema)]
    if roots is not None:
        size = np.bincount(roots[contents.of_row], minlength=len(roots))
        crowded = (size > 1)[roots]
        for number, shard in enumerate(tables.shards):
            own = contents.of_row[contents.rows_of(number)]
            chosen = crowded[own]
            if chosen.any():
                rows = compact(ranked(tables, shard, config).filter(chosen))
                rows = rows.with_columns(shard=pl.lit(number, pl.Int32), content=pl.Series(own[chosen]))
                parts.append(rows.select(list(schema)))
    return pl.concat(parts)
