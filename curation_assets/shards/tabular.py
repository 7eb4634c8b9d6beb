"""Parquet shards. A row's position is its number from 0, over all row groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from curation_assets.shards.config import ShardsConfig
from curation_assets.shards.discovery import ShardFile
from curation_assets.shards.fields import Undecodable, record_of
from curation_assets.shards.records import Record, Rejected, excerpt
from curation_assets.shards.streams import DamagedFileError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 1024


class NoTextColumnError(DamagedFileError):
    """The file has no column that documents could be taken from."""


def read_parquet(file: ShardFile, config: ShardsConfig) -> Iterator[tuple[int, Record | Rejected]]:
    """Yield (position, document or reason) for each row.

    Text and HTML columns hold strings, or bytes that are UTF-8. Raises NoTextColumnError when no such
    column is there, and pyarrow's own errors for a damaged file.
    """
    import pyarrow.parquet as pq

    if file.path.stat().st_size == 0:
        return
    with pq.ParquetFile(file.path, page_checksum_verification=True) as table:
        columns = _check_columns(table.schema_arrow, config)
        position = 0
        for batch in table.iter_batches(batch_size=BATCH_ROWS):
            values = [_values(batch.column(index)) for index in columns.values()]
            for row in zip(*values, strict=True):
                yield position, _row(position, dict(zip(columns, row, strict=True)), config)
                position += 1


def _check_columns(schema: pa.Schema, config: ShardsConfig) -> dict[str, int]:
    """Return each column's index; of columns with the same name, the first."""
    columns: dict[str, int] = {}
    for index, name in enumerate(schema.names):
        columns.setdefault(name, index)
    wanted = (*config.text_fields, *config.html_fields)
    found = [name for name in wanted if name in columns]
    if not found:
        raise NoTextColumnError(
            f"none of its columns ({', '.join(columns)}) is one of the text columns ({', '.join(wanted)})"
        )
    for name in found:
        kind = schema.field(columns[name]).type
        if not _holds_text(kind):
            raise NoTextColumnError(f"its column {name} is of type {kind}, not string or binary")
    return columns


def _holds_text(kind: pa.DataType) -> bool:
    import pyarrow.types as types

    if types.is_dictionary(kind):
        kind = kind.value_type
    strings = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    binary = types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
    return strings or binary or types.is_null(kind)


def _values(column: pa.Array) -> list[Any]:
    """Return a column's values; one by one when some cannot be represented, so that these alone are lost."""
    try:
        return column.to_pylist()
    except (ValueError, OverflowError):
        return [_value(scalar) for scalar in column]


def _value(scalar: pa.Scalar) -> Any:
    import pyarrow as pa

    try:
        return scalar.as_py()
    except UnicodeDecodeError as error:
        return Undecodable(bytes(error.object))
    except (ValueError, OverflowError):  # times beyond what Python's have room for
        try:
            return scalar.cast(pa.string()).as_py()
        except pa.ArrowException:
            return None


def _row(position: int, fields: dict[str, Any], config: ShardsConfig) -> Record | Rejected:
    for name in (*config.text_fields, *config.html_fields):
        value = fields.get(name)
        if value is None:
            continue
        if isinstance(value, str | bytes) and _exceeds(value, config.maximum_row_bytes):
            return Rejected(position, "row_too_large", excerpt(value))
        if isinstance(value, bytes):
            fields[name] = _decoded(value)
        break
    shown = "; ".join(f"{key}={str(value)[:80]}" for key, value in fields.items() if value is not None)
    return record_of(position, fields, config, shown)


def _exceeds(value: str | bytes, limit: int) -> bool:
    if isinstance(value, str) and limit // 4 < len(value) <= limit:
        value = value.encode("utf-8")
    return len(value) > limit


def _decoded(value: bytes) -> str | Undecodable:
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Undecodable(value)
