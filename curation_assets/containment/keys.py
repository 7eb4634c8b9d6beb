"""A document's keys: one that has most of a text's shingles has most of its keys."""

import numpy as np
import polars as pl

from curation_assets.columns import chunks
from curation_assets.containment.config import ContainmentConfig
from curation_assets.shingles.tokens import buffers, scratch_for
from curation_assets.text.characters import character_table

SHINGLE_WORDS = 5
KEY_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "text_hash": pl.String(),
        "cluster_id": pl.String(),
        "shingles": pl.Int64(),
        "key_count": pl.Int64(),
        "keys": pl.List(pl.UInt64()),
    }
)
CARRIED = ["doc_id", "shard", "text_hash", "cluster_id"]
OF_THE_TEXT = ["shingles", "key_count", "keys"]


def containment_keys(documents: pl.DataFrame, config: ContainmentConfig) -> pl.DataFrame:
    """Return the keys of every document, in the order given.

    Args:
        documents: ``CARRIED`` and text (String each; a null text counts as empty). Where containment is off,
            doc_id, shard and text_hash are enough.

    Returns:
        A frame of ``KEY_SCHEMA``. ``keys``: see ``winnowing``; 64 bits each, ascending, none twice.
        ``shingles``: how many distinct ones the text has. Nothing follows from a key but where to look.
    """
    if not config.enabled:
        none = {"shingles": pl.lit(0, pl.Int64), "key_count": pl.lit(0, pl.Int64)}
        names = documents.select(*CARRIED[:3], cluster_id=pl.lit(None, pl.String))
        return names.with_columns(**none, keys=pl.lit([], dtype=pl.List(pl.UInt64)))
    parts = [pl.DataFrame(schema={name: KEY_SCHEMA[name] for name in OF_THE_TEXT})]
    parts += [_keys_of(chunk, config.window) for chunk in chunks(documents["text"].cast(pl.String))]
    return documents.select(CARRIED).hstack(pl.concat(parts)).select(KEY_SCHEMA.names()).rechunk()


def keyed_before(documents: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Take over the keys of texts that had theirs before by the same settings.

    Args:
        documents: ``CARRIED``.  before: ``KEY_SCHEMA``.

    Returns:
        ``KEY_SCHEMA`` in the order given; ``keys`` is null where the text is a new one.
    """
    known = before.select("text_hash", *OF_THE_TEXT).unique("text_hash", keep="first")
    found = documents.select(CARRIED).join(known, on="text_hash", how="left", maintain_order="left")
    return found.select(KEY_SCHEMA.names())


def _keys_of(texts: pl.Series, window: int) -> pl.DataFrame:
    import pyarrow as pa

    from curation_assets.containment import winnowing

    data, offsets = buffers(texts)
    scratch = scratch_for(int(np.diff(offsets).max(initial=0)))
    spare = np.empty_like(scratch.shingles)
    keys = np.empty(int((np.diff(offsets) + 1).sum()) // 2 + 1, dtype=np.uint64)
    key_offsets, sizes = np.zeros(len(offsets), np.int64), np.empty(len(texts), np.int64)
    winnowing.key_texts(
        data, offsets, character_table(), SHINGLE_WORDS, window, scratch, spare, keys, key_offsets, sizes
    )
    lists = pa.LargeListArray.from_arrays(pa.array(key_offsets), pa.array(keys[: key_offsets[-1]]))
    return pl.DataFrame({"shingles": sizes, "key_count": np.diff(key_offsets), "keys": pl.Series(lists)})
