"""The result of a query as CSV, JSON or Parquet, a batch at a time."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import orjson

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["table", "csv", "json", "parquet"]
ROWS_AT_ONCE = 8192


def write_result(kind: Format, reader: "pa.RecordBatchReader", file: BinaryIO) -> int:
    """Write a result; return its rows.

    CSV: nulls are empty, lists and structs are JSON. JSON: an array, an object a line, keys as named in the
    query; a value that JSON has none for (NaN, infinity) is null. Columns of the same name get a number.
    """
    writers: Mapping[str, Callable[[pa.RecordBatchReader, BinaryIO], int]] = {
        "csv": _write_csv,
        "json": _write_json,
        "parquet": _write_parquet,
    }
    return writers[kind](reader, file)


def unique(names: list[str]) -> list[str]:
    """Return names of which none occurs twice: the second ``a`` is ``a_2``."""
    return list(_numbered(names))


def _numbered(names: list[str]) -> Iterator[str]:
    taken: set[str] = set()
    for name in names:
        found, number = name, 1
        while found in taken or (number > 1 and found in names):
            number += 1
            found = f"{name}_{number}"
        taken.add(found)
        yield found


def _rows(reader: "pa.RecordBatchReader") -> Iterator[list[tuple[Any, ...]]]:
    for batch in reader:
        for start in range(0, batch.num_rows, ROWS_AT_ONCE):
            part = batch.slice(start, ROWS_AT_ONCE)
            yield list(zip(*(column.to_pylist() for column in part.columns), strict=True))


def _write_csv(reader: "pa.RecordBatchReader", file: BinaryIO) -> int:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    lines, count = csv.writer(text, lineterminator="\n"), 0
    try:
        lines.writerow(unique(reader.schema.names))
        for rows in _rows(reader):
            count += len(rows)
            lines.writerows([_flat(value) for value in row] for row in rows)
    finally:
        text.detach()  # or the file, which may be the standard output, is closed with it
    return count


def _flat(value: object) -> object:
    if isinstance(value, list | tuple | dict):
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return str(value).lower() if isinstance(value, bool) else value


def _write_json(reader: "pa.RecordBatchReader", file: BinaryIO) -> int:
    names, count = unique(reader.schema.names), 0
    file.write(b"[")
    for rows in _rows(reader):
        for row in rows:
            file.write(b",\n" if count else b"\n")
            values = dict(zip(names, row, strict=True))
            file.write(orjson.dumps(values, default=str, option=orjson.OPT_NON_STR_KEYS))
            count += 1
    file.write(b"\n]\n" if count else b"]\n")
    return count


def _write_parquet(reader: "pa.RecordBatchReader", file: BinaryIO) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            field.with_name(name)
            for field, name in zip(reader.schema, unique(reader.schema.names), strict=True)
        ]
    )
    count = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in reader:
            count += batch.num_rows
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
    return count
