"""Turns stages into Dagster assets and checks; the policy common to all of them is applied here, once."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from curation_assets import engine, freshness
from curation_assets.catalogue.structure import faults_of_stage
from curation_assets.checks.registry import checks_of
from curation_assets.engine import Outcome
from curation_assets.inbox_state import forget_state
from curation_assets.orchestration.errors import told_without_texts, without_texts
from curation_assets.orchestration.events import (
    CHECK_ABOUT,
    CHECK_ADVICE,
    CHECK_NAME,
    STRUCTURE,
    STRUCTURE_ABOUT,
    STRUCTURE_ADVICE,
    check_metadata,
    label_materialization,
    look,
    metadata_of,
)
from curation_assets.orchestration.pages import about, shown
from curation_assets.orchestration.partitions import SHARDS
from curation_assets.stage import Check, LakeStage, MissingInputError, RequirementError, ShardStage, Stage
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE
from resources.lock import LakeBusyError
from resources.records import BuildRecord, Counts

WAIT_SECONDS = 600.0
"""How long a build waits for another writer of the lake to finish."""

OWNERS = ["team:data-curation"]
Definition = dg.AssetsDefinition | dg.AssetChecksDefinition


class WorkplaceResource(dg.ConfigurableResource):
    """The inbox, the lake and the configuration file that assets work on."""

    inbox: str
    lake: str
    config: str = ""

    def open(self) -> Workplace:
        return Workplace.open(Path(self.inbox), Path(self.lake), Path(self.config) if self.config else None)


@dataclass(frozen=True)
class Presentation:
    """How an asset presents itself in the UI."""

    group: str
    description: str
    kinds: frozenset[str]


def shard_asset(stage: ShardStage, presentation: Presentation, workplace: Workplace) -> list[Definition]:
    """Return the partitioned asset of a stage, and the blocking check that no document went missing.

    A click on a partition builds it anew, whatever is recorded; scores still come from the cache.
    """

    @dg.asset(
        name=stage.name,
        partitions_def=SHARDS,
        deps=list(stage.reads),
        code_version=stage.code_version(workplace),
        group_name=presentation.group,
        description=presentation.description,
        kinds=set(presentation.kinds),
        owners=OWNERS,
        metadata=about(stage, workplace),
    )
    def build(context: dg.AssetExecutionContext, workplace: WorkplaceResource) -> dg.MaterializeResult:
        place, shard = workplace.open(), context.partition_key
        with _explained(), place.lake.writing_shard(shard, WAIT_SECONDS):
            stage.check_requirements(place)
            outcome = engine.build_shard(stage, place, shard, _Logged(context, stage), force=True)
            _reported([outcome.record], outcome, place, context)
        if outcome.record.error:
            told = shown(without_texts(outcome.record.error, place, [shard]))
            raise dg.Failure(f"{stage.name} of {shard!r}: {told}", allow_retries=False)
        return dg.MaterializeResult(
            metadata=metadata_of(outcome, place, stage), data_version=dg.DataVersion(outcome.record.output)
        )

    @dg.asset_check(
        asset=stage.name,
        name=CHECK_NAME,
        partitions_def=SHARDS,
        blocking=True,
        description=f"{CHECK_ABOUT} If it fails: {CHECK_ADVICE}",
    )
    def rows_conserved(
        context: dg.AssetCheckExecutionContext, workplace: WorkplaceResource
    ) -> dg.AssetCheckResult:
        place, shard = workplace.open(), context.partition_key
        return _check_result(stage.count(place, shard), place.lake.record(stage.name, shard))

    return [build, rows_conserved, _structure(stage), *_warnings(stage)]


def lake_asset(stage: LakeStage, presentation: Presentation, workplace: Workplace) -> list[Definition]:
    """Return the asset of a stage over all shards, its check, and the asset of its labels, if it has any.

    Only the shards whose labels changed get an event, so that downstream leaves the others alone.
    """

    @dg.asset(
        name=stage.name,
        deps=list(stage.reads),
        code_version=stage.code_version(workplace),
        group_name=presentation.group,
        description=presentation.description,
        kinds=set(presentation.kinds),
        owners=OWNERS,
        metadata=about(stage, workplace),
    )
    def build(context: dg.AssetExecutionContext, workplace: WorkplaceResource) -> dg.MaterializeResult:
        place = workplace.open()
        with told_without_texts(place), _explained(), place.lake.writing(WAIT_SECONDS):
            if place.inbox.shards and not freshness.shards_of(stage, place):
                raise MissingInputError(
                    f"{stage.name}: materialise {', '.join(stage.reads)} for a shard first"
                )
            outcome = engine.build_lake(stage, place, _Logged(context, stage), force=True)
            for record in outcome.labels:
                context.log_event(label_materialization(record, stage, place))
            _reported([outcome.record, *outcome.labels], outcome, place, context)
        return dg.MaterializeResult(
            metadata=metadata_of(outcome, place, stage), data_version=dg.DataVersion(outcome.record.output)
        )

    @dg.asset_check(
        asset=stage.name,
        name=CHECK_NAME,
        blocking=True,
        description=f"{CHECK_ABOUT} Over all shards. If it fails: {CHECK_ADVICE}",
    )
    def rows_conserved(workplace: WorkplaceResource) -> dg.AssetCheckResult:
        place = workplace.open()
        counts = stage.count(place, freshness.shards_of(stage, place))
        return _check_result(counts, place.lake.record(stage.name, WHOLE_LAKE))

    found: list[Definition] = [build, rows_conserved, _structure(stage), *_warnings(stage)]
    return [*found, _label_asset(stage, presentation, workplace)] if stage.labels else found


def _reported(
    records: Sequence[BuildRecord], outcome: Outcome, place: Workplace, context: dg.AssetExecutionContext
) -> None:
    """Note that this instance knows of a build, so that the job does not tell it again.

    What it changed has to be followed by later stages: the lake is no longer up to date as a whole.
    """
    if outcome.changed:
        forget_state(place.lake)
    for record in records:
        if not record.error:
            reported = record.model_copy(update={"reported_to": instance_id(context.instance)})
            place.lake.save_record(reported)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn what a person can do something about into a failure that says so, without a traceback."""
    try:
        yield
    except (MissingInputError, RequirementError, LakeBusyError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None


def _structure(stage: Stage) -> dg.AssetChecksDefinition:
    """Return the blocking check that the tables of a stage are what they are declared to be."""
    partitions = SHARDS if isinstance(stage, ShardStage) else None

    @dg.asset_check(
        asset=stage.name,
        name=STRUCTURE,
        partitions_def=partitions,
        blocking=True,
        description=f"{STRUCTURE_ABOUT} If it fails: {STRUCTURE_ADVICE}",
    )
    def structure(
        context: dg.AssetCheckExecutionContext, workplace: WorkplaceResource
    ) -> dg.AssetCheckResult:
        shard = context.partition_key if partitions else WHOLE_LAKE
        faults = faults_of_stage(stage, workplace.open().lake, shard)
        told = {"faults": shown("; ".join(faults)), "what to do": STRUCTURE_ADVICE} if faults else {}
        return dg.AssetCheckResult(passed=not faults, metadata=told)

    return structure


def _warnings(stage: Stage) -> list[dg.AssetChecksDefinition]:
    """Return the checks that warn: by shard for a stage by shard, unless they look at all of it."""

    def make(check: Check) -> dg.AssetChecksDefinition:
        partitions = SHARDS if isinstance(stage, ShardStage) and not check.whole else None

        @dg.asset_check(
            asset=stage.name,
            name=check.name,
            description=f"{check.description} If it fails: {check.advice}"
            if check.advice
            else check.description,
            partitions_def=partitions,
        )
        def warn(context: dg.AssetCheckExecutionContext, workplace: WorkplaceResource) -> dg.AssetCheckResult:
            shard = context.partition_key if partitions else WHOLE_LAKE
            passed, figures = look(check, workplace.open(), shard)
            return dg.AssetCheckResult(passed=passed, metadata=figures, severity=dg.AssetCheckSeverity.WARN)

        return warn

    return [make(check) for check in checks_of(stage)]


def _label_asset(stage: LakeStage, presentation: Presentation, workplace: Workplace) -> dg.AssetsDefinition:
    @dg.asset(
        name=stage.labels,
        partitions_def=SHARDS,
        deps=[stage.name],
        group_name=presentation.group,
        description=f"What {stage.name} says of the documents of one shard; written by {stage.name} itself.",
        kinds={"parquet"},
        owners=OWNERS,
        metadata=about(stage, workplace, stage.label_table),
    )
    def labels(context: dg.AssetExecutionContext, workplace: WorkplaceResource) -> dg.MaterializeResult:
        place, shard = workplace.open(), context.partition_key
        record = place.lake.record(str(stage.labels), shard)
        if record is None:
            message = f"{stage.name} has said nothing of shard {shard!r} yet: materialise {stage.name} first"
            raise dg.Failure(message, allow_retries=False)
        return dg.MaterializeResult(
            metadata=label_materialization(record, stage, place).metadata,
            data_version=dg.DataVersion(record.output),
        )

    return labels


def instance_id(instance: dg.DagsterInstance) -> str:
    """Return what tells one Dagster instance from another."""
    return str(instance.run_storage.get_run_storage_id())  # type: ignore[attr-defined]


def _check_result(counts: Counts, record: BuildRecord | None) -> dg.AssetCheckResult:
    """Pass if the documents add up, and are those that the build left behind."""
    passed = counts.balanced and (record is None or record.counts == counts)
    advice = {} if passed else {"what to do": CHECK_ADVICE}
    return dg.AssetCheckResult(passed=passed, metadata={**check_metadata(counts), **advice})


class _Logged:
    """Tells Dagster's log how far a build is, at every 200 documents."""

    def __init__(self, context: dg.AssetExecutionContext, stage: Stage, every: int = 200) -> None:
        self.log, self.stage, self.every, self.done, self.told = context.log, stage.name, every, 0, 0

    def __call__(self, documents: int) -> None:
        self.done += documents
        if self.done - self.told >= self.every:
            self.told = self.done
            self.log.info(f"{self.stage}: {self.done} documents")
