"""Whether the mixture has of each language, source and document as much as it may."""

from collections.abc import Sequence

import polars as pl

from curation_assets.checks.sampling import plan_of
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.pools import MOST_EPOCHS
from curation_assets.mixture.samplers import SAMPLERS
from curation_assets.stage import Check, Figures
from curation_assets.workplace import Workplace

MOST_NAMED = 10


def _selected(workplace: Workplace, columns: Sequence[str]) -> pl.DataFrame:
    """Return columns of the plan's labels for the documents of the mixture, over all shards."""
    lake = workplace.lake
    parts = [
        lake.read("mixture_plan", shard, [*dict.fromkeys(("selected", *columns))])
        .filter("selected")
        .select(columns)
        for shard in lake.recorded_shards("mixture_labels")
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(columns, pl.Null))


def look_at_shares(workplace: Workplace, _shard: str) -> tuple[bool, Figures]:
    """Return whether every share of the training tokens lies within its declared bounds."""
    bounds = workplace.config.checks.shares
    if not any(bounds.values()):
        return True, {"note": "no bounds are declared in checks.shares"}
    rows = _selected(workplace, ["language", "source", "tokens", "weight"])
    if not rows.height:
        return False, {"note": "the mixture is empty"}
    tokens = pl.col("tokens") * pl.col("weight")
    total = max(float(rows.select(tokens.sum()).item()), 1.0)
    outside, looked_at = [], 0
    for dimension, named in bounds.items():
        amounts = dict(rows.group_by(dimension).agg(tokens.sum()).iter_rows())
        for name, (least, most) in named.items():
            share, looked_at = float(amounts.get(name, 0.0)) / total, looked_at + 1
            if not least <= share <= most:
                outside.append(f"{dimension} {name}: {share:.1%}, allowed {least:.1%} to {most:.1%}")
    figures: dict[str, int | float | str] = {"bounds": looked_at, "training_tokens": round(total)}
    if outside:
        figures["outside"] = "; ".join(outside[:MOST_NAMED])
    return not outside, figures


def look_for_repetition(workplace: Workplace, _shard: str) -> tuple[bool, Figures]:
    """Return whether no document and no cluster of copies is read more often than its cap says."""
    config, dedup = workplace.config.mixture, workplace.config.dedup
    rows = _selected(workplace, ["doc_id", "shard", "source", "weight"])
    if not rows.height:
        return True, {"note": "the mixture is empty"}
    caps = config.allocation.maximum_epochs_by_source
    most = _most_epochs(config)
    cap = rows["source"].cast(pl.String).replace_strict(caps, default=most, return_dtype=pl.Float64)
    often = rows.with_columns(cap=cap)
    above = often.filter(pl.col("weight") > pl.col("cap"))
    figures: dict[str, int | float | str] = {
        "most_read": float(rows["weight"].max()),  # type: ignore[arg-type]
        "cap": most,
        "documents_above_their_cap": above.height,
    }
    crowded = 0
    if dedup.enabled and dedup.policy != "weight":
        copies = dedup.copies if dedup.policy == "cap" else 1
        crowded = _clusters_above(workplace, often, copies)
        figures["clusters_above_their_cap"] = crowded
    return not above.height and not crowded, figures


def _clusters_above(workplace: Workplace, often: pl.DataFrame, copies: int) -> int:
    """Return how many clusters are read more often than ``copies`` of their documents may be."""
    lake, parts = workplace.lake, []
    for (shard,), rows in often.partition_by("shard", as_dict=True).items():
        clusters = lake.read("dedup_clusters", str(shard), ["doc_id", "cluster_id"])
        parts.append(rows.join(clusters, on="doc_id", how="left").select("cluster_id", "weight", "cap"))
    by_cluster = pl.concat(parts).group_by("cluster_id").agg(pl.col("weight").sum(), pl.col("cap").max())
    return by_cluster.filter(pl.col("weight") > pl.col("cap") * copies).height


def _most_epochs(config: MixtureConfig) -> int:
    """Return how often a document may be read whose source has no cap of its own."""
    phases = [phase.sampler or config.sampler for phase in config.allocation.phases] or [config.sampler]
    repeats = any(SAMPLERS[sampler].kind in ("copies", "curve") for sampler in phases)
    return config.allocation.maximum_epochs or (MOST_EPOCHS if repeats else 1)


def look_at_budget(workplace: Workplace, _shard: str) -> tuple[bool, Figures]:
    """Recount the mixture in the unit of the budget; a document more or less than asked is well."""
    plan = plan_of(workplace)
    asked, told, unit = int(plan["budget"]["asked"]), int(plan["budget"]["filled"]), plan["budget"]["unit"]
    rows = _selected(workplace, ["doc_id", "shard", "tokens", "weight"])
    sizes = _sizes(workplace, rows, unit)
    weights = rows["weight"].cast(pl.Float64)
    filled, largest = int((sizes * weights).sum() or 0), int(sizes.max() or 0)  # type: ignore[arg-type]
    allowed = max(largest, 1) * len(plan["phases"])
    figures: dict[str, int | float | str] = {
        "unit": str(unit), "asked": asked, "filled": filled, "difference": filled - asked,
        "one_document": largest,
    }  # fmt: skip
    if plan["notes"]:
        figures["notes"] = "; ".join(plan["notes"])
    if filled != told:
        figures["told_by_the_plan"] = told
    return filled == told and abs(filled - asked) <= allowed, figures


def _sizes(workplace: Workplace, rows: pl.DataFrame, unit: str) -> pl.Series:
    """Return what each document takes of the budget, Int64."""
    if unit != "bytes":
        return pl.repeat(1, rows.height, eager=True) if unit == "documents" else rows["tokens"].cast(pl.Int64)
    lake, parts = workplace.lake, [pl.Series("bytes", [], pl.Int64)]
    for (shard,), own in rows.partition_by("shard", as_dict=True, maintain_order=True).items():
        scores = lake.read("quality_scores", str(shard), ["doc_id", "bytes"])
        parts.append(own.join(scores, on="doc_id", how="left", maintain_order="left")["bytes"])
    return pl.concat(parts)


SHARES_WITHIN_BOUNDS = Check(
    "shares_within_bounds",
    "The share of each language and source in the mixture's training tokens is within the bounds of "
    "checks.shares.",
    look_at_shares,
    advice="Ask for the share: mixture.allocation.floors for languages, shares for sources; or change"
    " the bounds. Where there is too little of something, mixture_plan's notes say how much.",
)
NOT_TOO_OFTEN = Check(
    "nothing_read_too_often",
    "No document and no cluster of copies is read more often than mixture.allocation.maximum_epochs allows.",
    look_for_repetition,
    advice="The plan contradicts its own caps: materialise mixture_plan. If it stays, report it with "
    "the settings of mixture.allocation.",
)
BUDGET_FILLED = Check(
    "budget_filled",
    "The mixture, recounted from its labels, is as large as the budget asks, give or take a document "
    "for each phase.",
    look_at_budget,
    advice="Too small: there were not enough documents that may be taken. Lower mixture.minimum_rank "
    'or the budget, raise maximum_epochs, or add data. Where "told by the plan" is there, '
    "materialise mixture_plan.",
)
