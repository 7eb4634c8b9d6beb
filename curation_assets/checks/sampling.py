"""Whether the draw of the mixture is worth its documents, and whether its probabilities are true."""

import json
import math
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.stage import Check, Figures
from curation_assets.workplace import Workplace

PLAN_FILE = "mixture_plan/plan.json"
STANDARD_ERRORS = 4.0
ROUNDING = 0.008
"""Probabilities are stored with six significant bits: half a step is at most 0.8 % of them."""
COMPETED = ("over_budget",)
"""Reasons of documents that were in the draw and were not taken."""
Numbers = NDArray[np.float64]


def plan_of(workplace: Workplace) -> dict[str, Any]:
    """Return the summary of the plan as it was written."""
    return json.loads((workplace.lake.root / PLAN_FILE).read_bytes())


def look_at_sample_size(workplace: Workplace, _shard: str) -> tuple[bool, Figures]:
    """Return whether the weights of every phase leave enough of the candidates (Kish's sample size)."""
    least = workplace.config.checks.least_effective_share
    phases = {phase["name"]: phase["weights"] for phase in plan_of(workplace)["phases"] if phase["weights"]}
    if not phases:
        return True, {"note": "no phase draws by weights"}
    worst = min(phases, key=lambda name: phases[name]["effective_share"])
    return phases[worst]["effective_share"] >= least, {
        "phase": worst,
        "effective_sample_size": round(phases[worst]["effective_sample_size"], 1),
        "effective_share": round(phases[worst]["effective_share"], 4),
        "least": least,
    }


def look_at_estimates(workplace: Workplace, _shard: str) -> tuple[bool, Figures]:
    """Estimate documents and tokens of the draw from what was taken, and compare with what there was.

    Each document taken counts 1/probability times (Horvitz and Thompson, 1952). The variance is the sum of
    y^2 (1 - p) / p over all that competed: outcomes are uncorrelated under rank conditioning (Cohen and
    Kaplan, 2007).
    """
    competed = _competed(workplace)
    if not competed.height or not competed["probability"].is_between(0, 1, closed="none").any():
        return True, {"note": "nothing was drawn by chance", "documents": competed.height}
    probability, taken = competed["probability"].to_numpy(), competed["selected"].to_numpy()
    figures: dict[str, int | float | str] = {}
    passed = True
    for name, values in (("documents", np.ones(len(taken))), ("tokens", competed["tokens"].to_numpy())):
        truth, estimate = float(values.sum()), float((values / probability)[taken].sum())
        error = standard_error(values.astype(np.float64), probability)
        within = abs(estimate - truth) <= STANDARD_ERRORS * error + ROUNDING * max(truth, estimate)
        passed = passed and within
        figures |= {f"{name}_in_the_draw": round(truth), f"{name}_estimated": round(estimate, 1)}
        figures |= {f"{name}_standard_error": round(error, 1)}
    return passed, figures


def standard_error(values: Numbers, probability: Numbers) -> float:
    """Return the standard error of the estimate of sum(values) [n], given every probability [n], above 0."""
    return math.sqrt(float((np.square(values) * (1 - probability) / probability).sum()))


def _competed(workplace: Workplace) -> pl.DataFrame:
    """Return selected, probability and tokens of the documents that were in the draw."""
    lake, parts = workplace.lake, [pl.DataFrame(schema=_COMPETED_SCHEMA)]
    for shard in lake.recorded_shards("mixture_labels"):
        rows = lake.read("mixture_plan", shard, ["doc_id", "selected", "inclusion_probability", "reason"])
        rows = rows.filter(pl.col("selected") | pl.col("reason").is_in(COMPETED))
        sizes = lake.read("quality_scores", shard, ["doc_id", "tokens"])
        joined = rows.join(sizes, on="doc_id", how="left", maintain_order="left")
        parts.append(
            joined.select("selected", pl.col("inclusion_probability").alias("probability"), "tokens")
        )
    found = pl.concat(parts).with_columns(pl.col("tokens").fill_null(0))
    return found.filter((pl.col("probability") > 0) | pl.col("selected"))


_COMPETED_SCHEMA = {"selected": pl.Boolean, "probability": pl.Float64, "tokens": pl.Int64}

SAMPLE_SIZE = Check(
    "sample_worth_its_size",
    "The weights of the draw leave an effective sample size (Kish) of checks.least_effective_share of"
    " the candidates.",
    look_at_sample_size,
    advice="A few documents have nearly all the weight, so that the mixture hardly depends on chance,"
    " and estimates from it are poor: raise mixture.density_floor, move mixture.alpha from the"
    " ends, or take another sampler.",
)
ESTIMATES_HOLD = Check(
    "estimates_hold",
    "Documents and tokens of the draw, estimated from the mixture by inverse probabilities, are "
    "within four standard errors of the truth.",
    look_at_estimates,
    advice="The column inclusion_probability should not be used for estimates until this passes. "
    "Materialise mixture_plan; if it fails again with another mixture.seed, too, the sampler's"
    " probabilities are wrong: report it.",
)
