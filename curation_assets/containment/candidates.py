"""Which documents have to be compared.

A document is looked for by its probes, its smallest keys. Another one is a candidate if it has more distinct
shingles, is no copy of it that deduplication kept on purpose, and holds ``threshold / 3`` of the probes and
of all keys. The whole has about as large a share of an excerpt's keys as of its shingles, so a third of that
leaves room for chance; and where documents have no more than a phrase in common no text is read.

What a million documents quote must not be compared with each. So a key leads only to the ``candidates``
largest of the documents that hold it (where there are more, any other counts as holding it), and a document
is compared only with the ``candidates`` that most of its probes lead to, of equals the larger. All of that
depends on the set of documents alone.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.columns import compact, flat_keys
from curation_assets.containment.comparing import REFUTED, compare
from curation_assets.containment.config import ContainmentConfig
from curation_assets.containment.keys import KEY_SCHEMA
from curation_assets.containment.tables import Tables

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]

LEAST_PART = 3
"""Of the threshold; at 2 an excerpt with 4 % of its words replaced was missed now and then."""
DOCUMENTS_AT_ONCE = 1 << 16


class Candidates(NamedTuple):
    """Pairs of a document and a larger one that may contain it.

    Attributes:
        documents: doc_id, shard, text_hash (String each), shingles and key_count (Int64) of the documents
            that are in a pair, from the largest to the smallest, then by doc_id and shard.
        small, large: int64 [pairs], rows of ``documents``; ascending by the one, then by the other.
    """

    documents: pl.DataFrame
    small: Indices
    large: Indices


class _Documents(NamedTuple):
    """All documents of the lake.

    Attributes:
        offsets: int64 [shards + 1], their rows by shard.
        order: int64 [n], the row at each rank.  ranks: int64 [n], the rank of each row.
        probes: uint64 [n, probes], sizes, groups: int64 [n], by rank; see ``probing.choose``.
    """

    offsets: Indices
    order: Indices
    ranks: Indices
    probes: Hashes
    sizes: Indices
    groups: Indices


def find_candidates(tables: Tables, config: ContainmentConfig) -> Candidates:
    """Return the pairs that have to be compared; the tables of keys are read three times.

    Memory: at most 500 bytes a document with the default of 8 probes, and 16 for each pair.
    """
    from curation_assets.containment import probing

    documents = _documents(tables, config.probes)
    table, holders = _held_by_several(tables, documents)
    room = np.minimum(holders, config.candidates)
    starts = np.concatenate([[0], np.cumsum(room)])
    lists, filled = np.empty(starts[-1], np.int64), np.zeros(len(room), np.int64)
    for number, shard in enumerate(tables.shards if starts[-1] else ()):
        flat, offsets = flat_keys(tables.keys(shard, ["keys"])["keys"])
        ranks = documents.ranks[documents.offsets[number] : documents.offsets[number + 1]]
        probing.list_holders(table, flat, offsets, ranks, starts, filled, lists)
    small, large = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for begin in range(0, len(documents.order) if starts[-1] else 0, DOCUMENTS_AT_ONCE):
        counts = np.zeros(min(DOCUMENTS_AT_ONCE, len(documents.order) - begin), np.int64)
        chosen = np.empty((len(counts), config.candidates), np.int64)
        probing.choose(
            table, starts, holders, lists, documents.probes, documents.sizes, documents.groups,
            config.threshold / LEAST_PART, begin, counts, chosen,
        )  # fmt: skip
        small.append(np.repeat(np.arange(begin, begin + len(counts)), counts))
        large.append(chosen[np.arange(config.candidates) < counts[:, None]])
    named = _named(tables, documents, np.concatenate(small), np.concatenate(large))
    return _alike(tables, named, config.threshold / LEAST_PART)


def _documents(tables: Tables, probes: int) -> _Documents:
    schema = {"doc_id": pl.String, "shingles": pl.Int64, "group": pl.String}
    rows, smallest = [pl.DataFrame(schema=schema)], [np.empty((0, probes), np.uint64)]
    for shard in tables.shards:
        table = tables.keys(shard, ["doc_id", "cluster_id", "shingles", "keys"])
        rows.append(
            table.select(compact(table["doc_id"]), "shingles", compact(table["cluster_id"]).alias("group"))
        )
        flat, offsets = flat_keys(table["keys"])
        at = offsets[:-1, None] + np.arange(probes)
        there = at < offsets[1:, None]
        smallest.append(np.where(there, np.append(flat, np.uint64(0))[np.where(there, at, -1)], np.uint64(0)))
    bounds = np.cumsum([part.height for part in rows], dtype=np.int64)
    number = pl.Series("shard", np.repeat(np.arange(len(tables.shards)), np.diff(bounds)), dtype=pl.Int32)
    frame = pl.concat(rows).with_columns(number, pl.col("group").rank("dense").cast(pl.Int64))
    by = pl.arg_sort_by("shingles", "doc_id", "shard", descending=[True, False, False])
    order = frame.select(by).to_series().to_numpy().astype(np.int64)
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    sizes, groups = (frame[name].to_numpy()[order] for name in ("shingles", "group"))
    return _Documents(bounds, order, ranks, np.concatenate(smallest)[order], sizes, groups)


def _held_by_several(tables: Tables, documents: _Documents) -> tuple[Hashes, Indices]:
    """Return the table of the probes that several documents hold, and how many hold each (int64 [slots])."""
    from curation_assets.containment import probing

    table = _empty_table(int((documents.probes > 0).sum()))
    probing.fill_table(table, documents.probes)
    held = np.zeros(len(table), dtype=np.int32)
    for shard in tables.shards if table.any() else ():
        probing.count_holders(table, flat_keys(tables.keys(shard, ["keys"])["keys"])[0], held)
    keys, counts = table[held > 1], held[held > 1]
    del table, held
    several = _empty_table(len(keys))
    probing.fill_table(several, keys)
    holders = np.zeros(len(several), dtype=np.int64)
    probing.put_counts(several, keys, counts, holders)
    return several, holders


def _empty_table(keys: int) -> Hashes:
    return np.zeros(1 << max(4, int(keys * 3 // 2).bit_length()), dtype=np.uint64)


def _named(tables: Tables, documents: _Documents, small: Indices, large: Indices) -> Candidates:
    """Return the pairs, given by ranks, with the names of their documents."""
    ranks, places = np.unique(np.concatenate([small, large]), return_inverse=True)
    rows = documents.order[ranks]
    columns = ["doc_id", "shard", "text_hash", "shingles", "key_count"]
    parts = [pl.DataFrame(schema={name: KEY_SCHEMA[name] for name in columns})]
    for number, shard in enumerate(tables.shards):
        begin, stop = documents.offsets[number], documents.offsets[number + 1]
        own = np.sort(rows[(rows >= begin) & (rows < stop)]) - begin
        if len(own):
            found = tables.keys(shard, columns).select(columns)[own]
            parts.append(found.with_columns(compact(found[name]) for name in columns[:3]))
    ends = places.astype(np.int64).reshape(2, -1)
    named = pl.concat(parts)[np.argsort(np.argsort(rows))] if len(rows) else parts[0]
    return Candidates(named, ends[0], ends[1])


def _alike(tables: Tables, pairs: Candidates, share: float) -> Candidates:
    """Return the pairs of which the larger document has that share of the smaller one's keys."""
    documents, small, large = pairs
    sizes = documents["key_count"].to_numpy()
    alike = compare(documents, small, large, sizes, tables.keys_at, share) != REFUTED
    return Candidates(documents, small[alike], large[alike])
