"""Looks for the n-grams of evaluation sets in documents, and makes the table of it.

The longest match of a document is its longest run of words in which every ``words`` consecutive ones stand in
an evaluation set, or a shorter text of an item that it has as a whole. It is told over all sets together.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.columns import chunks
from curation_assets.contamination.index import Index
from curation_assets.progress import Progress, silent
from curation_assets.shingles.tokens import buffers, scratch_for
from curation_assets.text.characters import character_table

Indices = NDArray[np.int64]
REASON = "contaminated"
SCHEMA = {
    "doc_id": pl.String(),
    "shard": pl.String(),
    "contaminated": pl.Boolean(),
    "drop_reason": pl.String(),
    "sets": pl.List(pl.String()),
    "matches": pl.Int32(),
    "longest": pl.Int32(),
    "item": pl.String(),
    "item_matches": pl.Int32(),
    "item_share": pl.Float64(),
    "ngram": pl.String(),
    "ngrams": pl.List(pl.UInt64()),
}


class Hits(NamedTuple):
    """Distinct n-grams of texts: uint32 ``grams`` by number, ascending; int64 [texts + 1] ``offsets``; int64
    [texts] ``longest`` match in words."""

    grams: NDArray[np.uint32]
    offsets: Indices
    longest: Indices


class Judged(NamedTuple):
    """What becomes of texts: int64 ``item`` of the largest overlap (-1: none), int64 ``covered`` n-grams of
    it and ``gram``, the first; bool ``reached``; bool ``sets`` [texts, sets]; int64 [items] ``documents``
    that each item contaminates."""

    item: Indices
    covered: Indices
    gram: Indices
    reached: NDArray[np.bool_]
    sets: NDArray[np.bool_]
    documents: Indices


def unjudged(names: pl.DataFrame) -> pl.DataFrame:
    """Return the table where nothing is looked for, given doc_id and shard."""
    empty = {"contaminated": False, "matches": 0, "longest": 0, "sets": [], "ngrams": []}
    columns = [pl.lit(empty.get(name)).cast(dtype).alias(name) for name, dtype in list(SCHEMA.items())[2:]]
    return names.select("doc_id", "shard", *columns).cast(SCHEMA).sort("doc_id")  # type: ignore[arg-type]


def contamination(documents: pl.DataFrame, index: Index, progress: Progress = silent) -> pl.DataFrame:
    """Return a row for every document (doc_id, shard, text), by ``SCHEMA``, in the order of doc_id."""
    hits = find(documents["text"], index, progress)
    judged = judge(hits, index)
    frame = documents.select("doc_id", "shard").with_columns(
        contaminated=pl.Series(judged.reached),
        sets=_set_names(judged.sets, index),
        matches=pl.Series(np.diff(hits.offsets)),
        longest=pl.Series(hits.longest),
        item_matches=pl.Series(judged.covered),
        ngrams=_lists(index.lookup.grams[hits.grams], hits.offsets),
        **_told(judged, index),
    )
    frame = frame.with_columns(
        drop_reason=pl.when("contaminated").then(pl.lit(REASON)),
        item_matches=pl.when(pl.col("item").is_not_null()).then("item_matches"),
    )
    return frame.select(list(SCHEMA)).cast(SCHEMA).sort("doc_id").rechunk()  # type: ignore[arg-type]


def find(texts: pl.Series, index: Index, progress: Progress = silent) -> Hits:
    """Return which n-grams each of the texts (String) has."""
    from curation_assets.contamination import matching

    config, grams = index.config, len(index.lookup.grams)
    lengths = config.words - config.shortest + 1
    seen = np.full(grams, -1, dtype=np.int64)
    parts, counts, longest, done = [np.empty(0, np.uint32)], [np.zeros(1, np.int64)], [], 0
    for chunk in chunks(texts.rechunk()):
        data, offsets = buffers(chunk)
        sizes = np.diff(offsets)
        room = np.minimum(grams, lengths * (sizes + 1)).sum()
        hits = np.empty(int(room), dtype=np.uint32)
        own, best = np.zeros(len(chunk) + 1, dtype=np.int64), np.zeros(len(chunk), dtype=np.int64)
        matching.scan_texts(
            data, offsets, character_table(), config.words, config.shortest, index.lookup,
            scratch_for(int(sizes.max(initial=0))), seen, done, hits, own, best,
        )  # fmt: skip
        parts.append(hits[: own[-1]].copy())
        counts.append(np.diff(own))
        longest.append(best)
        done += len(chunk)
        progress(len(chunk))
    return Hits(
        np.concatenate(parts),
        np.cumsum(np.concatenate(counts)),
        np.concatenate([np.empty(0, np.int64), *longest]),
    )


def judge(hits: Hits, index: Index) -> Judged:
    """Return what becomes of texts by the n-grams that they have."""
    from curation_assets.contamination import judging

    texts, items = len(hits.longest), len(index.holders.sizes)
    verdicts = judging.Verdicts(
        item=np.empty(texts, dtype=np.int64),
        covered=np.empty(texts, dtype=np.int64),
        gram=np.empty(texts, dtype=np.int64),
        reached=np.empty(texts, dtype=np.bool_),
        sets=np.zeros((texts, len(index.sets)), dtype=np.bool_),
    )
    documents = np.zeros(items, dtype=np.int64)
    judging.judge(
        hits.grams, hits.offsets, index.holders, index.config.minimum_matches, index.config.minimum_fraction,
        np.zeros(items, dtype=np.int32), np.empty(items, dtype=np.int64), verdicts, documents,
    )  # fmt: skip
    return Judged(*verdicts, documents)


def _told(judged: Judged, index: Index) -> dict[str, pl.Series]:
    """Return name of the item, share of its n-grams, and words of the first of them, null for no item."""
    there = judged.item >= 0
    share = np.full(len(there), np.nan)
    share[there] = judged.covered[there] / index.holders.sizes[judged.item[there]]
    names = [index.names[item] if item >= 0 else None for item in judged.item.tolist()]
    words = index.words_of(np.unique(judged.gram[there]))
    return {
        "item": pl.Series(names, dtype=pl.String),
        "item_share": pl.Series(share).fill_nan(None),
        "ngram": pl.Series([words.get(gram) for gram in judged.gram.tolist()], dtype=pl.String),
    }


def _set_names(sets: NDArray[np.bool_], index: Index) -> pl.Series:
    names = pl.Series([one.name for one in index.sets], dtype=pl.String)
    rows, columns = np.nonzero(sets)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(sets)))])
    return _lists(names.gather(columns), offsets)


def _lists(values: pl.Series | NDArray[np.uint64], offsets: Indices) -> pl.Series:
    import pyarrow as pa

    flat = values.to_arrow() if isinstance(values, pl.Series) else pa.array(values)
    return pl.Series(pa.LargeListArray.from_arrays(pa.array(offsets.astype(np.int64)), flat))
