"""The job ``curate``: the whole graph for every shard that needs it, in one run and one process.

Why a job of its own beside the assets: a run for each shard starts processes for each shard, and a
range run gives all its partitions one data version. Here each stage is one step that loops over
its shards, skips what is fresh, and logs for every shard the materialisation and the check that a
click on that partition would have logged: milliseconds a shard.
"""

import os
from collections.abc import Mapping
from contextlib import ExitStack

import dagster as dg
import polars as pl

from curation_assets import runner
from curation_assets.checks import history
from curation_assets.engine import Outcome
from curation_assets.graph import STAGES
from curation_assets.inbox_state import forget_state, is_suddenly_empty, remove_damaged, save_state
from curation_assets.inspection import versions
from curation_assets.orchestration.asset_factory import WAIT_SECONDS, instance_id
from curation_assets.orchestration.errors import told_without_texts, without_texts
from curation_assets.orchestration.event_storage import connections_kept_open
from curation_assets.orchestration.events import (
    check_evaluation,
    failed_evaluations,
    label_materialization,
    materialization,
    structure_evaluation,
    warning_evaluations,
    whole_evaluations,
)
from curation_assets.orchestration.instance import OtherLakeError, claim_from_environment
from curation_assets.orchestration.pages import shown
from curation_assets.orchestration.partitions import SHARDS
from curation_assets.reporting import REPORTER
from curation_assets.runner import StageSummary
from curation_assets.stage import LakeStage, RequirementError, ShardStage, Stage
from curation_assets.workplace import Workplace
from resources.compute import Compute
from resources.lock import LakeBusyError

JOB_NAME = "curate"
ALLOW_EMPTY_VARIABLE = "CURATION_ALLOW_EMPTY"
UNTIL_TAG = "curation/until"
"""A run with this tag ends with the stage that it names."""
VERIFY_TAG = "curation/verify"
"""A run with this tag trusts no hash that it remembers, and looks at the bytes of every file of the lake."""


class RunScope:
    """What the steps of one run share: the lake's lock, the workers, the inbox as it was at the start."""

    def __init__(self, workplace: Workplace, tags: Mapping[str, str]) -> None:
        self.workplace = workplace.remembering()
        self.compute = Compute(workplace.config.compute.worker_count())
        self.verify = tags.get(VERIFY_TAG) == "true"
        self.until = tags.get(UNTIL_TAG)
        self.looked = False
        self.failures: dict[str, str] = {}
        self._instance_id = ""
        self._stack = ExitStack()

    def open(self, instance: dg.DagsterInstance) -> "RunScope":
        with ExitStack() as stack:
            try:
                stack.enter_context(self.workplace.lake.writing(WAIT_SECONDS))
            except LakeBusyError as error:
                raise dg.Failure(str(error), allow_retries=False) from None
            self.workplace.remember()  # the run that holds the lake, not one that waits for it
            stack.enter_context(connections_kept_open(instance))
            stack.callback(self.compute.close)  # workers end before the lock is let go
            self._stack = stack.pop_all()
        return self

    def instance_id(self, context: dg.OpExecutionContext) -> str:
        """Return what tells this Dagster instance from others, asking its database once."""
        self._instance_id = self._instance_id or instance_id(context.instance)
        return self._instance_id

    def close(self) -> None:
        with self._stack:
            self.workplace.remember_hashes()

    def fail_for_failures(self) -> None:
        """Fail the run if a shard failed: everything else has been done, and somebody should look."""
        if self.failures:
            lines = "\n".join(f"- {what}: {why}" for what, why in sorted(self.failures.items()))
            raise dg.Failure(
                f"{len(self.failures)} shard(s) failed; all others are up to date\n{lines}",
                allow_retries=False,
            )


@dg.resource(required_resource_keys={"workplace"})
def run_scope(context: dg.InitResourceContext):  # type: ignore[no-untyped-def]
    """Open the workplace for one run, and let go of it when the run ends, however it ends."""
    assert context.instance is not None  # there is one in every run
    tags = context.run.tags if context.run else {}
    scope = RunScope(context.resources.workplace.open(), tags).open(context.instance)
    try:
        yield scope
    finally:
        scope.close()


def allows_empty() -> bool:
    """Return whether an inbox that is suddenly empty takes every shard out."""
    return bool(os.environ.get(ALLOW_EMPTY_VARIABLE))


@dg.op(required_resource_keys={"run_scope"}, out=dg.Out(dg.Nothing))
def look_at_inbox(context: dg.OpExecutionContext) -> None:
    """Take in the files of the inbox as partitions, and forget the shards whose file is gone."""
    scope: RunScope = context.resources.run_scope
    workplace, keys = scope.workplace, set(scope.workplace.inbox.shards)
    try:
        claim_from_environment(workplace.lake)
    except OtherLakeError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    if is_suddenly_empty(workplace) and not allows_empty():
        raise dg.Failure(
            f"the inbox {workplace.inbox_path} is empty, but the lake holds shards: is a folder not mounted? "
            "curate run --allow-empty takes all of them out",
            allow_retries=False,
        )
    _check_requirements(scope)
    forget_state(workplace.lake)
    if scope.verify:
        _verify(context, workplace)
    known = set(SHARDS.get_partition_keys(dynamic_partitions_store=context.instance))
    context.instance.add_dynamic_partitions(str(SHARDS.name), sorted(keys - known))
    unseen = runner.shards_out_of_sight(workplace)
    gone = sorted((known - keys - unseen.keys()) | set(runner.prune(workplace)))
    for key in gone:
        context.instance.delete_dynamic_partition(str(SHARDS.name), key)
    scope.looked = True
    context.log.info(f"{len(keys)} shards in {workplace.inbox_path}, {len(gone)} gone")
    for shard, why in unseen.items():
        context.log.warning(f"shard {shard!r} stays as it was, since it may still be there: {why}")
    for path, reason in workplace.inbox.ignored:
        context.log.warning(f"ignored {path!r}: {reason}")


def _check_requirements(scope: RunScope) -> None:
    """Stop before anything of the lake is touched if a stage could be built for no shard."""
    names = [stage.name for stage in STAGES]
    last = names.index(scope.until) if scope.until else len(names)
    for stage in STAGES[: last + 1]:
        if isinstance(stage, ShardStage) and scope.workplace.inbox.shards:
            try:
                stage.check_requirements(scope.workplace)
            except RequirementError as error:
                raise dg.Failure(f"{error}; the lake stays as it is", allow_retries=False) from None


def _verify(context: dg.OpExecutionContext, workplace: Workplace) -> None:
    """Forget what is remembered of the inbox's files, and remove files of the lake that are damaged."""
    workplace.hashes.save(keep=set())
    for path in remove_damaged(workplace):
        context.log.warning(f"{path} is not as it was written; it is built again")


LOOK = look_at_inbox.name


def step_of(stage: Stage) -> str:
    """Return the name of the step that builds a stage."""
    return f"build_{stage.name}"


def stage_op(stage: Stage) -> dg.OpDefinition:
    """Return the step that brings one stage up to date for all shards."""

    @dg.op(
        name=step_of(stage),
        ins={"after": dg.In(dg.Nothing)},
        out=dg.Out(dg.Nothing),
        required_resource_keys={"run_scope"},
        description=f"Brings {stage.name} up to date for every shard that needs it.",
    )
    def build(context: dg.OpExecutionContext) -> None:
        scope: RunScope = context.resources.run_scope
        reporter, summary, told = REPORTER.get(), StageSummary(stage.name), False
        ahead = runner.documents_ahead(stage, scope.workplace)
        with told_without_texts(scope.workplace), reporter.stage(stage.name, ahead) as progress:
            for outcome in runner.outcomes(stage, scope.workplace, scope.compute, progress):
                summary.add(outcome)
                told |= _record(context, stage, outcome, scope)
        for evaluation in whole_evaluations(stage, scope.workplace) if told else ():
            _log_check(context, evaluation)
        reporter.finished(summary)
        context.log.info(
            f"{stage.name}: {summary.built} of {summary.shards} built, {len(summary.failed)} failed, "
            f"{summary.counts.rows_in} documents in, {summary.counts.kept} kept, {summary.seconds:.1f} s"
        )
        if stage.name == scope.until:
            scope.fail_for_failures()

    return build


def _record(context: dg.OpExecutionContext, stage: Stage, outcome: Outcome, scope: RunScope) -> bool:
    """Log the events of one build, unless this Dagster instance has them; return whether any were."""
    record, lake, here = outcome.record, scope.workplace.lake, scope.instance_id(context)
    if record.error:
        error = shown(without_texts(record.error, scope.workplace, [record.shard]))
        scope.failures[f"{stage.name} of {record.shard}"] = error
        context.log.error(f"{stage.name} of shard {record.shard!r} failed: {error}")
        for evaluation in failed_evaluations(record.model_copy(update={"error": error})):
            _log_check(context, evaluation)
        return True
    told = record.reported_to != here
    if told:
        context.log_event(materialization(outcome, stage, scope.workplace))
        blocking = (check_evaluation(record), structure_evaluation(record))
        for evaluation in (*blocking, *warning_evaluations(record, stage, scope.workplace)):
            _log_check(context, evaluation)
        lake.save_record(record.model_copy(update={"reported_to": here}))
    if isinstance(stage, LakeStage) and stage.labels:
        for shard in lake.recorded_shards(stage.labels):
            label = lake.record(stage.labels, shard)
            if label and label.reported_to != here:
                context.log_event(label_materialization(label, stage, scope.workplace))
                lake.save_record(label.model_copy(update={"reported_to": here}))
    return told


def _log_check(context: dg.OpExecutionContext, evaluation: dg.AssetCheckEvaluation) -> None:
    # Dagster takes check evaluations from a step here, though the annotation does not say so.
    context.log_event(evaluation)  # type: ignore[arg-type]


@dg.op(ins={"after": dg.In(dg.Nothing)}, required_resource_keys={"run_scope"})
def conclude(context: dg.OpExecutionContext) -> None:
    """Fail the run if a shard failed: everything else has been done, and somebody should look."""
    scope: RunScope = context.resources.run_scope
    if scope.looked:  # not so in a run that was told to do only some of the steps
        save_state(scope.workplace)
        _keep_version(scope)
        history.keep(scope.workplace)
    scope.fail_for_failures()


def _keep_version(scope: RunScope) -> None:
    try:
        versions.keep(scope.workplace)
    except (OSError, ValueError, TypeError, pl.exceptions.PolarsError) as error:
        told = f"{type(error).__name__}: {error}"
        told = without_texts(told, scope.workplace, sorted(scope.workplace.inbox.shards))
        scope.failures["the version of this mixture (_versions)"] = shown(told)


@dg.job(
    name=JOB_NAME,
    description="Brings the lake up to date with the inbox: only what changed is built.",
    executor_def=dg.in_process_executor,
    # The inbox sensor starts a run again that was killed; a retry by Dagster would be a second one.
    tags={"dagster/max_retries": "0"},
)
def curate() -> None:
    done = look_at_inbox()
    for stage in STAGES:
        done = stage_op(stage)(done)
    conclude(done)
