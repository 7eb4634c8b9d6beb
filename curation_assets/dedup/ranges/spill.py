"""Working files, and how much of them is in memory at a time."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from resources.compute import Compute

DOCUMENTS_IN_MEMORY = 10_000_000
"""More of them go by ranges. So many take 1.4 GB otherwise, and no working files."""
RANGE_BYTES = 1 << 29
MOST_RANGES = 1 << 16


@dataclass(frozen=True)
class Spill:
    """Where and when deduplication works by ranges.

    Attributes:
        folder: for working files; nobody else may use it.
        compute: works on ranges, several at once if it has several workers; the outcome is the same.
        documents_in_memory: as many are worked without files.
        range_bytes: memory that a worker has for one range.
    """

    folder: Path
    compute: Compute = field(default_factory=lambda: Compute(1))
    documents_in_memory: int = DOCUMENTS_IN_MEMORY
    range_bytes: int = RANGE_BYTES

    def clear(self) -> None:
        """Remove what a run that was killed has left."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def ranges(self, items: int, bytes_an_item: int) -> int:
        """Return into how many ranges items have to be cut."""
        return min(MOST_RANGES, items * bytes_an_item // self.range_bytes + 1)

    def block_rows(self, bytes_a_row: int) -> int:
        """Return how many rows are read before they are divided among the ranges."""
        return max(1, self.range_bytes // bytes_a_row)


class WorkFolder:
    """A new folder within ``parent`` that goes when nobody refers to this object any more.

    It has a name of its own, so that the end of an earlier result takes no files of a later one.
    """

    def __init__(self, parent: Path) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        self.path = Path(tempfile.mkdtemp(dir=parent))
        weakref.finalize(self, _remove, self.path)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):  # others are in it, or it is gone
        path.parent.rmdir()


def append(path: Path, values: NDArray[Any]) -> None:
    """Write the bytes of an array behind those that a file has."""
    with path.open("ab") as file:
        values.tofile(file)


def scatter(folder: Path, name: str, range_of: NDArray[np.uint16], values: NDArray[Any]) -> None:
    """Append each value to the file ``name.range`` of its range, in their order."""
    order = np.argsort(range_of, kind="stable")
    counts = np.bincount(range_of)
    values, ends = values[order], np.cumsum(counts)
    for number in np.flatnonzero(counts).tolist():
        append(folder / f"{name}.{number}", values[ends[number] - counts[number] : ends[number]])


def ranges_of(high_bits: NDArray[np.uint32], ranges: int) -> NDArray[np.uint16]:
    """Return the range of each value by its 32 highest bits; ranges are of the same width."""
    return (high_bits.astype(np.uint64) * np.uint64(ranges) >> np.uint64(32)).astype(np.uint16)


class FrameFiles:
    """Rows divided among files by the number of a batch: Arrow streams one behind the other in each."""

    def __init__(self, folder: Path, name: str, buffer_bytes: int) -> None:
        self._folder, self._name, self._buffer_bytes = folder, name, buffer_bytes
        self._waiting: list[pl.DataFrame] = []
        self._bytes = 0.0

    def add(self, frame: pl.DataFrame) -> None:
        """Take in rows with a column ``batch``."""
        self._waiting.append(frame)
        self._bytes += frame.estimated_size()
        if self._bytes > self._buffer_bytes:
            self.flush()

    def flush(self) -> None:
        rows = pl.concat(self._waiting) if self._waiting else pl.DataFrame({"batch": []})
        for (batch,), part in rows.partition_by("batch", as_dict=True, include_key=False).items():
            table = arrow(part)
            with (
                (self._folder / f"{self._name}.{batch}").open("ab") as file,
                pa.ipc.new_stream(file, table.schema) as stream,
            ):
                stream.write_table(table)
        self._waiting, self._bytes = [], 0.0


def arrow(frame: pl.DataFrame) -> pa.Table:
    """Return a frame with strings as every reader of Arrow knows them."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def read_frames(path: Path, schema: pl.Schema) -> pl.DataFrame:
    """Return the rows of one of ``FrameFiles``; strings and lists stay on disk until they are looked at."""
    tables = [arrow(pl.DataFrame(schema=schema))]
    if path.is_file():
        with pa.memory_map(str(path)) as source:
            while source.tell() < source.size():
                tables.append(pa.ipc.open_stream(source).read_all())
    found = pl.from_arrow(pa.concat_tables(tables))
    assert isinstance(found, pl.DataFrame)
    return found


def in_blocks(heights: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Yield (first, one after the last) of runs of shards that have about ``most`` rows together."""
    start, rows = 0, 0
    for number, height in enumerate(heights):
        rows += height
        if rows >= most or number == len(heights) - 1:
            yield start, number + 1
            start, rows = number + 1, 0
