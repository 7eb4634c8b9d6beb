"""Reads evaluation sets from files.

A row of a set is an item, told by its position: the line of a JSON Lines or text file, the row of a Parquet
file, from 0. Its texts are all strings in it, in lists and objects too, or those under the keys asked for. A
row that has none (no JSON, neither object nor string, without those keys) is told and left out; blank lines
are no rows. A file that cannot be read as a whole, or that has no item at all, is an error.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from resources.files import open_regular
from resources.hash_memory import HashMemory

KINDS = (".jsonl", ".txt", ".parquet")
PACKINGS = (".gz", ".zst")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TEXTUAL = (pl.String, pl.Categorical, pl.Enum)


class EvaluationSetError(OSError):
    """An evaluation set cannot be used; the message names the key of curation.yaml, the file, and why."""


@dataclass(frozen=True)
class Item:
    """A row of an evaluation set that has texts."""

    position: int
    texts: tuple[str, ...]


@dataclass(frozen=True)
class EvaluationSet:
    """A file as read: its items, and the positions of the rows without a text."""

    name: str
    items: tuple[Item, ...]
    unreadable: tuple[int, ...]


def fingerprint(name: str, path: str, hashes: HashMemory) -> str:
    """Return the hash of a file's bytes. Raises EvaluationSetError where it cannot be read."""
    try:
        return hashes.hash_of(Path(path).expanduser())
    except OSError as error:
        raise _unusable(name, path, error) from error


def read_set(name: str, path: str, fields: Sequence[str] = ()) -> EvaluationSet:
    """Read an evaluation set.

    Args:
        fields: the keys whose texts make up an item, ``a.b`` for the key b in the object at a; none: all.

    Raises:
        EvaluationSetError: the file cannot be read, is of no kind that is known, or has no item.
    """
    items, unreadable = [], []
    try:
        for position, value in _rows(Path(path).expanduser(), fields):
            texts = tuple(text for text in _texts(value, fields) if text and not text.isspace())
            if texts:
                items.append(Item(position, texts))
            else:
                unreadable.append(position)
    except Exception as error:
        if not _is_of_the_file(error):
            raise
        raise _unusable(name, path, error) from error
    if not items:
        missing = f" under {', '.join(fields)}" if fields else ""
        raise EvaluationSetError(
            f"contamination.files.{name}: {path}: none of its {len(unreadable)} rows has a text{missing}"
        )
    return EvaluationSet(name, tuple(items), tuple(unreadable))


def _unusable(name: str, path: str, error: BaseException) -> EvaluationSetError:
    told = (error.strerror or error) if isinstance(error, OSError) else error
    return EvaluationSetError(f"contamination.files.{name}: {path}: {told}")


def _is_of_the_file(error: Exception) -> bool:
    import zstandard

    known = (OSError, EOFError, zlib.error, zstandard.ZstdError, pl.exceptions.PolarsError, _FormatError)
    return isinstance(error, known)


class _FormatError(ValueError):
    """A file is not of a kind that is read, or ends too early."""


def _rows(path: Path, fields: Sequence[str]) -> Iterator[tuple[int, Any]]:
    """Yield position and value of every row; None for one that cannot be parsed."""
    packing = path.suffix.lower() if path.suffix.lower() in PACKINGS else ""
    kind = Path(path.stem).suffix.lower() if packing else path.suffix.lower()
    if kind not in KINDS or (packing and kind == ".parquet"):
        raise _FormatError(
            f"not one of {', '.join(KINDS)}, the first two perhaps with {' or '.join(PACKINGS)}"
        )
    if kind == ".parquet":
        yield from enumerate(_table(path, fields).iter_rows(named=True))
        return
    with open_regular(path) as file:
        lines = _unpacked(file.read(), packing).removeprefix(BYTE_ORDER_MARK).split(b"\n")
    for position, line in enumerate(lines):
        if line and not line.isspace():
            yield position, _parsed(line) if kind == ".jsonl" else line.decode("utf-8", "replace")


def _table(path: Path, fields: Sequence[str]) -> pl.DataFrame:
    """Read the columns that have texts (not pictures), or those of them that are asked for."""
    open_regular(path).close()
    schema = pl.read_parquet_schema(path)
    tops = {field.partition(".")[0] for field in fields} | set(fields)
    return pl.read_parquet(
        path,
        columns=[name for name, dtype in schema.items() if _has_text(dtype) and (not fields or name in tops)],
        glob=False,
    )


def _has_text(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.Struct):
        return any(_has_text(field.dtype) for field in dtype.fields)  # type: ignore[arg-type]
    if isinstance(dtype, pl.List | pl.Array):
        return _has_text(dtype.inner)  # type: ignore[arg-type]
    return isinstance(dtype, _TEXTUAL)


def _unpacked(data: bytes, packing: str) -> bytes:
    if packing == ".gz":
        return gzip.decompress(data)
    return _unzstandard(data) if packing else data


def _unzstandard(data: bytes) -> bytes:
    """Decompress all frames; zstandard's own reader takes a file that is cut off for a shorter one."""
    import zstandard

    parts = []
    while data:
        frame = zstandard.ZstdDecompressor().decompressobj()
        parts.append(frame.decompress(data))
        if not frame.eof:
            raise _FormatError("the compressed file ends too early")
        data = frame.unused_data
    return b"".join(parts)


def _parsed(line: bytes) -> Any:
    """Return a line's value, None for no JSON. Python's parser takes the surrogates that orjson refuses."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _texts(value: Any, fields: Sequence[str]) -> Iterator[str]:
    """Yield the strings in a value in order, or those under some keys; no other characters than Unicode's."""
    chosen = [_under(value, field) for field in fields] if fields and not isinstance(value, str) else [value]
    waiting = chosen[::-1]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one.encode("utf-8", "replace").decode()
        elif isinstance(one, dict):
            waiting += list(one.values())[::-1]
        elif isinstance(one, list | tuple):
            waiting += one[::-1]


def _under(value: Any, field: str) -> Any:
    """Return what is at a key, or at a path of keys; None where there is nothing."""
    if not isinstance(value, dict):
        return None
    if field in value:
        return value[field]
    first, dot, rest = field.partition(".")
    return _under(value.get(first), rest) if dot else None
