"""Whether a table is what it is declared to be: columns and types, ids, vectors."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from curation_assets.catalogue.types import FURTHER, ROW_KEYS, TYPES
from curation_assets.stage import LakeStage, Stage
from resources.lake import Lake

VECTOR = "embedding"
FARTHEST_FROM_UNIT = 1e-3
"""Of a vector's length; float16 rounds each component by 2^-11 at most."""
MOST_NAMED = 3


class StructureError(RuntimeError):
    """A table is not what it is declared to be."""


def faults_of_frame(table: str, frame: pl.DataFrame) -> list[str]:
    """Return what is wrong with a table, a sentence each; [] for one that is sound or is not declared."""
    if table not in TYPES:
        return []
    found = _of_columns(table, frame.schema)
    if not found:
        found = [*_of_keys(table, frame), *(_of_vectors(frame[VECTOR]) if VECTOR in frame.columns else [])]
    return [f"{table}: {fault}" for fault in found]


def faults_in_lake(lake: Lake, table: str, shard: str) -> list[str]:
    """Return the same of a table as it was written; only keys and vectors are read."""
    if table not in TYPES:
        return []
    schema = pl.scan_parquet(lake.table_path(table, shard), glob=False).collect_schema()
    found = [f"{table}: {fault}" for fault in _of_columns(table, schema)]
    if found:
        return found
    wanted = [*key_of(table), *(name for name in (VECTOR,) if name in schema)]
    if not wanted:
        return []
    frame = lake.read(table, shard, wanted)
    vectors = _of_vectors(frame[VECTOR]) if VECTOR in wanted else []
    return [f"{table}: {fault}" for fault in (*_of_keys(table, frame), *vectors)]


def faults_of_stage(stage: Stage, lake: Lake, shard: str) -> list[str]:
    """Return what is wrong with the tables that a stage wrote for a shard, or for the lake and its labels."""
    record = lake.record(stage.name, shard)
    if record is None:
        return [f"{stage.name} has not been built"]
    written = {path for path in record.files if path.endswith(".parquet")}
    if isinstance(stage, LakeStage) and stage.labels:
        written |= {f"{stage.label_table}/{name}.parquet" for name in lake.recorded_shards(stage.labels)}
    return [fault for path in sorted(written) for fault in _faults_at(lake, path)]


def _faults_at(lake: Lake, path: str) -> list[str]:
    table, _, name = path.removesuffix(".parquet").partition("/")
    try:
        return faults_in_lake(lake, table, name)
    except (OSError, pl.exceptions.PolarsError) as error:
        return [f"{table} of {name!r} cannot be read: {type(error).__name__}"]


def refuse_faults(tables: Mapping[str, pl.DataFrame]) -> None:
    """Raise StructureError if a table that is about to be written is not as declared."""
    found = [fault for table, frame in tables.items() for fault in _of_any(table, frame)]
    if found:
        raise StructureError("; ".join(found[:MOST_NAMED]))


def _of_any(table: str, frame: object) -> list[str]:
    # Some tables are written as they are made, and never are in memory as a whole.
    return faults_of_frame(table, frame) if isinstance(frame, pl.DataFrame) else []


def key_of(table: str) -> tuple[str, ...]:
    """Return the columns that no two rows of one shard of a table have in common."""
    return ROW_KEYS.get(table, ("doc_id",))


def _of_columns(table: str, schema: Mapping[str, pl.DataType]) -> list[str]:
    declared, further = TYPES[table], FURTHER.get(table)
    missing = [name for name in declared if name not in schema]
    extra = [
        name
        for name, dtype in schema.items()
        if name not in declared and (further is None or dtype != further)
    ]
    other = [
        f"{name} is {schema[name]}, not {_name_of(dtype)}"
        for name, dtype in declared.items()
        if name in schema and schema[name] != dtype
    ]
    return [
        *([f"the columns {_some(missing)} are missing"] if missing else []),
        *([f"the columns {_some(extra)} are not declared"] if extra else []),
        *([f"of another type: {_some(other)}"] if other else []),
    ]


def _name_of(dtype: object) -> str:
    return dtype.__name__ if isinstance(dtype, type) else str(dtype)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _of_keys(table: str, frame: pl.DataFrame) -> Iterable[str]:
    key = list(key_of(table))
    if not key:
        return
    empty = frame.select(pl.any_horizontal(pl.col(name).is_null() for name in key).sum()).item()
    if empty:
        yield f"{empty} rows have no {' or '.join(key)}"
    again = frame.height - (frame[key[0]].n_unique() if len(key) == 1 else frame.select(key).n_unique())
    if again:
        yield f"{again} rows repeat the {' and '.join(key)} of another"


def _of_vectors(column: pl.Series) -> Iterable[str]:
    """Say how many vectors (Array of Float16 or Float32) are not finite or not of length 1."""
    dtype = column.dtype
    if not isinstance(dtype, pl.Array) or dtype.inner not in (pl.Float32, pl.Float16):
        yield f"{VECTOR} is {dtype}, not an array of Float32 or Float16"
        return
    if column.null_count():
        yield f"{column.null_count()} documents have no vector"
        return
    matrix = column.to_numpy().reshape(len(column), dtype.size).astype(np.float32, copy=False)
    lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    broken = int(np.sum(~np.isfinite(lengths)))
    if broken:
        yield f"{broken} vectors have components that are no finite numbers"
    wrong = int(np.sum(np.abs(lengths[np.isfinite(lengths)] - 1.0) > FARTHEST_FROM_UNIT))
    if wrong:
        yield f"{wrong} vectors are not of length 1"
