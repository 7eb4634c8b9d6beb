"""What earlier builds of a stage came to: a small file a stage, from the lake's own records.

``<lake>/_state/_history/<stage>.json`` lists the last builds, the oldest first. It is no table: nothing is
built from it, a lake from nothing has none, and one that is removed begins anew.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE, Lake
from resources.records import BuildRecord, Counts

FOLDER = "_state/_history"
KEPT_BUILDS = 20
QUALITY, PLAN = "quality_scores", "mixture_plan"
OUTLIERS, OUTLIER = "outliers", "outlier"
LAKE_STAGES = (
    "dedup_clusters", "contained_documents", "repeated_passages", "semantic_duplicates", OUTLIERS, PLAN,
)  # fmt: skip
"""Those that drop documents, or name those that the plan leaves out, and look at all shards."""
SHARD_STAGES = ("clean_documents", "contamination", QUALITY)
KEPT_STAGES = (*SHARD_STAGES, *LAKE_STAGES)
SCORE_BINS = 10


class Scores(BaseModel):
    """How many documents had a score in each bin; bins lie between the edges, and beyond the outer ones."""

    model_config = ConfigDict(frozen=True)

    edges: tuple[float, ...]
    counts: tuple[int, ...]


class Entry(BaseModel):
    """What a stage came to over all shards.

    Attributes:
        digest: of what it wrote: the same for the same tables.
        made_by: the code version, and the models where there are some.
    """

    model_config = ConfigDict(frozen=True)

    digest: str
    made_by: str
    counts: Counts
    scores: Scores | None = None


def now(workplace: Workplace, stage: str) -> Entry | None:
    """Return what a stage has come to in the lake as it is, or None before its first build."""
    lake = workplace.lake
    names = lake.recorded_shards(stage) if stage in SHARD_STAGES else [WHOLE_LAKE]
    records = [record for name in names if (record := lake.record(stage, name)) and not record.error]
    if not records:
        return None
    counts = sum((record.counts for record in records), Counts())
    return Entry(
        digest=content_hash(*[part for record in records for part in (record.shard, record.output)]),
        made_by=_made_by(records),
        counts=_without_outliers(counts, records[0]) if stage == OUTLIERS else counts,
    )


def _without_outliers(counts: Counts, record: BuildRecord) -> Counts:
    """Count outliers as dropped: their stage flags them and keeps all rows, the plan leaves them out."""
    found = int(record.figures.get("outliers", 0))
    return counts.model_copy(update={"kept": counts.kept - found, "dropped": {OUTLIER: found}})


def _made_by(records: Sequence[BuildRecord]) -> str:
    models = sorted({record.inputs.get("external", "") for record in records})
    return content_hash(*sorted({record.code_version for record in records}), *models)[:16]


def earlier(workplace: Workplace, current: Entry, stage: str) -> list[Entry]:
    """Return the builds that the same settings made of other documents, the oldest first."""
    known = read(workplace.lake, stage)
    return [entry for entry in known if entry.digest != current.digest and entry.made_by == current.made_by]


def read(lake: Lake, stage: str) -> list[Entry]:
    """Return the history of a stage; [] where there is none, or it cannot be read."""
    try:
        listed = json.loads((lake.root / FOLDER / f"{stage}.json").read_bytes())
        return [Entry.model_validate(entry) for entry in listed]
    except (OSError, ValueError, TypeError, ValidationError):
        return []


def keep(workplace: Workplace, most: int = KEPT_BUILDS) -> None:
    """Note what each stage has come to, unless that is noted last already.

    For the process that holds the lake.
    """
    for stage in KEPT_STAGES:
        entry, known = now(workplace, stage), read(workplace.lake, stage)
        if entry is None or (known and known[-1].digest == entry.digest):
            continue
        if stage == QUALITY:
            entry = entry.model_copy(update={"scores": _binned(scores_of(workplace.lake))})
        listed = [entry.model_dump() for entry in [*known, entry][-most:]]
        workplace.lake.write_file(f"{FOLDER}/{stage}.json", (json.dumps(listed) + "\n").encode())


def scores_of(lake: Lake) -> NDArray[np.float64]:
    """Return the scores that the mixture goes by of all documents that have one, float64 [n]."""
    parts = [
        lake.read(QUALITY, shard, ["quality"])["quality"].drop_nulls()
        for shard in lake.recorded_shards(QUALITY)
        if (record := lake.record(QUALITY, shard)) and not record.error
    ]
    scores = pl.concat(parts) if parts else pl.Series("quality", [], pl.Float64)
    values = scores.to_numpy()
    return values[np.isfinite(values)]


def _binned(scores: NDArray[np.float64]) -> Scores | None:
    """Cut the scores where a tenth of them each lies between; ties may make it fewer bins."""
    if not len(scores):
        return None
    edges = np.unique(np.quantile(scores, np.arange(1, SCORE_BINS) / SCORE_BINS))
    return Scores(edges=tuple(edges.tolist()), counts=tuple(counted(scores, edges).tolist()))


def counted(scores: NDArray[np.float64], edges: Sequence[float] | NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many scores lie in each bin, int64 [edges + 1]; an edge belongs to the bin above it."""
    return np.bincount(np.searchsorted(np.asarray(edges), scores, side="right"), minlength=len(edges) + 1)


def shares(counts: Counts) -> Mapping[str, Any]:
    """Return the share of the documents that came in which each reason dropped."""
    came_in = max(counts.rows_in, 1)
    return {reason: dropped / came_in for reason, dropped in counts.dropped.items()}
