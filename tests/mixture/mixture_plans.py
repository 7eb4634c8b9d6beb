"""Plans of candidates given as one data frame."""

from typing import Any

import numpy as np
import polars as pl

from curation_assets.mixture import plan as planning
from curation_assets.mixture.candidates import CANDIDATE_SCHEMA, collect
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.labels import LABEL_SCHEMA, LabelTables
from curation_assets.mixture.plan import Plan
from curation_assets.mixture.ranks import quality_ranks
from curation_assets.mixture.samplers.interface import Values, scores_of
from curation_assets.mixture.samplers.registry import SAMPLERS


def plan(frame: pl.DataFrame, config: MixtureConfig) -> Plan:
    """Plan candidates (CANDIDATE_SCHEMA and their shard) in any order; weights are 1 where there are none."""
    frame = frame if "weight" in frame.columns else frame.with_columns(weight=pl.lit(1.0))
    if "semantic_duplicate" not in frame.columns:
        frame = frame.with_columns(semantic_duplicate=pl.lit(False))
    by_shard = sorted((str(key[0]), rows) for key, rows in frame.partition_by("shard", as_dict=True).items())
    return planning.plan(
        collect((shard, rows.select(list(CANDIDATE_SCHEMA))) for shard, rows in by_shard), config
    )


def labels_of(made: Plan) -> pl.DataFrame:
    """Return the label tables of all shards as one."""
    tables = LabelTables(made, made.candidates.shards)
    return pl.concat([pl.DataFrame(schema=LABEL_SCHEMA), *tables.values()])


def taken(made: Plan) -> set[str]:
    return set(labels_of(made).filter("selected")["doc_id"])


def measure(sampler: str, frame: pl.DataFrame, **config: Any) -> Values:
    """Return what a sampler makes of a frame with quality, density and language."""
    settings = MixtureConfig(**config)
    rows = collect(
        [
            (
                "s",
                frame.select(pl.lit(1.0).alias("weight"), *frame.columns)
                .with_columns(semantic_duplicate=pl.lit(False))
                .select(list(CANDIDATE_SCHEMA)),
            )
        ]
    )
    ranks = quality_ranks(rows, np.ones(frame.height, np.bool_), settings.rank_within)
    scores = scores_of(
        frame.height, quality=frame["quality"].to_numpy(), density=frame["density"].to_numpy(), rank=ranks
    )
    return SAMPLERS[sampler].measure(scores, settings)
