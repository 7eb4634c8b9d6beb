"""Builds a stage for a shard if anything that it depends on has changed, and remembers how.

The record is withdrawn before the files are touched and written after them, so that a kill leaves
either the old state or none, never a record that vouches for other files.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from curation_assets import freshness
from curation_assets.progress import Progress, silent
from curation_assets.stage import Built, BuiltLabels, LakeStage, Plot, ShardStage, Stage
from curation_assets.workplace import Workplace
from curation_assets.writing import (
    ConservationError,
    changes_of,
    checked,
    known_as,
    output_of,
    paths_of,
    unlink,
    write_built,
    write_labels,
)
from resources.lake import WHOLE_LAKE
from resources.records import BuildRecord, Counts

ERROR_CHARACTERS = 400


@dataclass(frozen=True)
class Outcome:
    """What became of one build; ``changed`` tells whether the output differs from the one before."""

    record: BuildRecord
    built: bool = False
    changed: bool = False
    plots: Mapping[str, Plot] = field(default_factory=dict)
    labels: Sequence[BuildRecord] = ()
    removed_labels: Sequence[str] = ()


def build_shard(
    stage: ShardStage,
    workplace: Workplace,
    shard: str,
    progress: Progress = silent,
    *,
    force: bool = False,
) -> Outcome:
    """Build a stage for one shard, unless nothing that it depends on has changed.

    An error of the build is recorded and returned, not raised, so that the other shards go on;
    whatever was made of the shard before is removed, as a rebuild from nothing would not have it.

    Raises:
        MissingInputError: an earlier stage has not been built for this shard.
    """
    versions = freshness.input_versions(stage, workplace, shard)
    before = workplace.lake.record(stage.name, shard)
    state, why = freshness.compare(stage, before, versions, workplace)
    if before and not force and state == "fresh":
        return Outcome(before)
    workplace.lake.remember_settings(stage.code_version(workplace), stage.settings_json(workplace))
    return _run(
        _start(stage, workplace, shard, versions, why),
        before,
        workplace,
        make=lambda: _make(stage, workplace, shard, None if force else before, versions, progress),
        count=lambda: stage.count(workplace, shard),
    )


def give_up_shard(stage: ShardStage, workplace: Workplace, shard: str, error: Exception) -> Outcome:
    """Record that a stage cannot be built for a shard, as if its build had met this error."""

    def fail() -> Built:
        raise error

    versions = freshness.input_versions(stage, workplace, shard)
    before = workplace.lake.record(stage.name, shard)
    return _run(_start(stage, workplace, shard, versions, ""), before, workplace, make=fail, count=Counts)


def _start(
    stage: ShardStage, workplace: Workplace, shard: str, versions: Mapping[str, str], why: str
) -> BuildRecord:
    code_version = stage.code_version(workplace)
    return BuildRecord(
        stage=stage.name,
        shard=shard,
        fingerprint=freshness.fingerprint(code_version, versions),
        code_version=code_version,
        inputs=dict(versions),
        why=why or "asked for",
    )


def _make(
    stage: ShardStage,
    workplace: Workplace,
    shard: str,
    before: BuildRecord | None,
    versions: Mapping[str, str],
    progress: Progress,
) -> Built:
    """Build from the last build where the stage can do that, else from nothing."""
    if stage.update and (previous := freshness.previous(stage, before, workplace, versions)):
        updated = stage.update(workplace, shard, previous, progress)
        if updated is not None:
            return updated
    return stage.build(workplace, shard, progress)


def _run(
    start: BuildRecord,
    before: BuildRecord | None,
    workplace: Workplace,
    *,
    make: Callable[[], Built],
    count: Callable[[], Counts],
) -> Outcome:
    lake, began, cpu = workplace.lake, time.perf_counter(), time.process_time()
    written = lake.files_of(start.stage, start.shard)
    try:
        built = make()
        changes = changes_of(built, start.shard, before, workplace)
        written |= paths_of(built, start.shard)
        lake.withdraw(start.stage, start.shard, written)
        files = write_built(built, workplace, start.shard, before)
        unlink(workplace, written - set(files))
        counts = checked(start.stage, start.shard, count())
        if built.rows_in not in (None, counts.rows_in):
            raise ConservationError(f"{built.rows_in} rows were read, {counts.rows_in} are in the tables")
    except Exception as error:
        lake.withdraw(start.stage, start.shard, written)
        unlink(workplace, written)
        message = _one_line(error)
        record = start.model_copy(update={"error": message, "seconds": time.perf_counter() - began})
        lake.save_record(record)
        return Outcome(record, built=True, changed=before is not None)
    output = output_of(files)
    record = start.model_copy(
        update={
            "output": output,
            "files": files,
            "before": before.output if before and not before.error else "",
            "changes": changes,
            "counts": counts,
            "bytes_in": built.bytes_in,
            "seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - cpu,
            "figures": dict(built.figures),
        }
    )
    record = known_as(before, record)
    lake.save_record(record)
    changed = before is None or before.output != output
    return Outcome(record, built=True, changed=changed, plots=built.plots)


def _one_line(error: Exception) -> str:
    """Return type and message of an error, short enough for a table; Dagster's log has the rest."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return text if len(text) <= ERROR_CHARACTERS else text[:ERROR_CHARACTERS] + " ..."


def build_lake(
    stage: LakeStage, workplace: Workplace, progress: Progress = silent, *, force: bool = False
) -> Outcome:
    """Build a stage over all shards that are ready, and write the label tables that changed.

    Raises:
        MissingInputError: an earlier stage over the whole lake has not been built.
        Exception: whatever the build raises; without a global verdict nothing downstream can go on.
    """
    lake = workplace.lake
    shards = freshness.shards_of(stage, workplace)
    versions = freshness.lake_input_versions(stage, workplace, shards)
    code_version = stage.code_version(workplace)
    before = lake.record(stage.name, WHOLE_LAKE)
    state, why = freshness.lake_state_of(stage, workplace)
    if before and not force and state == "fresh":
        return Outcome(before)
    lake.remember_settings(code_version, stage.settings_json(workplace))
    began, cpu = time.perf_counter(), time.process_time()
    by_shard = freshness.versions_by_shard(stage, workplace, shards)
    built = _make_lake(stage, workplace, shards, None if force else before, by_shard, progress)
    written = lake.files_of(stage.name, WHOLE_LAKE) | paths_of(built, WHOLE_LAKE)
    lake.withdraw(stage.name, WHOLE_LAKE, written)
    files = write_built(built, workplace, WHOLE_LAKE, before)
    unlink(workplace, written - set(files))
    labels, label_files, removed = write_labels(stage, workplace, built)
    counts = checked(stage.name, WHOLE_LAKE, _count_lake(stage, workplace, shards, built))
    record = BuildRecord(
        stage=stage.name,
        shard=WHOLE_LAKE,
        fingerprint=freshness.fingerprint(code_version, versions),
        code_version=code_version,
        inputs=versions,
        shards=by_shard,
        why=why or "asked for",
        output=output_of(files | label_files),
        files=files,
        counts=counts,
        bytes_in=built.bytes_in,
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu,
        figures=dict(built.figures),
    )
    record = known_as(before, record)
    lake.save_record(record)
    changed_labels = [record for record in labels.values() if not record.reported_to]
    changed = before is None or before.output != record.output
    return Outcome(record, True, changed, built.plots, changed_labels, removed)


def _count_lake(stage: LakeStage, workplace: Workplace, shards: Sequence[str], built: Built) -> Counts:
    """Recount the shards whose labels were written; the others were counted when theirs were."""
    unchanged = set(built.unchanged) if isinstance(built, BuiltLabels) else set()
    records = [workplace.lake.record(str(stage.labels), shard) for shard in sorted(unchanged)]
    counted = stage.count(workplace, [shard for shard in shards if shard not in unchanged])
    return sum((record.counts for record in records if record), counted)


def _make_lake(
    stage: LakeStage,
    workplace: Workplace,
    shards: Sequence[str],
    before: BuildRecord | None,
    by_shard: Mapping[str, str],
    progress: Progress,
) -> Built:
    """Build from the last build where the stage can do that, else from nothing."""
    if stage.update and not freshness.labels_are_gone(stage, workplace):
        previous = freshness.previous(stage, before, workplace, by_shard)
        updated = stage.update(workplace, shards, previous, progress) if previous else None
        if updated is not None:
            return updated
    return stage.build(workplace, shards, progress)


def discard_shard(workplace: Workplace, stages: Sequence[Stage], shard: str) -> None:
    """Remove what the given stages by shard made of a shard: its tables and its records.

    The label tables of stages over the whole lake stay until their next build, which starts from them.
    """
    for stage in stages:
        if isinstance(stage, ShardStage):
            workplace.lake.discard(stage.name, shard)
            unlink(workplace, stage.paths(shard))  # should the record not have said which
