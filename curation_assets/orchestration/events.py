"""How a build is told to Dagster: metadata, data version and checks, the same from every way of running."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from curation_assets.catalogue.structure import StructureError
from curation_assets.changes import described
from curation_assets.checks.registry import checks_of
from curation_assets.engine import Outcome
from curation_assets.orchestration.errors import without_texts
from curation_assets.orchestration.pages import (
    columns_of,
    columns_of_labels,
    figures_shown,
    pictures,
    reasons_table,
    samples_table,
    shown,
    titled,
)
from curation_assets.stage import Check, LakeStage, ShardStage, Stage
from curation_assets.workplace import Workplace
from resources.lake import WHOLE_LAKE
from resources.records import BuildRecord, Counts

CHECK_NAME, STRUCTURE = "rows_conserved", "structure"
CHECK_ABOUT = (
    "Every document that came in was kept, dropped for a reason, or quarantined: in = kept + dropped +"
    " quarantined, recounted from the tables."
)
CHECK_ADVICE = (
    "If an error is told, the build failed: mend what it names, and run again. Otherwise the tables were"
    " changed by another hand: curate run --verify builds again what is not as it was written."
)
STRUCTURE_ABOUT = (
    "Every table has the columns and types that it is declared to have and no document twice; vectors"
    " are finite and of length 1. A build makes it before it writes, and fails for a shard where it "
    "does not hold."
)
STRUCTURE_ADVICE = (
    "A table was changed by another hand, or a model gives other vectors than it says: curate run "
    "--verify builds again what is not as it was written. If the build itself fails, its error names "
    "the table and the column."
)
_DATA_VERSION, _CODE_VERSION = "dagster/data_version", "dagster/code_version"
_INPUT_VERSION, _INPUT_POINTER = "dagster/input_data_version", "dagster/input_event_pointer"
Metadata = dict[str, Any]


def metadata_of(outcome: Outcome, workplace: Workplace, stage: Stage) -> Metadata:
    """Return what a build has to say, the most asked for first; numbers plot over time.

    Documents in and out and why, pictures, figures of the stage, why it was built and what it took, its file.
    """
    record = outcome.record
    metadata: Metadata = {**_documents(record.counts), **_reasons(record.counts)}
    if record.counts.dropped and (samples := samples_table(stage, workplace, record)):
        metadata["samples of dropped"] = samples
    metadata |= pictures(outcome.plots)
    metadata |= {
        name: figure for name, figure in figures_shown(record.figures).items() if name not in metadata
    }
    if record.why:
        metadata["built because"] = shown(record.why)
    if record.changes:
        metadata["changes"] = described(record.changes)
    metadata["seconds"] = round(record.seconds, 3)
    if record.bytes_in and record.seconds:
        metadata[titled("mb_per_second")] = round(record.bytes_in / 1e6 / record.seconds, 3)
    for path in list(record.files)[:1]:
        metadata |= _file(path, workplace, stage)
    return metadata | columns_of_labels(stage)  # its verdicts, and not the pairs that it keeps for itself


def _documents(counts: Counts) -> Metadata:
    dropped = sum(counts.dropped.values())
    share = {"dropped share": round(dropped / counts.rows_in, 6)} if counts.rows_in else {}
    return {
        "documents in": counts.rows_in,
        "kept": counts.kept,
        "dropped": dropped,
        **share,
        "quarantined": counts.quarantined,
        "dagster/row_count": counts.kept + dropped,
    }


def _reasons(counts: Counts) -> Metadata:
    return {"reasons of drops": reasons_table(counts)} if counts.dropped else {}


def _file(path: str, workplace: Workplace, stage: Stage) -> Metadata:
    root = workplace.lake.root
    columns = columns_of(root, path, stage) if path.endswith(".parquet") else {}
    return {"file": dg.MetadataValue.path(str(root / path)), **columns}


def materialization(outcome: Outcome, stage: Stage, workplace: Workplace) -> dg.AssetMaterialization:
    """Return the event of a build that did not run as an asset of its own (a stage of the whole-lake job)."""
    record = outcome.record
    tags = {_DATA_VERSION: record.output, _CODE_VERSION: record.code_version}
    for name in stage.reads:
        tags[f"{_INPUT_VERSION}/{name}"] = record.inputs.get(name, "")
        tags[f"{_INPUT_POINTER}/{name}"] = "NULL"
    partition = None if record.shard == WHOLE_LAKE else record.shard
    return dg.AssetMaterialization(
        stage.name, partition=partition, metadata=metadata_of(outcome, workplace, stage), tags=tags
    )


def label_materialization(
    record: BuildRecord, stage: LakeStage, workplace: Workplace
) -> dg.AssetMaterialization:
    """Return the event that tells downstream that one shard's labels have changed."""
    counts = record.counts
    metadata: Metadata = {
        "kept": counts.kept,
        "dropped": sum(counts.dropped.values()),
        "dagster/row_count": counts.kept + sum(counts.dropped.values()),
        **_reasons(counts),
    }
    for path in record.files:
        metadata |= _file(path, workplace, stage)
    return dg.AssetMaterialization(
        record.stage, partition=record.shard, metadata=metadata, tags={_DATA_VERSION: record.output}
    )


def check_metadata(counts: Counts) -> Mapping[str, Any]:
    return {
        "documents in": counts.rows_in,
        "kept": counts.kept,
        "quarantined": counts.quarantined,
        "dropped": dg.MetadataValue.json(counts.dropped),
    }


def look(check: Check, workplace: Workplace, shard: str) -> tuple[bool, Metadata]:
    """Return the outcome of a check that warns; one that cannot be made fails, and stops nothing."""
    try:
        passed, figures = check.look(workplace, shard)
    except Exception as error:
        shards = [shard] if shard != WHOLE_LAKE else workplace.lake.recorded_shards("raw_documents")
        told = without_texts(f"{type(error).__name__}: {error}", workplace, shards)
        passed, figures = False, {"could_not_be_made": told}
    metadata: Metadata = figures_shown(figures)
    if not passed and check.advice:
        metadata["what to do"] = check.advice
    return bool(passed), metadata  # numpy has truths of its own, which Dagster refuses


def warning_evaluations(
    record: BuildRecord, stage: Stage, workplace: Workplace
) -> list[dg.AssetCheckEvaluation]:
    """Return the outcomes of a stage's checks of what has just been built."""
    by_shard = isinstance(stage, ShardStage)
    return [
        _warning(check, stage, workplace, record.shard)
        for check in checks_of(stage)
        if check.applies(workplace) and not (by_shard and check.whole)
    ]


def whole_evaluations(stage: Stage, workplace: Workplace) -> list[dg.AssetCheckEvaluation]:
    """Return the outcomes of the checks that look at all shards of a stage by shard."""
    return [
        _warning(check, stage, workplace, WHOLE_LAKE)
        for check in checks_of(stage)
        if isinstance(stage, ShardStage) and check.whole and check.applies(workplace)
    ]


def _warning(check: Check, stage: Stage, workplace: Workplace, shard: str) -> dg.AssetCheckEvaluation:
    passed, metadata = look(check, workplace, shard)
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(stage.name),
        check_name=check.name,
        passed=passed,
        metadata=metadata,
        severity=dg.AssetCheckSeverity.WARN,
        partition=None if shard == WHOLE_LAKE else shard,
    )


def structure_evaluation(record: BuildRecord) -> dg.AssetCheckEvaluation:
    """Return the outcome of the structure check, which a build makes of what it is about to write."""
    faults = shown(record.error or "")
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(record.stage),
        check_name=STRUCTURE,
        passed=not faults,
        metadata={"faults": faults, "what to do": STRUCTURE_ADVICE} if faults else {},
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=True,
        partition=None if record.shard == WHOLE_LAKE else record.shard,
    )


def failed_evaluations(record: BuildRecord) -> list[dg.AssetCheckEvaluation]:
    """Return the outcomes of the blocking checks of a build that met an error."""
    of_structure = str(record.error).startswith(StructureError.__name__)
    return [check_evaluation(record), *([structure_evaluation(record)] if of_structure else [])]


def check_evaluation(record: BuildRecord) -> dg.AssetCheckEvaluation:
    """Return the outcome of the conservation check as an event; an error of the build fails it."""
    passed = record.error is None and record.counts.balanced
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(record.stage),
        check_name=CHECK_NAME,
        passed=passed,
        metadata={
            **check_metadata(record.counts),
            **({"error": shown(record.error)} if record.error else {}),
            **({} if passed else {"what to do": CHECK_ADVICE}),
        },
        severity=dg.AssetCheckSeverity.ERROR,
        description="The build of this shard failed; its error is below." if record.error else None,
        blocking=True,
        partition=None if record.shard == WHOLE_LAKE else record.shard,
    )
