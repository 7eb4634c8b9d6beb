"""A document's keys: two documents that have a passage or a line in common have a key in common."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.columns import chunks
from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.words import TextBuffers, Words, buffers, lines_of, words_of

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]

KEY_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "text_hash": pl.String(),
        "key_count": pl.Int64(),
        "keys": pl.List(pl.UInt64()),
    }
)
CARRIED = ["doc_id", "shard", "text_hash"]


def passage_keys(documents: pl.DataFrame, config: PassagesConfig) -> pl.DataFrame:
    """Return the keys of every document, in the order given.

    Args:
        documents: doc_id, shard, text_hash, text (String each; a null text counts as empty). The text may be
            missing where nothing is looked for.

    Returns:
        A frame of ``KEY_SCHEMA``. ``keys``: fingerprints of passages (``winnowing``; about two of 17 words)
        and hashes of lines, as ``config`` asks for them, repetitions included: 64 bits each. Nothing follows
        from a key but where to look.
    """
    if not config.enabled:
        return _without_keys(documents)
    parts = [_keys_of(chunk, config) for chunk in chunks(documents["text"].cast(pl.String))]
    keys = pl.concat([pl.Series("keys", dtype=pl.List(pl.UInt64)), *parts])
    frame = documents.select(CARRIED).with_columns(keys, key_count=keys.list.len().cast(pl.Int64))
    return frame.select(KEY_SCHEMA.names()).rechunk()


def _without_keys(documents: pl.DataFrame) -> pl.DataFrame:
    """Return ``KEY_SCHEMA`` of documents (doc_id, shard, text_hash) of which nothing is looked for."""
    none = pl.lit([], dtype=pl.List(pl.UInt64))
    return documents.select(*CARRIED, key_count=pl.lit(0, pl.Int64), keys=none)


def keyed_before(documents: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Take over the keys of texts that had theirs before by the same settings.

    Args:
        documents: doc_id, shard, text_hash.  before: ``KEY_SCHEMA``.

    Returns:
        ``KEY_SCHEMA`` in the order given; ``keys`` is null where the text is a new one.
    """
    known = before.drop("doc_id", "shard").unique("text_hash", keep="first")
    found = documents.select(CARRIED).join(known, on="text_hash", how="left", maintain_order="left")
    return found.select(KEY_SCHEMA.names())


def fingerprints(words: Words, config: PassagesConfig) -> tuple[Hashes, Indices]:
    """Return the fingerprints of texts in a row, and int64 [texts + 1] offsets."""
    from curation_assets.passages import winnowing

    grams = np.empty(int(np.diff(words.offsets).max(initial=0)) + 1, dtype=np.uint64)
    keys = np.empty(len(words.hashes), dtype=np.uint64)
    offsets = np.zeros(len(words.offsets), dtype=np.int64)
    winnowing.fingerprints_of_texts(
        words.hashes, words.offsets, config.gram_tokens, config.sampled_of, grams, keys, offsets
    )
    return keys[: offsets[-1]], offsets


def _keys_of(texts: pl.Series, config: PassagesConfig) -> pl.Series:
    found: TextBuffers = buffers(texts)
    kinds = []
    if config.substrings:
        kinds.append(fingerprints(words_of(found), config))
    if config.lines:
        lines = lines_of(found, config)
        kinds.append((lines.hashes, lines.offsets))
    columns = [_lists(keys, offsets) for keys, offsets in kinds]
    if len(columns) == 1:
        return columns[0].alias("keys")
    return pl.DataFrame({"a": columns[0], "b": columns[1]}).select(keys=pl.concat_list("a", "b")).to_series()


def _lists(keys: Hashes, offsets: Indices) -> pl.Series:
    import pyarrow as pa

    return pl.Series(pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(keys)))
