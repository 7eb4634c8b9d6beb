"""Builds a stage for a shard if anything that it depends on has changed, and remembers how.

The one place that decides what is fresh. A build is skipped when its fingerprint (algorithm
version, settings, models, content of every input) is the recorded one. The record is withdrawn
before the files are touched and written after them, so that a kill leaves either the old state
or none, never a record that vouches for other files.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from curation_assets.graph import lake_stages
from curation_assets.progress import Progress, silent
from curation_assets.stage import Built, BuiltLabels, LakeStage, MissingInputError, Plot, ShardStage, Stage
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE
from resources.records import BuildRecord, Counts

ERROR_CHARACTERS = 400
State = Literal["fresh", "stale", "missing", "failed", "blocked"]


class ConservationError(RuntimeError):
    """Documents went missing or appeared from nowhere between two stages."""


@dataclass(frozen=True)
class Outcome:
    """What became of one build; ``changed`` tells whether the output differs from the one before."""

    record: BuildRecord
    built: bool = False
    changed: bool = False
    plots: Mapping[str, Plot] = field(default_factory=dict)
    labels: Sequence[BuildRecord] = ()
    removed_labels: Sequence[str] = ()


def shards_ready(workplace: Workplace, reads: Sequence[str]) -> list[str]:
    """Return the shards for which every one of the stages has been built without an error, sorted."""
    ready: set[str] | None = None
    for name in reads:
        good = {
            shard
            for shard in workplace.lake.recorded_shards(name)
            if (record := workplace.lake.record(name, shard)) and not record.error
        }
        ready = good if ready is None else ready & good
    return sorted(ready or ())


def _input_versions(stage: ShardStage, workplace: Workplace, shard: str) -> dict[str, str]:
    versions: dict[str, str] = {}
    for name in stage.reads:
        record = workplace.lake.record(name, shard) or workplace.lake.record(name, WHOLE_LAKE)
        if record is None or record.error:
            why = "failed" if record else "has not been materialised"
            raise MissingInputError(f"{stage.name} of shard {shard!r} needs {name}, which {why} for it")
        versions[name] = record.output
    external = _external(stage, workplace, shard)
    return {**versions, "external": external} if external else versions


def _external(stage: ShardStage, workplace: Workplace, shard: str) -> str:
    try:
        return stage.external(workplace, shard)
    except OSError as error:  # the build meets it too, and records it for this shard alone
        return f"unreadable: {type(error).__name__}"


def _lake_input_versions(stage: LakeStage, workplace: Workplace, shards: Sequence[str]) -> dict[str, str]:
    whole_lake = {other.name for other in lake_stages()}
    for name in stage.reads:
        if name in whole_lake and workplace.lake.record(name, WHOLE_LAKE) is None:
            raise MissingInputError(f"{stage.name} needs {name}, which has not been materialised")
    versions: dict[str, str] = {}
    for name in stage.reads:
        whole = workplace.lake.record(name, WHOLE_LAKE)
        if whole:
            versions[name] = whole.output
            continue
        records = [workplace.lake.record(name, shard) for shard in shards]
        parts = [part for record in records if record for part in (record.shard, record.output)]
        versions[name] = content_hash(*parts)
    return versions


def _fingerprint(code_version: str, versions: Mapping[str, str]) -> str:
    return content_hash(code_version, *[part for item in sorted(versions.items()) for part in item])


def state_of(stage: ShardStage, workplace: Workplace, shard: str) -> tuple[State, str]:
    """Return whether a stage is up to date for a shard, and why not."""
    record = workplace.lake.record(stage.name, shard)
    try:
        versions = _input_versions(stage, workplace, shard)
    except MissingInputError as error:
        return ("blocked" if record is None else "stale"), str(error)
    return _compare(record, stage.code_version(workplace), versions, workplace)


def lake_state_of(stage: LakeStage, workplace: Workplace) -> tuple[State, str]:
    """Return whether a stage over all shards is up to date, and why not."""
    shards = shards_of(stage, workplace)
    record = workplace.lake.record(stage.name, WHOLE_LAKE)
    try:
        versions = _lake_input_versions(stage, workplace, shards)
    except MissingInputError as error:
        return ("blocked" if record is None else "stale"), str(error)
    if record and _labels_are_gone(stage, workplace):
        return "missing", "a file of its labels is gone"
    return _compare(record, stage.code_version(workplace), versions, workplace)


def _labels_are_gone(stage: LakeStage, workplace: Workplace) -> bool:
    """Return whether a label table that was written has been removed by another hand."""
    lake = workplace.lake
    shards = lake.recorded_shards(stage.labels) if stage.labels else []
    records = [lake.record(str(stage.labels), shard) for shard in shards]
    return not all((lake.root / path).is_file() for record in records if record for path in record.files)


def _compare(
    record: BuildRecord | None, code_version: str, versions: Mapping[str, str], workplace: Workplace
) -> tuple[State, str]:
    if record is None:
        return "missing", "not built yet"
    same = record.fingerprint == _fingerprint(code_version, versions)
    if record.error:
        return ("failed" if same else "stale"), record.error
    if not all((workplace.lake.root / path).is_file() for path in record.files):
        return "missing", "its file is gone"
    if same:
        return "fresh", ""
    if record.code_version != code_version:
        return "stale", "settings or algorithm changed"
    changed = [name for name, version in versions.items() if record.inputs.get(name) != version]
    return "stale", f"changed: {', '.join(changed) or 'inputs'}"


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
    lake, versions = workplace.lake, _input_versions(stage, workplace, shard)
    code_version = stage.code_version(workplace)
    before = lake.record(stage.name, shard)
    if before and not force and _compare(before, code_version, versions, workplace)[0] == "fresh":
        return Outcome(before)
    start = BuildRecord(
        stage=stage.name,
        shard=shard,
        fingerprint=_fingerprint(code_version, versions),
        code_version=code_version,
        inputs=versions,
    )
    return _run(
        start,
        before,
        workplace,
        make=lambda: stage.build(workplace, shard, progress),
        count=lambda: stage.count(workplace, shard),
    )


def _run(
    start: BuildRecord,
    before: BuildRecord | None,
    workplace: Workplace,
    *,
    make: Callable[[], Built],
    count: Callable[[], Counts],
) -> Outcome:
    lake, began = workplace.lake, time.perf_counter()
    written = lake.files_of(start.stage, start.shard)
    try:
        built = make()
        written |= _paths(built, start.shard)
        lake.withdraw(start.stage, start.shard, written)
        files = _write(built, workplace, start.shard)
        _unlink(workplace, written - set(files))
        counts = _checked(start.stage, start.shard, count())
    except Exception as error:
        lake.withdraw(start.stage, start.shard, written)
        _unlink(workplace, written)
        message = _one_line(error)
        record = start.model_copy(update={"error": message, "seconds": time.perf_counter() - began})
        lake.save_record(record)
        return Outcome(record, built=True, changed=before is not None)
    output = content_hash(*[part for item in sorted(files.items()) for part in item])
    record = start.model_copy(
        update={
            "output": output,
            "files": files,
            "counts": counts,
            "bytes_in": built.bytes_in,
            "seconds": time.perf_counter() - began,
            "figures": dict(built.figures),
        }
    )
    lake.save_record(record)
    changed = before is None or before.output != output
    return Outcome(record, built=True, changed=changed, plots=built.plots)


def _one_line(error: Exception) -> str:
    """Return type and message of an error, short enough for a table; Dagster's log has the rest."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return text if len(text) <= ERROR_CHARACTERS else text[:ERROR_CHARACTERS] + " ..."


def _checked(stage: str, shard: str, counts: Counts) -> Counts:
    if not counts.balanced:
        raise ConservationError(f"{stage} of {shard!r} does not add up: {counts.model_dump_json()}")
    return counts


def _paths(built: Built, shard: str) -> set[str]:
    return {f"{table}/{shard}.parquet" for table in built.tables} | set(built.files)


def _unlink(workplace: Workplace, paths: Iterable[str]) -> None:
    for path in paths:
        (workplace.lake.root / path).unlink(missing_ok=True)


def _write(built: Built, workplace: Workplace, shard: str) -> dict[str, str]:
    lake = workplace.lake
    files = {
        f"{table}/{shard}.parquet": lake.write(table, shard, frame) for table, frame in built.tables.items()
    }
    files.update({path: lake.write_file(path, data) for path, data in built.files.items()})
    return files


def shards_of(stage: LakeStage, workplace: Workplace) -> list[str]:
    """Return the shards that a stage over the whole lake is built from: those with all its inputs, sorted."""
    by_shard = [name for name in stage.reads if not workplace.lake.record(name, WHOLE_LAKE)]
    return shards_ready(workplace, by_shard)


def build_lake(
    stage: LakeStage, workplace: Workplace, progress: Progress = silent, *, force: bool = False
) -> Outcome:
    """Build a stage over all shards that are ready, and write the label tables that changed.

    Raises:
        MissingInputError: an earlier stage over the whole lake has not been built.
        Exception: whatever the build raises; without a global verdict nothing downstream can go on.
    """
    lake = workplace.lake
    shards = shards_of(stage, workplace)
    versions = _lake_input_versions(stage, workplace, shards)
    code_version = stage.code_version(workplace)
    before = lake.record(stage.name, WHOLE_LAKE)
    if before and not force and lake_state_of(stage, workplace)[0] == "fresh":
        return Outcome(before)
    began = time.perf_counter()
    built = stage.build(workplace, shards, progress)
    written = lake.files_of(stage.name, WHOLE_LAKE) | _paths(built, WHOLE_LAKE)
    lake.withdraw(stage.name, WHOLE_LAKE, written)
    files = _write(built, workplace, WHOLE_LAKE)
    _unlink(workplace, written - set(files))
    labels, label_files, removed = _write_labels(stage, workplace, built)
    counts = _checked(stage.name, WHOLE_LAKE, stage.count(workplace, shards))
    record = BuildRecord(
        stage=stage.name,
        shard=WHOLE_LAKE,
        fingerprint=_fingerprint(code_version, versions),
        code_version=code_version,
        inputs=versions,
        output=content_hash(*[part for item in sorted((files | label_files).items()) for part in item]),
        files=files,
        counts=counts,
        bytes_in=built.bytes_in,
        seconds=time.perf_counter() - began,
        figures=dict(built.figures),
    )
    lake.save_record(record)
    changed_labels = [record for record in labels.values() if not record.reported_to]
    changed = before is None or before.output != record.output
    return Outcome(record, True, changed, built.plots, changed_labels, removed)


def _write_labels(
    stage: LakeStage, workplace: Workplace, built: Built
) -> tuple[dict[str, BuildRecord], dict[str, str], list[str]]:
    """Write the label tables; one whose bytes are the same keeps its record, and with it its history."""
    if stage.labels is None or not isinstance(built, BuiltLabels):
        return {}, {}, []
    lake, records = workplace.lake, {}
    for shard, frame in built.labels.items():
        path = f"{stage.label_table}/{shard}.parquet"
        before = lake.record(stage.labels, shard)
        lake.withdraw(stage.labels, shard, [path])
        digest = lake.write(stage.label_table, shard, frame)
        record = label_record(stage, workplace, shard, {path: digest})
        if before and before.output == record.output and before.counts == record.counts:
            record = before
        lake.save_record(record)
        records[shard] = record
    removed = [shard for shard in lake.recorded_shards(stage.labels) if shard not in built.labels]
    for shard in removed:
        lake.discard(stage.labels, shard)
    return (
        records,
        {path: digest for record in records.values() for path, digest in record.files.items()},
        removed,
    )


def label_record(stage: LakeStage, workplace: Workplace, shard: str, files: dict[str, str]) -> BuildRecord:
    """Describe one shard's label table as written.

    Raises:
        ConservationError: the labels do not add up to the documents that came in.
    """
    counts = _checked(stage.labels or stage.name, shard, stage.count(workplace, [shard]))
    output = content_hash(*[part for item in sorted(files.items()) for part in item])
    return BuildRecord(
        stage=stage.labels or stage.name,
        shard=shard,
        fingerprint=output,
        code_version=stage.code_version(workplace),
        output=output,
        files=files,
        counts=counts,
    )


def discard_shard(workplace: Workplace, stages: Sequence[Stage], shard: str) -> None:
    """Remove what the given stages made of a shard, from the lake's tables and from its records."""
    lake = workplace.lake
    for stage in stages:
        if isinstance(stage, ShardStage):
            lake.discard(stage.name, shard)
        elif stage.labels and shard in lake.recorded_shards(stage.labels):
            lake.withdraw(stage.name, WHOLE_LAKE)  # its verdict is no longer there for every shard
            lake.discard(stage.labels, shard)
