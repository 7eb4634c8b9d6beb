"""The decision record: for every document that was read, the first thing that dropped it."""

import polars as pl

SCORES = pl.List(pl.Struct({"name": pl.String, "value": pl.Float64}))
LEDGER_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "doc_id": pl.String,
    "shard": pl.String,
    "position": pl.Int64,
    "stage": pl.String,
    "reason": pl.String,
    "decided_by": pl.String,
    "cluster_id": pl.String,
    "kept_instead": pl.String,
    "kept_instead_shard": pl.String,
    "similarity": pl.Float64,
    "quality": pl.Float64,
    "scores": SCORES,
    "density": pl.Float64,
    "inclusion_probability": pl.Float64,
}
LABEL_COLUMNS = (
    "doc_id", "cluster_id", "representative", "representative_shard", "similarity", "kept", "drop_reason",
)  # fmt: skip
CONTAINMENT_COLUMNS = ("doc_id", "kept", "drop_reason", "contained_in", "container_shard", "containment")
PASSAGE_COLUMNS = ("doc_id", "kept", "drop_reason", "repeated_share", "kept_in", "kept_in_shard")
SEMANTIC_COLUMNS = ("doc_id", "representative", "representative_shard", "similarity", "kept")
OUTLIER_COLUMNS = ("doc_id", "lof", "isolation", "mahalanobis")
CONTAMINATION_COLUMNS = ("doc_id", "item", "item_matches")
PLAN_COLUMNS = ("doc_id", "inclusion_probability", "reason")
KEPT = "kept"
CLEANING, DEDUPLICATION, MIXTURE = "clean_documents", "dedup_clusters", "mixture_plan"
CONTAINMENT, PASSAGES = "contained_documents", "repeated_passages"


def decisions(
    raw: pl.DataFrame,
    clean: pl.DataFrame,
    labels: pl.DataFrame,
    contained: pl.DataFrame,
    passages: pl.DataFrame,
    scores: pl.DataFrame,
    semantic: pl.DataFrame,
    density: pl.DataFrame,
    outliers: pl.DataFrame,
    contamination: pl.DataFrame,
    plan: pl.DataFrame,
) -> pl.DataFrame:
    """Return one row a document of a shard, in the order in which it was read.

    Args:
        raw: doc_id, shard, position.
        clean: doc_id, drop_reason, decided_by (the value and its threshold, as text).
        labels: ``LABEL_COLUMNS``.
        contained: ``CONTAINMENT_COLUMNS``.  passages: ``PASSAGE_COLUMNS``.  semantic: ``SEMANTIC_COLUMNS``.
        scores: doc_id, quality, and further columns of scores.  density: doc_id, density.
        outliers: ``OUTLIER_COLUMNS``.  contamination: ``CONTAMINATION_COLUMNS``.  plan: ``PLAN_COLUMNS``.

    Returns:
        ``LEDGER_SCHEMA``; ``stage`` is null for a document of the mixture, and its reason is "kept".
        ``decided_by`` says what value decided, as text.
    """
    copies = labels.select(
        "doc_id",
        "cluster_id",
        "similarity",
        pl.col("drop_reason").alias("copy_reason"),
        pl.when(~pl.col("kept")).then("representative").alias("kept_instead"),
        pl.when(~pl.col("kept")).then("representative_shard").alias("kept_instead_shard"),
    )
    chosen = plan.select("doc_id", "inclusion_probability", pl.col("reason").alias("plan_reason"))
    excerpts = contained.filter(~pl.col("kept")).select(
        "doc_id",
        "contained_in",
        "container_shard",
        "containment",
        pl.col("drop_reason").alias("excerpt_reason"),
    )
    repeats = passages.filter(~pl.col("kept")).select(
        "doc_id",
        "repeated_share",
        "kept_in",
        "kept_in_shard",
        pl.col("drop_reason").alias("passage_reason"),
    )
    alike = semantic.filter(~pl.col("kept")).select(
        "doc_id",
        alike="representative",
        alike_shard="representative_shard",
        cosine="similarity",
    )
    verdicts = clean.select("doc_id", pl.col("drop_reason").alias("clean_reason"), "decided_by")
    joined = raw.select("doc_id", "shard", "position")
    for other in (
        verdicts,
        copies,
        excerpts,
        repeats,
        alike,
        scores.select("doc_id", "quality", scores=_named(scores)),
        density.select("doc_id", "density"),
        outliers.select(OUTLIER_COLUMNS),
        contamination.select(CONTAMINATION_COLUMNS),
        chosen,
    ):
        joined = joined.join(other, on="doc_id", how="left", maintain_order="left")
    stage = (
        pl.when(pl.col("clean_reason").is_not_null())
        .then(pl.lit(CLEANING))
        .when(pl.col("copy_reason").is_not_null())
        .then(pl.lit(DEDUPLICATION))
        .when(pl.col("excerpt_reason").is_not_null())
        .then(pl.lit(CONTAINMENT))
        .when(pl.col("passage_reason").is_not_null())
        .then(pl.lit(PASSAGES))
        .when(pl.col("plan_reason").is_not_null())
        .then(pl.lit(MIXTURE))
    )
    reasons = ("clean_reason", "copy_reason", "excerpt_reason", "passage_reason", "plan_reason")
    reason = pl.coalesce(*reasons, pl.lit(KEPT))
    return (
        joined.with_columns(
            pl.coalesce("kept_instead", "contained_in", "kept_in", "alike").alias("kept_instead"),
            pl.coalesce("kept_instead_shard", "container_shard", "kept_in_shard", "alike_shard").alias(
                "kept_instead_shard"
            ),
            stage=stage,
            reason=reason,
        )
        .with_columns(decided_by=_explanation())
        .select(list(LEDGER_SCHEMA))
        .cast(LEDGER_SCHEMA)  # type: ignore[arg-type]
    )


def _named(scores: pl.DataFrame) -> pl.Expr:
    """Return every column of scores as a list of (name, value), in their order."""
    names = [name for name, dtype in scores.schema.items() if dtype == pl.Float64 and name != "quality"]
    if not names:
        return pl.lit(None, SCORES)
    return pl.concat_list(pl.struct(name=pl.lit(name), value=pl.col(name)) for name in names)


def _explanation() -> pl.Expr:
    address = pl.when(pl.col("copy_reason") == "url_duplicate").then(pl.lit("same address"))
    alike = pl.format("cosine = {}", pl.col("cosine").round(4).cast(pl.String))
    similar = pl.format("jaccard = {}", pl.col("similarity").round(4).cast(pl.String))
    quality = pl.format("quality = {}", pl.col("quality").round(4).cast(pl.String))
    chance = pl.format("inclusion_probability = {}", pl.col("inclusion_probability").round(4).cast(pl.String))
    return (
        pl.when(pl.col("clean_reason").is_not_null())
        .then("decided_by")
        .when(pl.col("copy_reason").is_not_null())
        .then(address.otherwise(similar))
        .when(pl.col("excerpt_reason").is_not_null())
        .then(pl.format("containment = {}", pl.col("containment").round(4).cast(pl.String)))
        .when(pl.col("passage_reason").is_not_null())
        .then(pl.format("repeated_share = {}", pl.col("repeated_share").round(4).cast(pl.String)))
        .when(pl.col("plan_reason") == "semantic_duplicate")
        .then(alike)
        .when(pl.col("plan_reason") == "contaminated")
        .then(pl.format("{} n-grams of {}", "item_matches", "item"))
        .when(pl.col("plan_reason") == "outlier")
        .then(pl.format("{}, {}", quality, _measures()))
        .when(pl.col("plan_reason") == "below_minimum_quality")
        .then(quality)
        .when(pl.col("plan_reason") == "below_minimum_rank")
        .then(pl.format("{}, ranked below mixture.minimum_rank", quality))
        .otherwise(chance)
    )


def _measures() -> pl.Expr:
    """Return how far out a document is; "not told" where a measure is missing."""
    told = [
        pl.format(f"{name} = {{}}", pl.col(name).round(4).cast(pl.String)).fill_null(f"{name} not told")
        for name in OUTLIER_COLUMNS[1:]
    ]
    return pl.concat_str(told, separator=", ")
