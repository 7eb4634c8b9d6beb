"""Clusters brought up to date with what changed, equal to those that ``cluster`` makes from nothing.

Whether two contents are copies depends on these two alone. So:

1. The rows of a changed or gone shard are known from its label table: what came and went is known to the row,
   not to the shard.
2. Only contents that are new are compared, with those that share a band key with them.
3. What the contents that came or went are linked to, by old edges or by new ones, is worked anew. A cluster
   that holds none of them has the rows and the links that it had, and no new link leads into it: it stays.
4. Label tables are written for shards with a row of the clusters worked anew; other rows keep their label.

Of a cluster of more than ``all_pairs_limit`` contents only the spanning forest is known. It can gain contents
as any other (the forest of a union is the forest of the forests); when it may have lost one, the links of all
its contents are looked for anew.

The similarity to a representative that stays is taken from the old labels, so that texts are read only for
pairs that nobody has compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.dedup.candidates import connected_components, find_candidates, keys_in_memory
from curation_assets.dedup.cluster import BLOCK_TOKENS, Clusters
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.contents import Hashes, Indices, hexadecimal, packed
from curation_assets.dedup.labels import (
    EDGE_ORDER,
    EDGE_SCHEMA,
    LABEL_SCHEMA,
    Grouping,
    edge_frame,
    group,
    in_order,
    labelled,
)
from curation_assets.dedup.links import Links, links_of, of_large_components, reached, together
from curation_assets.dedup.moves import Before, Moves, find_moves
from curation_assets.dedup.pairs import ALL_PAIRS_LIMIT, Pairs, joined, sorted_pairs, thinned
from curation_assets.dedup.preference import ROW
from curation_assets.dedup.sketches import Sketches, sharing_a_key, sketches_of
from curation_assets.dedup.sources import by_source, thresholds
from curation_assets.dedup.tables import KEY, FramesOnDemand, Tables, compact
from curation_assets.dedup.verify import needed, similarity_of_pairs, verified_pairs
from curation_assets.progress import Progress, silent
from curation_assets.shingles.store import ShingleStore, fill

TOLD = ["similarity", "representative", "representative_shard"]


@dataclass(frozen=True)
class Update:
    """The clusters as they are now, but for the labels of the ``unchanged`` shards, which stay."""

    clusters: Clusters
    unchanged: Sequence[str]


def update(
    tables: Tables,
    before: Before,
    config: DedupConfig,
    progress: Progress = silent,
    *,
    block_tokens: int = BLOCK_TOKENS,
    all_pairs_limit: int = ALL_PAIRS_LIMIT,
) -> Update:
    """Return what ``cluster`` would; arguments and errors are as there."""
    tables = by_source(tables, config)
    moves = find_moves(tables, before, config, progress)
    old = links_of(before.edges(["exact_hash_a", "exact_hash_b", "similarity"]))
    lost = of_large_components(old, packed(moves.removed["exact_hash"]), all_pairs_limit)
    around, fresh = _to_compare(tables, before, moves, lost, config)
    found = _verified(tables, around, fresh, config, block_tokens, all_pairs_limit)
    stay = old.at(~old.touching(fresh))
    touched = reached(together(old, found), np.union1d(moves.touched, lost))
    now = _rows_now(tables, before, moves, touched, progress)

    hashes, contents = np.unique(packed(now.rows["exact_hash"]), return_inverse=True)
    pairs = together(stay.at(stay.within(hashes)), found).numbered(hashes)
    pairs = thinned(pairs, len(hashes), all_pairs_limit)
    rows = now.rows.with_columns(content=pl.Series(contents))
    compute = _Compare(tables, rows, config, block_tokens)
    known = joined([pairs, _told(rows, tables.shards)])
    roots = connected_components(len(hashes), pairs.left, pairs.right)
    in_clusters = rows if config.enabled else rows.clear()
    grouping = group(in_clusters, roots, tables.shards, known, compute)
    untouched = before.edges(EDGE_SCHEMA.names()).filter(pl.Series(~np.isin(old.left, touched)))
    edges = pl.concat([untouched, edge_frame(pairs, rows, hashes, tables.shards)])
    rewritten = [shard for shard in tables.shards if shard in now.touched]
    clusters = Clusters(
        FramesOnDemand(
            rewritten, _Labels(tables.shards, before, hexadecimal(touched).implode(), rows, grouping, config)
        ),
        edges.sort(EDGE_ORDER).rechunk(),
        pl.concat([now.sizes, grouping.table["cluster_size"]]),
        compared=len(around.hashes),
        characters=int(rows["characters"].sum()),
    )
    return Update(clusters, [shard for shard in tables.shards if shard not in now.touched])


def _to_compare(
    tables: Tables, before: Before, moves: Moves, lost: Hashes, config: DedupConfig
) -> tuple[Sketches, Hashes]:
    """Return the contents of which links have to be found, with all that may be linked to them; and the
    former alone.

    A content that came is not among them if an unchanged shard has it, too.
    """
    wanted = np.union1d(moves.new, lost) if config.enabled else moves.new[:0]
    shards = tables.shards if len(lost) else moves.added["shard"].unique().sort().to_list()
    unchanged = set(tables.shards) - set(before.changed)
    around, older = sharing_a_key(tables, sketches_of(tables, shards, wanted, config.bands), unchanged)
    of_old = np.isin(around.hashes, lost)
    fresh = of_old | (np.isin(around.hashes, wanted) & ~older)
    return around.sharing_a_key_with(fresh), around.hashes[fresh]


def _verified(
    tables: Tables, around: Sketches, fresh: Hashes, config: DedupConfig, block_tokens: int, limit: int
) -> Links:
    """Return the links that have an end in a fresh content."""
    candidates = find_candidates(keys_in_memory(around.keys))
    marked = np.isin(around.hashes, fresh)
    wanted = needed(candidates, marked)
    documents = candidates.documents[wanted]
    sets = ShingleStore(around.tokens[candidates.documents])
    fetched = tables.texts_by_shard(around.places[documents])
    fill(sets, wanted, around.tokens[documents], fetched, config.shingle_words, block_tokens)
    pairs = verified_pairs(
        candidates,
        around.tokens,
        sets,
        config,
        silent,
        block_tokens=block_tokens,
        all_pairs_limit=limit,
        fresh=marked,
        thresholds=thresholds(around.hashes, config),
    )
    sets.close()
    return Links(around.hashes[pairs.left], around.hashes[pairs.right], pairs.similarity)


@dataclass(frozen=True)
class _Now:
    """The rows of the touched contents as they are now.

    Attributes:
        rows: doc_id, shard (Int32, its number), exact_hash, characters, and what its last label told of its
            representative, null for one that came.
        touched: the shards that they are or were in.
        sizes: Int64, of the clusters of more than one document that are not touched.
    """

    rows: pl.DataFrame
    touched: frozenset[str]
    sizes: pl.Series


def _rows_now(tables: Tables, before: Before, moves: Moves, touched: Hashes, progress: Progress) -> _Now:
    among = hexadecimal(touched).implode()
    schema = {name: LABEL_SCHEMA[name] for name in (*KEY, *ROW[1:], *TOLD)}
    rows, sizes = [pl.DataFrame(schema=schema)], [pl.Series("cluster_size", dtype=pl.Int64)]
    for shard in tables.shards:
        if shard not in before.shards:
            continue
        labels = before.labels(shard, ["exact_hash", "cluster_size", "place"])
        chosen = labels["exact_hash"].is_in(among)
        others = labels.filter(~chosen & (labels["place"] == 1) & (labels["cluster_size"] > 1))
        sizes.append(others["cluster_size"])
        if chosen.any():
            rows.append(compact(before.labels(shard, list(schema)).filter(chosen).select(list(schema))))
        if shard not in before.changed:
            progress(labels.height)
    stayed = pl.concat(rows).join(moves.removed, on=KEY, how="anti")
    rows_now = pl.concat([stayed, moves.added], how="diagonal").select(list(schema))
    of_shards = {*rows_now["shard"], *moves.removed["shard"], *(set(tables.shards) - set(before.shards))}
    numbered = rows_now.with_columns(shard=_numbers(rows_now["shard"], tables.shards))
    return _Now(numbered, frozenset(of_shards), pl.concat(sizes))


def _numbers(names: pl.Series, shards: Sequence[str]) -> pl.Series:
    """Return the number of each shard, null for one that is no more."""
    numbers = {shard: number for number, shard in enumerate(shards)}
    return names.replace_strict(numbers, default=None, return_dtype=pl.Int32)


def _told(rows: pl.DataFrame, shards: Sequence[str]) -> Pairs:
    """Return the similarities that the labels of rows that stayed tell, to representatives that stayed."""
    stayed = rows.filter(pl.col("similarity").is_not_null())
    told = stayed.with_columns(representative_shard=_numbers(stayed["representative_shard"], shards)).join(
        stayed.select(
            representative="doc_id", representative_shard="shard", representative_content="content"
        ),
        on=["representative", "representative_shard"],
    )
    told = told.filter(pl.col("content") != pl.col("representative_content"))
    told = told.unique(["content", "representative_content"])
    return sorted_pairs(
        told["content"].to_numpy(), told["representative_content"].to_numpy(), told["similarity"].to_numpy()
    )


class _Compare:
    """Computes similarities of contents from their texts."""

    def __init__(self, tables: Tables, rows: pl.DataFrame, config: DedupConfig, block_tokens: int) -> None:
        self._tables = tables
        self._firsts = rows.unique("content", keep="first").sort("content")
        self._config = config
        self._block_tokens = block_tokens

    def __call__(self, left: Indices, right: Indices) -> NDArray[np.float64]:
        wanted, ends = np.unique(np.concatenate([left, right]), return_inverse=True)
        firsts = self._firsts[wanted]
        tokens = firsts["characters"].to_numpy() + 1  # no text has more, so that the sets have room
        sets = ShingleStore(tokens)
        names = pl.Series(self._tables.shards, dtype=pl.String)
        places = firsts.select(KEY).with_columns(shard=names.gather(firsts["shard"]))
        fetched = self._tables.texts_by_shard(places)
        fill(sets, np.arange(len(wanted)), tokens, fetched, self._config.shingle_words, self._block_tokens)
        first, second = ends.astype(np.int64).reshape(2, -1)
        similarity = similarity_of_pairs(first, second, tokens, sets, block_tokens=self._block_tokens)
        sets.close()
        return similarity


@dataclass(frozen=True)
class _Labels:
    """Makes the label table of a shard from its last one and the clusters worked anew."""

    shards: Sequence[str]
    before: Before
    touched: pl.Series
    rows: pl.DataFrame
    grouping: Grouping
    config: DedupConfig

    def __call__(self, shard: str) -> pl.DataFrame:
        number = self.shards.index(shard)
        own = self.rows.filter(pl.col("shard") == number)
        contents = own["content"].to_numpy()
        labels = labelled(own.select(ROW), shard, number, contents, self.grouping, self.config)
        if shard in self.before.shards:
            last = self.before.labels(shard, LABEL_SCHEMA.names())
            gone = last["exact_hash"].is_in(self.touched)
            labels = pl.concat([last.filter(~gone), labels])
        return in_order(labels)
