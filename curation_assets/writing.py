"""What a build leaves in the lake: its files, its label tables, and what a record says of them."""

from collections.abc import Iterable, Mapping

import polars as pl

from curation_assets.catalogue.structure import refuse_faults
from curation_assets.changes import count_changes
from curation_assets.stage import Built, BuiltLabels, LakeStage
from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace
from resources.records import BuildRecord, Counts

OWN_NOTES = "_index/"


class ConservationError(RuntimeError):
    """Documents went missing or appeared from nowhere between two stages."""


def output_of(files: Mapping[str, str]) -> str:
    """Return the content hash of what later stages see: all but a stage's notes for its next build."""
    seen = [item for item in sorted(files.items()) if not item[0].startswith(OWN_NOTES)]
    return content_hash(*[part for item in seen for part in item])


def known_as(before: BuildRecord | None, record: BuildRecord) -> BuildRecord:
    """Return the record as reported already, if what it would report has been: the same output and counts."""
    if before and before.output == record.output and before.counts == record.counts and not before.error:
        return record.model_copy(update={"reported_to": before.reported_to})
    return record


def changes_of(built: Built, shard: str, before: BuildRecord | None, workplace: Workplace) -> dict[str, int]:
    """Compare the main table with the one that is still in place."""
    for table, frame in built.tables.items():
        if "doc_id" in frame.columns:
            path = f"{table}/{shard}.parquet"
            there = before is not None and path in before.files
            return count_changes(_table_in_place(workplace, table, shard) if there else None, frame)
    return {}


def _table_in_place(workplace: Workplace, table: str, shard: str) -> pl.DataFrame | None:
    """Return a table as it is now, or None if another hand has removed or broken it."""
    try:
        return workplace.lake.read(table, shard)
    except (OSError, pl.exceptions.PolarsError):
        return None


def checked(stage: str, shard: str, counts: Counts) -> Counts:
    if not counts.balanced:
        raise ConservationError(f"{stage} of {shard!r} does not add up: {counts.model_dump_json()}")
    return counts


def paths_of(built: Built, shard: str) -> set[str]:
    return {f"{table}/{shard}.parquet" for table in built.tables} | set(built.files)


def unlink(workplace: Workplace, paths: Iterable[str]) -> None:
    for path in paths:
        (workplace.lake.root / path).unlink(missing_ok=True)


def write_built(built: Built, workplace: Workplace, shard: str, before: BuildRecord | None) -> dict[str, str]:
    """Write tables and files; return the hash of each by path, with those that stay from the last build.

    Raises:
        StructureError: a table is not what it is declared to be.
    """
    refuse_faults(built.tables)
    lake = workplace.lake
    files = {path: before.files[path] for path in built.keeps} if before else {}
    files |= {
        f"{table}/{shard}.parquet": lake.write(table, shard, frame) for table, frame in built.tables.items()
    }
    files.update({path: lake.write_file(path, data) for path, data in built.files.items()})
    return files


def write_labels(
    stage: LakeStage, workplace: Workplace, built: Built
) -> tuple[dict[str, BuildRecord], dict[str, str], list[str]]:
    """Write the label tables; one whose bytes are the same keeps its record, and with it its history.

    Raises:
        StructureError: one of them is not what it is declared to be.
    """
    if stage.labels is None or not isinstance(built, BuiltLabels):
        return {}, {}, []
    lake, records = workplace.lake, {}
    for shard, frame in built.labels.items():
        refuse_faults({stage.label_table: frame})
        path = f"{stage.label_table}/{shard}.parquet"
        before = lake.record(stage.labels, shard)
        changes = count_changes(
            _table_in_place(workplace, stage.label_table, shard) if before else None, frame
        )
        lake.withdraw(stage.labels, shard, [path])
        digest = lake.write(stage.label_table, shard, frame)
        record = label_record(stage, workplace, shard, {path: digest})
        record = record.model_copy(update={"before": before.output if before else "", "changes": changes})
        if before and before.output == record.output and before.counts == record.counts:
            record = before
        lake.save_record(record)
        records[shard] = record
    for shard in built.unchanged:
        kept = lake.record(stage.labels, shard)
        if kept is None:
            raise ConservationError(f"{stage.labels} of {shard!r} was to stay as it is, but is not there")
        records[shard] = kept
    removed = [shard for shard in lake.recorded_shards(stage.labels) if shard not in records]
    for shard in removed:
        lake.discard(stage.labels, shard)
        unlink(workplace, [f"{stage.label_table}/{shard}.parquet"])  # should the record not have said so
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
    counts = checked(stage.labels or stage.name, shard, stage.count(workplace, [shard]))
    output = output_of(files)
    return BuildRecord(
        stage=stage.labels or stage.name,
        shard=shard,
        fingerprint=output,
        code_version=stage.code_version(workplace),
        output=output,
        files=files,
        counts=counts,
    )
