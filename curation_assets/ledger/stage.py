"""Builds the ledger of a shard from the verdicts of all stages."""

from functools import partial

import polars as pl

from curation_assets.charts.plots import bars
from curation_assets.counting import count_verdicts
from curation_assets.ledger.decisions import (
    CONTAINMENT_COLUMNS,
    CONTAMINATION_COLUMNS,
    KEPT,
    LABEL_COLUMNS,
    OUTLIER_COLUMNS,
    PASSAGE_COLUMNS,
    PLAN_COLUMNS,
    SEMANTIC_COLUMNS,
    decisions,
)
from curation_assets.progress import Progress
from curation_assets.section import Section
from curation_assets.stage import Built, ShardStage
from curation_assets.workplace import Workplace
from resources.records import Counts


def build(workplace: Workplace, shard: str, progress: Progress) -> Built:
    lake = workplace.lake
    ledger = decisions(
        raw=lake.read("raw_documents", shard, ["doc_id", "shard", "position"]),
        clean=lake.read("clean_documents", shard, ["doc_id", "drop_reason", "decided_by"]),
        labels=lake.read("dedup_clusters", shard, LABEL_COLUMNS),
        contained=lake.read("contained_documents", shard, CONTAINMENT_COLUMNS),
        passages=lake.read("repeated_passages", shard, PASSAGE_COLUMNS),
        semantic=lake.read("semantic_duplicates", shard, SEMANTIC_COLUMNS),
        scores=lake.read("quality_scores", shard),
        density=lake.read("density_estimates", shard, ["doc_id", "density"]),
        outliers=lake.read("outliers", shard, OUTLIER_COLUMNS),
        contamination=lake.read("contamination", shard, CONTAMINATION_COLUMNS),
        plan=lake.read("mixture_plan", shard, PLAN_COLUMNS),
    )
    progress(ledger.height)
    reasons = dict(
        ledger["reason"].value_counts(sort=True, name="documents").sort("documents", "reason").iter_rows()
    )
    return Built(
        tables={"ledger": ledger},
        figures={"kept": int((ledger["reason"] == KEPT).sum())},
        plots={"reasons": partial(bars, reasons, "What became of the documents", "documents")},
    )


def count(workplace: Workplace, shard: str) -> Counts:
    """Every document that was read has exactly one line, and those kept are those of the mixture."""
    came_in = workplace.lake.read("raw_documents", shard, ["doc_id"])["doc_id"]
    ledger = workplace.lake.read("ledger", shard, ["doc_id", "reason"])
    dropped = pl.when(pl.col("reason") != KEPT).then("reason")
    reasons = ledger.select("doc_id", dropped.alias("dropped"))
    counted = count_verdicts(workplace.lake, "ledger", shard, came_in)
    by_reason = dict(reasons["dropped"].drop_nulls().value_counts().sort("dropped").iter_rows())
    in_mixture = workplace.lake.read("mixture_plan", shard, ["selected"])["selected"].sum()
    kept = counted.kept - sum(by_reason.values())
    return Counts(rows_in=counted.rows_in if kept == in_mixture else -1, kept=kept, dropped=by_reason)


def settings(_workplace: Workplace) -> tuple[Section, ...]:
    return ()


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "position": "where in the file it was read",
    "stage": "the stage that dropped it first; null = kept",
    "reason": "why, or kept",
    "decided_by": "the value that decided",
    "cluster_id": "its copies",
    "kept_instead": "the copy that was kept, the larger document that has it, or one that says the same",
    "similarity": "Jaccard similarity to that copy",
    "quality": "the score that the mixture goes by",
    "scores": "every score by its name",
    "density": "how many documents say similar things, smoothed",
    "inclusion_probability": "chance of being taken",
}

LEDGER = ShardStage(
    name="ledger",
    reads=(
        "raw_documents",
        "clean_documents",
        "dedup_labels",
        "containment_labels",
        "passage_labels",
        "quality_scores",
        "semantic_labels",
        "density_estimates",
        "outlier_labels",
        "contamination",
        "mixture_labels",
    ),
    version="5",
    settings=settings,
    build=build,
    count=count,
    tables=("ledger",),
    columns=COLUMNS,
)
