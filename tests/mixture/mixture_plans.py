"""Plans of candidates given as one data frame."""

from typing import Any

import numpy as np
import polars as pl

from curation_assets.mixture import plan as planning
from curation_assets.mixture.candidates import CANDIDATE_SCHEMA, Candidates, collect
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.labels import LABEL_SCHEMA, LabelTables
from curation_assets.mixture.needs import further_columns
from curation_assets.mixture.plan import Plan
from curation_assets.mixture.ranks import quality_ranks
from curation_assets.mixture.samplers.interface import Values, scores_of
from curation_assets.mixture.samplers.registry import SAMPLERS

DEFAULTS = {"weight": pl.lit(1.0), "bytes": pl.col("tokens") * 4, "refused": pl.lit(0, pl.UInt8)}


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """Return candidates with all columns: where they are missing with a weight of 1, and not refused."""
    missing = {name: value for name, value in DEFAULTS.items() if name not in frame.columns}
    return frame.with_columns(**missing)


def candidates_of(frame: pl.DataFrame, config: MixtureConfig) -> Candidates:
    """Return candidates (CANDIDATE_SCHEMA, their shard, and further columns) given in any order."""
    further = further_columns(config)
    parts = complete(frame).partition_by("shard", as_dict=True).items()
    by_shard = sorted((str(key[0]), rows) for key, rows in parts)
    columns = [*CANDIDATE_SCHEMA, *further]
    return collect(((shard, rows.select(columns)) for shard, rows in by_shard), further)


def plan(frame: pl.DataFrame, config: MixtureConfig) -> Plan:
    """Plan candidates, see ``candidates_of``."""
    return planning.plan(candidates_of(frame, config), config)


def labels_of(made: Plan) -> pl.DataFrame:
    """Return the label tables of all shards as one."""
    tables = LabelTables(made, made.candidates.shards)
    return pl.concat([pl.DataFrame(schema=LABEL_SCHEMA), *tables.values()])


def taken(made: Plan) -> set[str]:
    return set(labels_of(made).filter("selected")["doc_id"])


def measure(sampler: str, frame: pl.DataFrame, **config: Any) -> Values:
    """Return what a sampler makes of a frame with quality, density and language."""
    settings = MixtureConfig(**config)
    rows = candidates_of(frame.with_columns(shard=pl.lit("s")), settings)
    ranks = quality_ranks(rows, np.ones(frame.height, np.bool_), settings.rank_within)
    scores = scores_of(
        frame.height, quality=frame["quality"].to_numpy(), density=frame["density"].to_numpy(), rank=ranks
    )
    return SAMPLERS[sampler].measure(scores, settings)
