"""Training files: texts, and embeddings with grades."""

import gzip
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

_LINES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".txt", ".txt.gz", ".txt.zst")
_ROWS = 4096


def read_texts(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the texts of files in order.

    JSON lines (.jsonl) and Parquet have a field ``text``; of plain text (.txt) each line that is not blank is
    a text. Lines may be compressed (.gz, .zst). A row without a text is passed over.

    Raises:
        ValueError: a file is of another kind, or a line is no JSON object.
        OSError: a file cannot be read.
    """
    for path in paths:
        if path.suffix == ".parquet":
            yield from _parquet_texts(path)
        elif path.name.endswith(_LINES):
            yield from _line_texts(path)
        else:
            raise ValueError(f"{path}: not one of {', '.join(_LINES)}, .parquet")


def read_embeddings(
    paths: Sequence[Path], target: float, column: str | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the vectors of Parquet files, column ``embedding`` (float32 [n, d]), and their grades [n].

    Args:
        target: the grade of all of them, unless
        column: names the column that has it.
    """
    frames = [pl.read_parquet(path) for path in paths]
    vectors = [np.array(frame["embedding"].to_list(), dtype=np.float32) for frame in frames]
    grades = [
        np.full(len(frame), target) if column is None else frame[column].cast(pl.Float64).to_numpy()
        for frame in frames
    ]
    return np.concatenate(vectors), np.concatenate(grades)


def _parquet_texts(path: Path) -> Iterator[str]:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        if "text" not in file.schema_arrow.names:
            raise ValueError(f"{path}: no column text")
        for batch in file.iter_batches(_ROWS, columns=["text"]):
            yield from (text for text in batch.column(0).to_pylist() if text is not None)


def _line_texts(path: Path) -> Iterator[str]:
    is_json = ".jsonl" in path.name
    with _open(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            text = _text(line, f"{path}, line {number}") if is_json else line.rstrip("\r\n")
            if text is not None:
                yield text


def _text(line: str, place: str) -> str | None:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
    if not isinstance(row, dict):
        raise ValueError(f"{place}: not a JSON object")
    text = row.get("text")
    return text if isinstance(text, str) else None


def _open(path: Path) -> io.TextIOWrapper:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8", newline="\n")
    if path.suffix == ".zst":
        import zstandard

        return io.TextIOWrapper(zstandard.open(path, "rb"), encoding="utf-8", newline="\n")
    return path.open(encoding="utf-8", newline="\n")
