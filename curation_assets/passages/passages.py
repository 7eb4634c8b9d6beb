"""The repeats of a whole lake, and what the next build starts from.

Memory: what is needed to find repeats grows with the documents that have a key in common with another one,
not with the lake, and is held in ranges of keys where it would be too much.

- keys are sorted ``KEYS_AT_ONCE`` at a time, 16 bytes each; of those that occur more than once 8 bytes stay,
  and 12 to 24 for looking them up;
- a document that has one of these: its doc_id and 50 bytes;
- a passage in it that may be a repeat: 12 bytes an occurrence, and 24 to 32 for each that differs,
  ``PASSAGES_AT_ONCE`` occurrences at a time. Where there are more, the texts are read again for each range.

Measured on 60 MB of text of which 40 % repeat: 380 MB beyond the texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import polars as pl

from curation_assets.columns import OnDemand
from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.keys import KEY_SCHEMA
from curation_assets.passages.labels import Labels, in_order, without_repeats
from curation_assets.passages.repeats import PASSAGES_AT_ONCE, find_repeats
from curation_assets.passages.scanning import documents_with
from curation_assets.passages.tables import KEYS_AT_ONCE, KeySet, Tables, repeated_keys
from curation_assets.progress import Progress, silent

INDEX_COLUMNS = ["doc_id", "text_hash", "keys"]
INDEX_SCHEMA = pl.Schema({name: KEY_SCHEMA[name] for name in INDEX_COLUMNS})


@dataclass(frozen=True)
class Found:
    """The outcome for some shards; everything is made when it is asked for.

    Attributes:
        labels: by shard ``LABEL_SCHEMA``, sorted by doc_id.
        index: by shard ``INDEX_SCHEMA``: of every document those of its keys that occur more than once in the
            lake.
        read: number of documents whose texts were read.
        keys: number of keys that occur more than once among those looked at.
        passages: number of spans of repeats in the documents that were judged.
        dropped: number of documents among them of which too little is left.
    """

    labels: Mapping[str, pl.DataFrame]
    index: Mapping[str, pl.DataFrame]
    read: int = 0
    keys: int = 0
    passages: int = 0
    dropped: int = 0


def find(
    tables: Tables,
    config: PassagesConfig,
    progress: Progress = silent,
    *,
    keys_at_once: int = KEYS_AT_ONCE,
    passages_at_once: int = PASSAGES_AT_ONCE,
) -> Found:
    """Find the repeats of all documents; texts are read only of those that share a key.

    Neither the order of rows, nor their division into shards (but for the columns that name shards), nor what
    is held at once has an influence.
    """
    if not config.enabled:
        return nothing_to_find(tables, tables.shards)
    repeated = repeated_keys(tables, at_once=keys_at_once)
    wanted = KeySet(repeated)
    documents = documents_with(tables, wanted)
    repeats = find_repeats(tables, documents, repeated, config, progress, passages_at_once=passages_at_once)
    make = Labels(tables, documents, repeats, config)

    def index(shard: str) -> pl.DataFrame:
        rows = tables.keys(shard, INDEX_COLUMNS)
        return rows.with_columns(keys=wanted.of_rows(rows["keys"])).select(INDEX_COLUMNS)

    return Found(
        OnDemand(tables.shards, lambda shard: make(shard, tables.keys(shard, ["doc_id"])["doc_id"])),
        OnDemand(tables.shards, index),
        read=len(documents.ranks),
        keys=len(repeated),
        passages=len(repeats.documents),
        dropped=int(repeats.dropped.sum()),
    )


def nothing_to_find(tables: Tables, shards: Sequence[str]) -> Found:
    """Return what is found where nothing is looked for."""

    def labels(shard: str) -> pl.DataFrame:
        return in_order(without_repeats(tables.keys(shard, ["doc_id"])["doc_id"], shard))

    return Found(OnDemand(shards, labels), OnDemand([], labels))


def packed(index: pl.DataFrame) -> bytes:
    """Return an index as the bytes of a file."""
    file = BytesIO()
    index.write_parquet(file, compression="zstd")
    return file.getvalue()


def unpacked(data: bytes) -> pl.DataFrame:
    return pl.read_parquet(BytesIO(data))
