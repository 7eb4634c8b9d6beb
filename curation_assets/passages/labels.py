"""The label tables: for every surviving document what repeats it has, and its text without them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.edits import cut_out
from curation_assets.passages.repeats import Repeats
from curation_assets.passages.scanning import Documents
from curation_assets.passages.tables import Tables
from curation_assets.text.hashing import content_hash

Indices = NDArray[np.int64]

REPEATED_PASSAGES = "repeated_passages"
LABEL_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "repeated_tokens": pl.Int64(),
        "repeated_share": pl.Float64(),
        "repeated_lines": pl.Int64(),
        "spans": pl.List(pl.Struct({"start": pl.Int64(), "end": pl.Int64()})),
        "text": pl.String(),
        "text_hash": pl.String(),
        "kept": pl.Boolean(),
        "drop_reason": pl.String(),
        "kept_in": pl.String(),
        "kept_in_shard": pl.String(),
    }
)


def without_repeats(doc_ids: pl.Series, shard: str) -> pl.DataFrame:
    """Return the labels (``LABEL_SCHEMA``) of documents that have no repeats."""
    told = {
        "shard": shard, "repeated_tokens": 0, "repeated_share": 0.0, "repeated_lines": 0, "spans": [],
        "kept": True,
    }  # fmt: skip
    columns = [pl.lit(told.get(name), dtype).alias(name) for name, dtype in LABEL_SCHEMA.items()]
    labels = pl.DataFrame({"doc_id": doc_ids}, schema={"doc_id": pl.String}).select("doc_id", *columns[1:])
    return labels.select(LABEL_SCHEMA.names())


@dataclass(frozen=True)
class Labels:
    """Makes the labels of documents out of their repeats."""

    tables: Tables
    documents: Documents
    repeats: Repeats
    config: PassagesConfig

    def __call__(self, shard: str, doc_ids: pl.Series) -> pl.DataFrame:
        """Return ``LABEL_SCHEMA`` of documents of a shard, by doc_id."""
        number = self.tables.shards.index(shard)
        of_shard = self.documents.of_shard(number)
        rows = np.arange(of_shard.start, of_shard.stop)
        repeats, spans = self.repeats, self._spans_of(rows)
        rows = rows[np.isin(rows, repeats.documents[spans])]
        own = pl.DataFrame({"doc_id": self.documents.doc_ids.gather(rows), "row": rows}).join(
            pl.DataFrame({"doc_id": doc_ids}), on="doc_id", how="semi", maintain_order="left"
        )
        others = doc_ids.filter(~doc_ids.is_in(own["doc_id"].implode()))
        found = self._with_repeats(shard, own["row"].to_numpy())
        return in_order(pl.concat([without_repeats(others, shard), found]))

    @cached_property
    def _repeated_words(self) -> Indices:
        return self.repeats.repeated_words

    @cached_property
    def _by_rank(self) -> Indices:
        return np.argsort(self.documents.ranks)

    def _spans_of(self, rows: Indices) -> slice:
        """Return the spans of consecutive documents."""
        if not len(rows):
            return slice(0, 0)
        low, high = np.searchsorted(self.repeats.documents, [rows[0], rows[-1] + 1])
        return slice(int(low), int(high))

    def _with_repeats(self, shard: str, rows: Indices) -> pl.DataFrame:
        """Return the labels of documents that have repeats."""
        if not len(rows):
            return LABEL_SCHEMA.to_frame()
        repeats = self.repeats
        low, high = (np.searchsorted(repeats.documents, rows, side=side) for side in ("left", "right"))
        spans = np.concatenate([np.arange(start, stop) for start, stop in zip(low, high, strict=True)])
        offsets = np.concatenate([[0], np.cumsum(high - low)])
        doc_ids = self.documents.doc_ids.gather(rows)
        texts = self.tables.texts(shard, doc_ids)
        repeated = self._repeated_words[rows]
        dropped = repeats.dropped[rows]
        as_edited = ~dropped if self.config.policy == "remove" else np.zeros(len(rows), dtype=np.bool_)
        cuts, edited = cut_out(texts, offsets, repeats.starts[spans], repeats.stops[spans], as_edited)
        hashes = [None if text is None else content_hash(text) for text in edited]
        frame = pl.DataFrame(
            {
                "doc_id": doc_ids,
                "shard": pl.repeat(shard, len(rows), dtype=pl.String, eager=True),
                "repeated_tokens": repeated,
                "repeated_share": repeated / repeats.words[rows],
                "repeated_lines": repeats.lines[rows],
                "spans": _lists(cuts, offsets),
                "text": edited,
                "text_hash": pl.Series(hashes, dtype=pl.String),
                "kept": ~dropped,
            }
        ).hstack(self._origins(low, high))
        reason = pl.when(~pl.col("kept")).then(pl.lit(REPEATED_PASSAGES))
        frame = frame.with_columns(drop_reason=reason)
        return frame.select(pl.col(name).cast(dtype) for name, dtype in LABEL_SCHEMA.items())

    def _origins(self, low: Indices, high: Indices) -> pl.DataFrame:
        """Return kept_in and kept_in_shard of documents, given their first span and the one after their
        last."""
        lengths = self.repeats.stops - self.repeats.starts
        longest = [start + np.argmax(lengths[start:stop]) for start, stop in zip(low, high, strict=True)]
        origins = self._by_rank[self.repeats.origins[longest]]
        names = pl.Series(self.tables.shards, dtype=pl.String)
        shards = names.gather(self.documents.shards_of(origins))
        return pl.DataFrame({"kept_in": self.documents.doc_ids.gather(origins), "kept_in_shard": shards})


def in_order(labels: pl.DataFrame) -> pl.DataFrame:
    """Return a shard's labels sorted by doc_id, in one piece, so that equal labels make equal files."""
    return labels.sort("doc_id").rechunk()


def _lists(cuts: Indices, offsets: Sequence[int] | Indices) -> pl.Series:
    flat = pl.DataFrame({"start": cuts[0], "end": cuts[1]})
    row = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    grouped = flat.select(row=pl.Series(row), span=pl.struct("start", "end")).group_by(
        "row", maintain_order=True
    )
    return grouped.agg("span")["span"]
