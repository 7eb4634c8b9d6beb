"""What came into a mixture and what went, between two versions, and why: taken from their two ledgers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from curation_assets.inspection.versions import Version, changed_values, ledger_of, manifest_of
from curation_assets.ledger.decisions import CLEANING, DEDUPLICATION, MIXTURE
from curation_assets.mixture.refusals import BELOW_MINIMUM_QUALITY, NO_SCORE, OVER_BUDGET
from resources.lake import Lake

_ROW = ["doc_id", "shard"]
_NOW = ["stage", "reason", "kept_instead", "kept_instead_shard"]
EXPLAINED_SCHEMA = {"doc_id": pl.String, "shard": pl.String, "why": pl.String, "detail": pl.String}


@dataclass(frozen=True)
class Amounts:
    """Documents and tokens of one source, in the old version and in the new one."""

    documents: tuple[int, int] = (0, 0)
    tokens: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Difference:
    """What differs between two versions.

    Attributes:
        went, came: one row a document (EXPLAINED_SCHEMA), by why, shard and doc_id; ``why`` is a group,
            ``detail`` says more of the document.
        moved: documents that both hold, the new one from another shard.
        config: (old, new) value of every key of the configuration that differs.
        sources: amounts by source.
    """

    old: Version
    new: Version
    went: pl.DataFrame
    came: pl.DataFrame
    moved: int
    config: Mapping[str, tuple[Any, Any]]
    sources: Mapping[str, Amounts]


def difference(lake: Lake, old: Version, new: Version) -> Difference:
    """Compare two versions of the mixture of a lake."""
    manifests = manifest_of(lake, old), manifest_of(lake, new)
    before, after = ledger_of(lake, old), ledger_of(lake, new)
    went, came, moved = _moves(before, after)
    shards = set(manifests[0]["inputs"]), set(manifests[1]["inputs"])
    return Difference(
        old,
        new,
        went=_why_gone(went, after, shards[1]),
        came=_why_new(came, before, after, shards[0]),
        moved=moved,
        config=changed_values(manifests[0]["config"], manifests[1]["config"]),
        sources=_sources(manifests[0]["contents"], manifests[1]["contents"]),
    )


def _moves(before: pl.LazyFrame, after: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Return the rows (doc_id, shard, quality) that went and came, and how many only changed their shard."""
    old, new = (
        ledger.filter(pl.col("stage").is_null()).select(*_ROW, "quality") for ledger in (before, after)
    )
    went, came = pl.collect_all(
        [old.join(new, on=_ROW, how="anti"), new.join(old, on=_ROW, how="anti")], engine="streaming"
    )
    numbered = [
        rows.sort(_ROW).with_columns(copy=pl.int_range(pl.len()).over("doc_id")) for rows in (went, came)
    ]
    gone, arrived = (
        numbered[side].join(numbered[1 - side], on=["doc_id", "copy"], how="anti").drop("copy")
        for side in (0, 1)
    )
    return gone, arrived, went.height - gone.height


def _found(rows: pl.DataFrame, ledger: pl.LazyFrame) -> pl.DataFrame:
    """Join what a ledger says of each row: of itself, or of the same document dropped from another shard."""
    same = ledger.join(rows.lazy().select("doc_id").unique(), on="doc_id", how="semi").collect()
    said = same.select(*_ROW, *_NOW, pl.col("quality").alias("other_quality"))
    elsewhere = (
        said.filter(pl.col("stage").is_not_null())
        .sort(_ROW)
        .unique("doc_id", keep="first", maintain_order=True)
        .drop("shard")
    )
    here = rows.join(said.with_columns(known=pl.lit(True)), on=_ROW, how="left")
    itself = here.filter(pl.col("known").fill_null(False)).drop("known")
    others = here.filter(pl.col("known").is_null()).select(rows.columns).join(elsewhere, "doc_id", "left")
    return pl.concat([itself, others.select(itself.columns)])


def _why_gone(went: pl.DataFrame, after: pl.LazyFrame, shards: set[str]) -> pl.DataFrame:
    stage, reason = pl.col("stage"), pl.col("reason")
    why = (
        pl.when(stage == CLEANING)
        .then(pl.format("cleaning: {}", reason))
        .when(stage.is_not_null())
        .then(reason)
        .when(pl.col("shard").is_in(shards))
        .then(pl.lit("document changed or removed"))
        .otherwise(pl.lit("shard removed or failed"))
    )
    detail = (
        pl.when(stage == DEDUPLICATION)
        .then(pl.format("{} of {} in {}", reason, "kept_instead", "kept_instead_shard"))
        .when(reason == BELOW_MINIMUM_QUALITY)
        .then(_qualities("quality", "other_quality"))
    )
    return _explained(_found(went, after), why, detail)


def _why_new(came: pl.DataFrame, before: pl.LazyFrame, after: pl.LazyFrame, shards: set[str]) -> pl.DataFrame:
    stage, reason = pl.col("stage"), pl.col("reason")
    rows = _with_copy(_found(came, before), after)
    rose = pl.col("quality") > pl.col("other_quality")
    copy_gone = (
        pl.when(pl.col("copy_known").is_null())
        .then(pl.lit("its copy was removed"))
        .when(pl.col("copy_stage") == CLEANING)
        .then(pl.lit("its copy is dropped by cleaning now"))
        .when(pl.col("copy_stage") == DEDUPLICATION)
        .then(pl.lit("it is the kept copy now"))
        .otherwise(pl.lit("it is no copy any more"))
    )
    why = (
        pl.when(stage == CLEANING)
        .then(pl.format("was dropped by cleaning: {}", reason))
        .when(stage == DEDUPLICATION)
        .then(copy_gone)
        .when((reason == BELOW_MINIMUM_QUALITY) & rose)
        .then(pl.lit("score rose"))
        .when(reason == BELOW_MINIMUM_QUALITY)
        .then(pl.lit("minimum quality was lowered"))
        .when(reason == OVER_BUDGET)
        .then(pl.lit("budget: was over_budget"))
        .when(reason == NO_SCORE)
        .then(pl.lit("has a score now"))
        .when(stage == MIXTURE)
        .then(pl.format("was {}", reason))
        .when(pl.col("shard").is_in(shards))
        .then(pl.lit("new or changed document"))
        .otherwise(pl.lit("new shard"))
    )
    detail = (
        pl.when(stage == DEDUPLICATION)
        .then(pl.format("was {} of {} in {}", reason, "kept_instead", "kept_instead_shard"))
        .when(reason == BELOW_MINIMUM_QUALITY)
        .then(_qualities("other_quality", "quality"))
    )
    return _explained(rows, why, detail)


def _with_copy(rows: pl.DataFrame, after: pl.LazyFrame) -> pl.DataFrame:
    """Join what has become of the copy that was kept instead: itself, else the same document elsewhere."""
    wanted = rows.filter(pl.col("stage") == DEDUPLICATION).select("kept_instead").drop_nulls().unique()
    there = after.join(wanted.lazy(), left_on="doc_id", right_on="kept_instead", how="semi")
    copies = there.select(
        kept_instead="doc_id", copy_shard="shard", copy_stage="stage", copy_known=pl.lit(True)
    ).collect()
    same_row = (pl.col("kept_instead") == pl.col("doc_id")) & (pl.col("copy_shard") == pl.col("shard"))
    best = (
        rows.select(*_ROW, "kept_instead", "kept_instead_shard")
        .join(copies, on="kept_instead")
        .filter(~same_row)
        .sort(pl.col("copy_shard") != pl.col("kept_instead_shard"), "copy_shard")
        .unique(_ROW, keep="first", maintain_order=True)
        .select(*_ROW, "copy_stage", "copy_known")
    )
    return rows.join(best, on=_ROW, how="left")


def _qualities(before: str, after: str) -> pl.Expr:
    old, new = (pl.col(name).cast(pl.Float64).round(4).cast(pl.String) for name in (before, after))
    return pl.format("quality {} -> {}", old.fill_null("none"), new.fill_null("none"))


def _explained(rows: pl.DataFrame, why: pl.Expr, detail: pl.Expr) -> pl.DataFrame:
    told = rows.select(*_ROW, why.alias("why"), detail.alias("detail"))
    return told.cast(EXPLAINED_SCHEMA).sort("why", "shard", "doc_id")  # type: ignore[arg-type]


def _sources(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> dict[str, Amounts]:
    """Add up the contents of two manifests, which are by source and language, by source."""
    totals: dict[str, list[list[int]]] = {}
    for side, contents in enumerate((old, new)):
        for row in contents:
            amounts = totals.setdefault(str(row["source"]), [[0, 0], [0, 0]])
            amounts[0][side] += int(row["documents"])
            amounts[1][side] += int(row["tokens"] or 0)
    return {
        source: Amounts((documents[0], documents[1]), (tokens[0], tokens[1]))
        for source, (documents, tokens) in sorted(totals.items())
    }


def reasons(rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Return the rows of a difference by why, the most frequent first."""
    parts = rows.partition_by("why", maintain_order=True)
    return sorted(((part["why"][0], part) for part in parts), key=lambda item: (-item[1].height, item[0]))
