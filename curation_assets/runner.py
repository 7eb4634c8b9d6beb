"""Brings a lake up to date with its inbox, stage by stage; knows nothing of Dagster.

Dagster's job takes each stage's ``outcomes`` and records them; tests and benchmarks that need no
Dagster call ``build_everything``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from curation_assets import engine, freshness
from curation_assets.engine import Outcome
from curation_assets.graph import STAGES, stage_named, stages_after
from curation_assets.progress import Progress, silent
from curation_assets.stage import LakeStage, MissingInputError, ShardStage, Stage
from curation_assets.workplace import Workplace
from resources.compute import Compute
from resources.records import BuildRecord, Counts

FEW_DOCUMENTS = 150
"""So many are scored by one process before another has loaded the models that it needs."""
TYPICAL_BYTES = 2_000


@dataclass
class StageSummary:
    """One line of the table that a run ends with."""

    stage: str
    shards: int = 0
    built: int = 0  # of these shards; seconds, bytes_in and documents_in are of what was built
    failed: dict[str, str] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    seconds: float = 0.0
    bytes_in: int = 0
    documents_in: int = 0

    @property
    def megabytes_per_second(self) -> float | None:
        """MB (10^6 bytes) of text a second of build time, summed over workers; None if nothing was built."""
        return (
            self.bytes_in / 1e6 / self.seconds if self.built and self.seconds > 0 and self.bytes_in else None
        )

    def add(self, outcome: Outcome) -> None:
        record = outcome.record
        self.shards += 1
        self.counts = self.counts + record.counts
        if record.error:
            self.failed[record.shard] = record.error
        if outcome.built:
            self.built += 1
            self.seconds += record.seconds
            self.bytes_in += record.bytes_in
            self.documents_in += record.counts.rows_in


class WorkerLostError(RuntimeError):
    """The worker process that built a shard died."""


OUT_OF_MEMORY = (
    "the worker process died of this shard, most likely for lack of memory: "
    "take fewer compute.workers, or split the file"
)


@dataclass(frozen=True)
class _Task:
    """Builds one stage for a shard, here or in a worker process (stages go there by name)."""

    stage: str
    workplace: Workplace

    def __call__(self, shard: str, progress: Progress) -> Outcome:
        stage = stage_named(self.stage)
        assert isinstance(stage, ShardStage)
        return engine.build_shard(stage, self.workplace, shard, progress)


def prune(workplace: Workplace) -> list[str]:
    """Remove what the lake holds of shards that are no longer in the inbox; return their keys."""
    gone = shards_gone(workplace)
    for shard in gone:
        engine.discard_shard(workplace, STAGES, shard)
    return gone


def shards_gone(workplace: Workplace) -> list[str]:
    """Return the shards that the lake holds something of and the inbox does not, sorted.

    Those that the inbox may still hold, in a folder that cannot be read, are not among them.
    """
    return sorted(_not_in_inbox(workplace) - shards_out_of_sight(workplace).keys())


def shards_out_of_sight(workplace: Workplace) -> dict[str, str]:
    """Return the shards that cannot be seen in the inbox now though they may be there, and why, sorted."""
    found = {}
    for shard in sorted(_not_in_inbox(workplace)):
        record = workplace.lake.record(STAGES[0].name, shard)
        path = str(record.figures.get("relative_path", "")) if record else ""
        if path and (why := workplace.inbox.may_hold(path)):
            found[shard] = why
    return found


def _not_in_inbox(workplace: Workplace) -> set[str]:
    known = {shard for stage in STAGES for shard in _recorded(workplace, stage)}
    return known - set(workplace.inbox.shards)


def _recorded(workplace: Workplace, stage: Stage) -> list[str]:
    if isinstance(stage, ShardStage):
        return workplace.lake.recorded_shards(stage.name)
    return workplace.lake.recorded_shards(stage.labels) if stage.labels else []


def shards_to_build(stage: ShardStage, workplace: Workplace) -> list[str]:
    """Return the shards that can be built now: all files of the inbox, or all whose inputs are there."""
    if not stage.reads:
        return sorted(workplace.inbox.shards)
    by_shard = [name for name in stage.reads if not _is_lake_stage(name)]
    return freshness.shards_ready(workplace, by_shard)


def _is_lake_stage(name: str) -> bool:
    return any(stage.name == name and isinstance(stage, LakeStage) for stage in STAGES)


def documents_ahead(stage: Stage, workplace: Workplace) -> int | None:
    """Return how many documents a stage will look at, as far as earlier stages have counted them."""
    records = [
        record
        for shard in (
            shards_to_build(stage, workplace) if isinstance(stage, ShardStage) else workplace.inbox.shards
        )
        if stage.reads and (record := workplace.lake.record(stage.reads[-1], shard))
    ]
    return sum(record.counts.kept for record in records) if records else None


def build_stage(
    stage: ShardStage, workplace: Workplace, compute: Compute, progress: Progress = silent
) -> Iterator[Outcome]:
    """Build a stage for every shard that needs it; a shard that fails takes its later stages with it."""
    shards = shards_to_build(stage, workplace)
    _drop_unready(stage, workplace, shards)
    waiting = []
    for shard in shards:
        state, _ = freshness.state_of(stage, workplace, shard)
        record = workplace.lake.record(stage.name, shard)
        if state == "fresh" and record:
            progress(record.counts.rows_in)
            yield Outcome(record)
        else:
            waiting.append(shard)
    for outcome in _build(stage, workplace, compute, waiting, progress):
        workplace.lake.learn(outcome.record)
        if outcome.record.error:
            engine.discard_shard(workplace, stages_after(stage.name), outcome.record.shard)
        yield outcome


def _drop_unready(stage: ShardStage, workplace: Workplace, ready: Sequence[str]) -> None:
    """Forget what a stage once made of shards whose earlier stages have failed since."""
    if not stage.reads:  # files that have left the inbox are for ``prune``
        return
    for shard in set(workplace.lake.recorded_shards(stage.name)) - set(ready):
        engine.discard_shard(workplace, [stage, *stages_after(stage.name)], shard)


def _build(
    stage: ShardStage, workplace: Workplace, compute: Compute, shards: Sequence[str], progress: Progress
) -> Iterator[Outcome]:
    if stage.heavy and documents_to_do(stage, workplace, shards) > FEW_DOCUMENTS:
        task = _Task(stage.name, workplace)
        lost = partial(_lost, stage, workplace)
        yield from (outcome for _, outcome in compute.map(task, shards, progress, lost))
        return
    for shard in shards:
        try:
            yield engine.build_shard(stage, workplace, shard, progress)
        except MissingInputError:
            continue


def _lost(stage: ShardStage, workplace: Workplace, shard: str) -> Outcome:
    return engine.give_up_shard(stage, workplace, shard, WorkerLostError(OUT_OF_MEMORY))


def outcomes(
    stage: Stage, workplace: Workplace, compute: Compute, progress: Progress = silent
) -> Iterator[Outcome]:
    """Bring one stage up to date: an outcome for every shard, or one for the whole lake."""
    if isinstance(stage, ShardStage):
        yield from build_stage(stage, workplace, compute, progress)
    else:
        yield engine.build_lake(stage, workplace, progress)


def documents_to_do(stage: ShardStage, workplace: Workplace, shards: Sequence[str]) -> int:
    """Return how many documents of the given shards are new to a stage, or may be."""
    return sum(_new_documents(stage, workplace, shard) for shard in shards)


def _new_documents(stage: ShardStage, workplace: Workplace, shard: str) -> int:
    if not stage.reads:
        return workplace.inbox.shards[shard].size // TYPICAL_BYTES
    before = workplace.lake.record(stage.name, shard)
    inputs = [record for name in stage.reads if (record := workplace.lake.record(name, shard))]
    if before is None or before.error or not _made_alike(stage, before, workplace):
        return max((record.counts.kept for record in inputs), default=0)
    changed = [record for record in inputs if record.output != before.inputs.get(record.stage)]
    return sum(
        record.changes.get("new", 0) + record.changes.get("changed", 0)
        if record.before == before.inputs.get(record.stage)
        else record.counts.kept
        for record in changed
    )


def _made_alike(stage: ShardStage, before: BuildRecord, workplace: Workplace) -> bool:
    """Return whether the last build had the same algorithm, settings and model, so that it can be used."""
    external = freshness.external_version(stage, workplace, before.shard)
    same = before.inputs.get("external", "") == external
    return same and before.code_version == stage.code_version(workplace)


def build_everything(workplace: Workplace, compute: Compute) -> list[StageSummary]:
    """Bring the whole lake up to date, without Dagster; return one summary a stage."""
    prune(workplace)
    summaries = []
    for stage in STAGES:
        summary = StageSummary(stage.name)
        for outcome in outcomes(stage, workplace, compute):
            summary.add(outcome)
        summaries.append(summary)
    return summaries
