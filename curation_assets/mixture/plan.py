"""The plan of a mixture: for every candidate, whether it is taken, with what probability, or why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.draw import Draw, exponential_keys, fill
from curation_assets.mixture.samplers import SAMPLERS, required_scores
from curation_assets.mixture.summary import Filled, summarise

CANDIDATE_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String,
        "shard": pl.String,
        "source": pl.String,
        "language": pl.String,
        "tokens": pl.Int64,
        "quality": pl.Float64,
        "density": pl.Float64,
    }
)
SELECTION_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String,
        "shard": pl.String,
        "selected": pl.Boolean,
        "weight": pl.Float64,
        "inclusion_probability": pl.Float64,
        "reason": pl.String,
    }
)
NO_SCORE = "no_score"
BELOW_MINIMUM_QUALITY = "below_minimum_quality"
OVER_BUDGET = "over_budget"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Plan:
    """What was chosen: ``selection`` has one row a candidate (SELECTION_SCHEMA), by shard and doc_id.

    ``summary`` holds the figures of it, ready for JSON.

    ``weight`` is what a document counts for in training: 1 for each one taken, since the draw has already
    accounted for its worth, and 0 for the others. To estimate something about all candidates from the
    taken ones, divide by ``inclusion_probability`` instead.
    """

    selection: pl.DataFrame
    summary: dict[str, Any]


def plan(candidates: pl.DataFrame, config: MixtureConfig) -> Plan:
    """Choose the documents of the mixture among ``candidates`` (CANDIDATE_SCHEMA; scores may be null).

    The result depends on the set of candidates and the configuration, not on the order of rows or on how
    they are spread over shards. A source named in ``source_shares`` has its share of the budget to itself;
    all others compete for the rest. What a source cannot fill is left unfilled and told in the summary.
    Raises ValueError for a (doc_id, shard) that occurs twice, and for a share of a source without candidates.
    """
    rows = _prepare(candidates)
    _require_known_sources(rows, config)
    reasons = rows.select(_refusal(config)).to_series()
    eligible = rows.filter(reasons.is_null())
    sampler = SAMPLERS[config.sampler]
    measure = sampler.measure(eligible, config)
    keys = exponential_keys(_names(eligible), measure, config.seed) if sampler.drawn else measure

    taken = np.zeros(eligible.height, np.bool_)
    probability = np.zeros(eligible.height)
    filled: list[Filled] = []
    for name, members, budget in _pools(rows, eligible, config):
        sizes = _sizes(eligible, config)[members]
        draw = fill(keys[members], sizes, budget, measure[members] if sampler.drawn else None)
        taken[members], probability[members] = draw.taken, draw.probability
        filled.append(_filled(name, budget, sizes, draw))

    selection = _selection(rows, reasons, eligible, taken, probability)
    weights = measure if sampler.drawn else None
    return Plan(selection, summarise(rows.join(selection, on=["doc_id", "shard"]), filled, weights, config))


def _prepare(candidates: pl.DataFrame) -> pl.DataFrame:
    """Bring candidates into the schema and the order of doc_id; scores that are no numbers become null."""
    rows = candidates.select(CANDIDATE_SCHEMA.names()).cast(dict(CANDIDATE_SCHEMA)).sort("doc_id", "shard")  # type: ignore[arg-type]
    repeated = rows.filter(pl.struct("doc_id", "shard").is_duplicated())
    if repeated.height:
        raise ValueError(
            f"doc_id {repeated['doc_id'][0]!r} occurs more than once among the candidates of a shard"
        )
    finite = [pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in ("quality", "density")]
    return rows.with_columns(
        *finite,
        pl.col("source", "language").fill_null(UNKNOWN),
        pl.col("tokens").fill_null(0).clip(lower_bound=0),
    ).with_columns(density=pl.when(pl.col("density") > 0).then(pl.col("density")))


def _names(rows: pl.DataFrame) -> list[str]:
    """Return what each draw depends on: the doc_id, and the shard for further records that are identical.

    Such records reach the plan where deduplication is off; which of them is drawn is of no consequence.
    """
    further = ~pl.col("doc_id").is_first_distinct()
    named = pl.when(further).then(pl.concat_str("doc_id", "shard", separator="/")).otherwise("doc_id")
    return rows.select(named).to_series().to_list()


def _require_known_sources(rows: pl.DataFrame, config: MixtureConfig) -> None:
    """Refuse a share for a source without candidates: most likely its name is misspelt."""
    known = sorted(rows["source"].unique().to_list())
    for source, share in config.source_shares.items():
        if source not in known:
            raise ValueError(
                f"source_shares asks {share:g} of the budget from {source!r}, which has no candidates; "
                f"sources with candidates: {', '.join(known) or 'none'}"
            )


def _refusal(config: MixtureConfig) -> pl.Expr:
    """Return the reason why a document cannot be taken whatever the budget, or null."""
    missing = [pl.col(name).is_null() for name in required_scores(config)]
    # A quality of null is not below anything; without a threshold no document is.
    below = pl.col("quality") < (0.0 if config.minimum_quality is None else config.minimum_quality)
    return (
        pl.when(pl.any_horizontal(pl.lit(False), *missing))
        .then(pl.lit(NO_SCORE))
        .when(below & pl.lit(config.minimum_quality is not None))
        .then(pl.lit(BELOW_MINIMUM_QUALITY))
        .otherwise(pl.lit(None, pl.String))
        .alias("reason")
    )


def _sizes(rows: pl.DataFrame, config: MixtureConfig) -> NDArray[np.int64]:
    """Return what each document takes of the budget."""
    if config.budget.unit == "documents":
        return np.ones(rows.height, np.int64)
    return rows["tokens"].to_numpy()


def _pools(
    rows: pl.DataFrame, eligible: pl.DataFrame, config: MixtureConfig
) -> Iterator[tuple[str | None, NDArray[np.intp], int]]:
    """Yield (source, positions in eligible, budget) for each named source, then (None, ...) for the rest.

    Budgets are rounded to whole units, and add up to the whole budget.
    """
    available = int(_sizes(rows, config).sum())
    budget = config.budget
    fraction = 1.0 if budget.fraction is None else budget.fraction
    rest = budget.amount if budget.amount is not None else round(fraction * available)
    total = rest
    sources = eligible["source"].to_numpy().astype(str)
    for source, share in sorted(config.source_shares.items()):
        part = min(round(share * total), rest)
        rest -= part
        yield source, np.flatnonzero(sources == source), part
    yield None, np.flatnonzero(~np.isin(sources, list(config.source_shares))), rest


def _filled(name: str | None, budget: int, sizes: NDArray[np.int64], draw: Draw) -> Filled:
    return Filled(
        source=name,
        asked=budget,
        available=int(sizes.sum()),
        filled=int(sizes[draw.taken].sum()),
        documents=int(draw.taken.sum()),
        threshold=draw.threshold,
    )


def _selection(
    rows: pl.DataFrame,
    reasons: pl.Series,
    eligible: pl.DataFrame,
    taken: NDArray[np.bool_],
    probability: NDArray[np.float64],
) -> pl.DataFrame:
    """Join the outcome of the draw to all candidates: one row each, by shard and doc_id."""
    outcome = eligible.select("doc_id", "shard").with_columns(
        selected=pl.Series(taken, dtype=pl.Boolean),
        inclusion_probability=pl.Series(probability, dtype=pl.Float64),
    )
    selected = pl.col("selected").fill_null(False)
    return (
        rows.select("doc_id", "shard")
        .with_columns(reasons)
        .join(outcome, on=["doc_id", "shard"], how="left")
        .with_columns(
            selected=selected,
            weight=selected.cast(pl.Float64),
            inclusion_probability=pl.col("inclusion_probability").fill_null(0.0),
            reason=pl.when(~selected).then(pl.col("reason").fill_null(OVER_BUDGET)),
        )
        .select(SELECTION_SCHEMA.names())
        .sort("shard", "doc_id")
    )
