"""The same as ``passages.find``, with less work from the last outcome.

What is a repeat in a document depends on the documents that share a key with it, and on which of those are
dropped. So a document is judged anew if it came, if it shares a key with one that came or left, or with one
that is dropped now and was not, or the other way round; for that all documents are read that share a key with
one of these. All others stay as they are. The keys of all shards are read four times, or six if some
document's being dropped changed: they are a seventh of the text (8 bytes for every 8.5 words).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.columns import OnDemand, flat_keys
from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.labels import LABEL_SCHEMA, Labels, in_order
from curation_assets.passages.passages import INDEX_COLUMNS, INDEX_SCHEMA, Found, nothing_to_find
from curation_assets.passages.repeats import Repeats, find_repeats
from curation_assets.passages.scanning import Documents, documents_with
from curation_assets.passages.tables import KeySet, Tables, repeated_keys
from curation_assets.progress import Progress, silent

Flags = NDArray[np.bool_]
Names = dict[str, pl.Series]
"""doc_ids (String) by shard."""


@dataclass(frozen=True)
class Before:
    """The last outcome, made with the same settings.

    Attributes:
        shards: the shards that it was made of.
        labels: reads the named columns of a shard's labels.
        index: reads a shard's index.
        changed: shards of now that have other inputs than then, or that were not there.
        gone: shards of then that are no more.
    """

    shards: Collection[str]
    labels: Callable[[str, Sequence[str]], pl.DataFrame]
    index: Callable[[str], pl.DataFrame]
    changed: Collection[str]
    gone: Collection[str]


@dataclass(frozen=True)
class Update:
    """The outcome for the shards that are not as they were, and the names of the others."""

    found: Found
    unchanged: Sequence[str]


@dataclass(frozen=True)
class _Moves:
    """What came and went: doc_ids by shard, and the keys by which others may know of it."""

    added: Names
    removed: Names
    keys: NDArray[np.uint64]


def update(tables: Tables, before: Before, config: PassagesConfig, progress: Progress = silent) -> Update:
    """Return what ``find`` would; the labels and the index of the last outcome must still be in place."""
    if not config.enabled:
        changed = [shard for shard in tables.shards if shard in before.changed]
        others = [shard for shard in tables.shards if shard not in before.changed]
        return Update(nothing_to_find(tables, changed), others)
    moves = _find_moves(tables, before)
    judged = _by_shard(tables, documents_with(tables, KeySet(moves.keys)))
    documents, repeated, repeats = _judge(tables, before, moves, judged, config, progress)
    turned = _turned(tables, before, moves, judged, documents, repeats)
    if turned:
        reached = _by_shard(tables, documents_with(tables, KeySet(_keys_of(tables, turned))))
        judged = _either(judged, reached)
        documents, repeated, repeats = _judge(tables, before, moves, judged, config, progress)
    among = _flags(tables, documents, judged)
    return _outcome(tables, before, moves, judged, _Judged(documents, repeated, repeats, among), config)


@dataclass(frozen=True)
class _Judged:
    """The documents that were read, the keys that repeat among them, and their repeats; those with bool
    [documents] ``among`` are exact."""

    documents: Documents
    repeated: NDArray[np.uint64]
    repeats: Repeats
    among: Flags


def _find_moves(tables: Tables, before: Before) -> _Moves:
    added: Names = {}
    removed: Names = {}
    keys = [np.empty(0, np.uint64)]
    for shard in sorted({*before.changed, *before.gone}):
        now = INDEX_SCHEMA.to_frame() if shard in before.gone else tables.keys(shard, INDEX_COLUMNS)
        then = before.index(shard) if shard in before.shards else INDEX_SCHEMA.to_frame()
        came = now.join(then, on=["doc_id", "text_hash"], how="anti")
        left = then.join(now, on=["doc_id", "text_hash"], how="anti")
        added[shard], removed[shard] = came["doc_id"], left["doc_id"]
        keys += [flat_keys(rows["keys"])[0] for rows in (came, left)]
    return _Moves(added, removed, np.unique(np.concatenate(keys)))


def _judge(
    tables: Tables, before: Before, moves: _Moves, judged: Names, config: PassagesConfig, progress: Progress
) -> tuple[Documents, NDArray[np.uint64], Repeats]:
    """Find the repeats of the documents that are to be judged, given which others were dropped."""
    around = KeySet(_keys_of(tables, judged))
    repeated = repeated_keys(tables, around)
    documents = documents_with(tables, KeySet(repeated))
    others = ~_flags(tables, documents, judged)
    dropped = _dropped_before(tables, before, moves, documents)
    known = (others, dropped)
    return (
        documents,
        repeated,
        find_repeats(tables, documents, repeated, config, progress, dropped_before=known),
    )


def _turned(
    tables: Tables, before: Before, moves: _Moves, judged: Names, documents: Documents, repeats: Repeats
) -> Names:
    """Return the documents that were there before, and are dropped now or are not any more."""
    was, now = _dropped_before(tables, before, moves, documents), repeats.dropped
    stayed = _flags(tables, documents, judged) & ~_flags(tables, documents, moves.added)
    # One that shares no key with any other any more is not among the documents, and nobody's concern.
    return _by_shard(tables, documents, (was != now) & stayed)


def _dropped_before(tables: Tables, before: Before, moves: _Moves, documents: Documents) -> Flags:
    """Return which documents were dropped in the last outcome (bool [documents])."""
    names: Names = {}
    for shard in tables.shards:
        if shard in before.shards:
            labels = before.labels(shard, ["doc_id", "kept"])
            gone = labels["doc_id"].filter(~labels["kept"])
            names[shard] = _without(gone, moves.removed.get(shard))
    return _flags(tables, documents, names)


def _outcome(
    tables: Tables, before: Before, moves: _Moves, judged: Names, found: _Judged, config: PassagesConfig
) -> Update:
    make = Labels(tables, found.documents, found.repeats, config)
    repeated = KeySet(found.repeated)

    def anew(shard: str) -> pl.Series:
        doc_ids = [names[shard] for names in (moves.added, judged) if shard in names]
        return pl.concat([pl.Series("doc_id", dtype=pl.String), *doc_ids]).unique()

    def kept_rows(shard: str, rows: pl.DataFrame) -> pl.DataFrame:
        gone = pl.concat([anew(shard), moves.removed.get(shard, pl.Series(dtype=pl.String))])
        return rows.filter(~pl.col("doc_id").is_in(gone.implode()))

    def labels(shard: str) -> pl.DataFrame:
        now = make(shard, anew(shard))
        if shard not in before.shards:
            return now
        return in_order(pl.concat([kept_rows(shard, before.labels(shard, LABEL_SCHEMA.names())), now]))

    def index(shard: str) -> pl.DataFrame:
        rows = tables.keys(shard, INDEX_COLUMNS)
        ours = rows.filter(pl.col("doc_id").is_in(anew(shard).implode()))
        parts = [ours.with_columns(keys=repeated.of_rows(ours["keys"])).select(INDEX_COLUMNS)]
        if shard in before.shards:
            parts.append(kept_rows(shard, before.index(shard)))
        return rows.select("doc_id").join(pl.concat(parts), on="doc_id", how="left", maintain_order="left")

    touched = {
        shard for names in (moves.added, moves.removed, judged) for shard in names if len(names[shard])
    }
    touched |= set(tables.shards) - set(before.shards)
    rewritten = [shard for shard in tables.shards if shard in touched]
    own = found.among
    return Update(
        Found(
            OnDemand(rewritten, labels),
            OnDemand(rewritten, index),
            read=len(own),
            keys=len(found.repeated),
            passages=int(own[found.repeats.documents].sum()),
            dropped=int(found.repeats.dropped[own].sum()),
        ),
        [shard for shard in tables.shards if shard not in touched],
    )


def _by_shard(tables: Tables, documents: Documents, wanted: Flags | None = None) -> Names:
    """Return the doc_ids of documents, or of the wanted ones, by shard; shards without any are left out."""
    names: Names = {}
    for number, shard in enumerate(tables.shards):
        rows = documents.of_shard(number)
        doc_ids = documents.doc_ids[rows]
        if wanted is not None:
            doc_ids = doc_ids.filter(pl.Series(wanted[rows], dtype=pl.Boolean))
        if len(doc_ids):
            names[shard] = doc_ids
    return names


def _flags(tables: Tables, documents: Documents, names: Names) -> Flags:
    """Return which of the documents are among those named (bool [documents])."""
    flags = np.zeros(len(documents.ranks), dtype=np.bool_)
    for number, shard in enumerate(tables.shards):
        if shard in names:
            rows = documents.of_shard(number)
            flags[rows] = documents.doc_ids[rows].is_in(names[shard].implode()).to_numpy()
    return flags


def _keys_of(tables: Tables, names: Names) -> NDArray[np.uint64]:
    """Return the keys of the documents named, ascending."""
    keys = [np.empty(0, np.uint64)]
    for shard, doc_ids in names.items():
        rows = tables.keys(shard, ["doc_id", "keys"])
        keys.append(flat_keys(rows.filter(pl.col("doc_id").is_in(doc_ids.implode()))["keys"])[0])
    return np.unique(np.concatenate(keys))


def _either(left: Names, right: Names) -> Names:
    both = {shard: [names[shard] for names in (left, right) if shard in names] for shard in {*left, *right}}
    return {shard: pl.concat(doc_ids).unique(maintain_order=True) for shard, doc_ids in both.items()}


def _without(names: pl.Series, others: pl.Series | None) -> pl.Series:
    return names if others is None else names.filter(~names.is_in(others.implode()))
