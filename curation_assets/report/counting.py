"""Counts everything there is in one pass over the small columns of the tables, a shard at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.progress import Progress
from resources.lake import Lake

LENGTHS = (0, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000)
"""Lower edges of the groups of lengths, in characters."""
_MERGED_EVERY = 64
_KEYS = {
    "total": pl.lit("all"),
    "source": pl.col("source"),
    "language": pl.col("language"),
    # The position of the last edge that is not above it.
    "length": (
        pl.sum_horizontal([(pl.col("characters") >= edge).cast(pl.Int64) for edge in LENGTHS]) - 1
    ).cast(pl.String),
    "year": pl.col("date").str.extract(r"^\s*([0-9]{4})\b"),
    "topic": pl.col("topic").cast(pl.String),
}
_CANDIDATE, _KEPT = pl.col("candidate").fill_null(False), pl.col("stage").is_null()
_AMOUNTS = {
    "documents": pl.len(),
    "candidates": _CANDIDATE.sum(),
    "mixture": _KEPT.sum(),
    "characters": pl.col("characters").sum(),
    "candidate_characters": pl.col("characters").filter(_CANDIDATE).sum(),
    "mixture_characters": pl.col("characters").filter(_KEPT).sum(),
    "candidate_tokens": pl.col("tokens").sum(),
    "mixture_tokens": pl.col("tokens").filter(_KEPT).sum(),
}
_AMOUNTS_SCHEMA = pl.Schema({"by": pl.String, "key": pl.String, **dict.fromkeys(_AMOUNTS, pl.Int64)})
_FATES_SCHEMA = pl.Schema({"stage": pl.String, "reason": pl.String, "documents": pl.Int64})
_SIZES_SCHEMA = pl.Schema({"cluster_size": pl.Int64, "documents": pl.Int64})
_VALUES_SCHEMA = pl.Schema({"quality": pl.Float64, "density": pl.Float64, "kept": pl.Boolean})
_ROWS_SCHEMA = pl.Schema({"reason": pl.String, "rows": pl.Int64})


@dataclass
class Counted:
    """What the pass came to.

    Attributes:
        amounts: one row for each value ``key`` of each column ``by``.
        fates: documents by stage (null = in the mixture) and reason.
        sizes: documents by the size of their cluster.
        quarantined: rows by reason.
        quality, density: float64 [candidates], NaN where not known; ``kept``: whether in the mixture.
    """

    amounts: pl.DataFrame
    fates: pl.DataFrame
    sizes: pl.DataFrame
    quarantined: pl.DataFrame
    quality: NDArray[np.float64]
    density: NDArray[np.float64]
    kept: NDArray[np.bool_]

    def by(self, name: str) -> pl.DataFrame:
        return self.amounts.filter(pl.col("by") == name).drop("by")


@dataclass
class _Sum:
    """Adds up frames of counts; they are merged now and then, so that many shards need little memory."""

    schema: pl.Schema
    keys: list[str]
    parts: list[pl.DataFrame] = field(default_factory=list)

    def add(self, frame: pl.DataFrame) -> None:
        self.parts.append(frame.select(list(self.schema)).cast(dict(self.schema)))  # type: ignore[arg-type]
        if len(self.parts) >= _MERGED_EVERY:
            self.parts = [self.total()]

    def total(self) -> pl.DataFrame:
        whole = pl.concat([pl.DataFrame(schema=self.schema), *self.parts])
        sums = [name for name in self.schema if name not in self.keys]
        return whole.group_by(self.keys).agg(pl.col(sums).sum()).sort(self.keys)


def count(lake: Lake, shards: Sequence[str], progress: Progress) -> Counted:
    """Count the documents of all shards, exactly.

    Raises:
        FileNotFoundError: a table lacks a shard; the message names both.
    """
    amounts, fates = _Sum(_AMOUNTS_SCHEMA, ["by", "key"]), _Sum(_FATES_SCHEMA, ["stage", "reason"])
    sizes, quarantined = _Sum(_SIZES_SCHEMA, ["cluster_size"]), _Sum(_ROWS_SCHEMA, ["reason"])
    values: list[pl.DataFrame] = []
    for shard in shards:
        frame = rows_of(lake, shard)
        for name, key in _KEYS.items():
            by = frame.group_by(key.alias("key")).agg(**_AMOUNTS)
            amounts.add(by.with_columns(by=pl.lit(name)))
        fates.add(frame.group_by("stage", "reason").agg(documents=pl.len()))
        own = lake.read("dedup_clusters", shard, ["cluster_size"])
        sizes.add(own.group_by("cluster_size").agg(documents=pl.len()))
        if lake.table_path("quarantine", shard).is_file():
            unread = lake.read("quarantine", shard, ["reason"])
            quarantined.add(unread.group_by("reason").agg(rows=pl.len()))
        values.append(frame.filter(_CANDIDATE).select("quality", "density", kept=_KEPT))
        progress(frame.height)
    numbers = pl.concat(values) if values else pl.DataFrame(schema=_VALUES_SCHEMA)
    return Counted(
        amounts.total(),
        fates.total(),
        sizes.total(),
        quarantined.total(),
        quality=numbers["quality"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        density=numbers["density"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        kept=numbers["kept"].to_numpy(),
    )


def rows_of(lake: Lake, shard: str) -> pl.DataFrame:
    """Return a shard's documents, one row each, with what is told of them by stage, without their texts."""
    told = ["doc_id", "stage", "reason", "decided_by", "quality", "density"]
    frame = lake.read("ledger", shard, told)
    clean = lake.read("clean_documents", shard, ["doc_id", "source", "language", "characters", "date"])
    plan = lake.read("mixture_plan", shard, ["doc_id"]).with_columns(candidate=pl.lit(True))
    tokens = lake.read("quality_scores", shard, ["doc_id", "tokens"])
    for other in (clean, plan, tokens):
        frame = frame.join(other, "doc_id", how="left", maintain_order="left")
    if not lake.table_path("topics", shard).is_file():
        return frame.with_columns(topic=pl.lit(None, pl.Int32))
    topics = lake.read("topics", shard, ["doc_id", "topic"])
    return frame.join(topics, "doc_id", how="left", maintain_order="left")
