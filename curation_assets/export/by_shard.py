"""Files of a shard each, in the order of the lake: Parquet and JSONL."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

import polars as pl

from curation_assets.export.options import Format
from curation_assets.mixture.export import jsonl_bytes
from curation_assets.progress import Progress, silent

SUFFIXES = {"parquet": ".parquet", "jsonl": ".jsonl", "jsonl.zst": ".jsonl.zst"}
ZSTD_LEVEL = 3
_ROWS_AT_ONCE = 512
FIGURES = ("rows", "readings", "tokens")


def writer(
    kind: Format, frames: Iterable[pl.DataFrame], progress: Progress
) -> Callable[[BinaryIO], Mapping[str, Any]]:
    """Return what writes the frames of a shard into a file and tells what it counted."""
    write = {"parquet": write_parquet, "jsonl": _write_jsonl, "jsonl.zst": _write_compressed}[kind]

    def into(file: BinaryIO) -> Mapping[str, Any]:
        counted = Counted(frames, progress)
        write(file, counted)
        return counted.figures

    return into


class Counted:
    """Frames, counted as they go by: rows, and by phase; readings go by weight, tokens count once a row.

    ``memory_bytes``: numbers and places of strings at 8 and 4 bytes, and the bytes of all strings.
    """

    def __init__(self, frames: Iterable[pl.DataFrame], progress: Progress = silent) -> None:
        self.frames, self.progress = frames, progress
        self.rows, self.memory_bytes = 0, 0
        self.phases: dict[str, dict[str, int]] = {}

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for frame in self.frames:
            yield frame
            self._add(frame)
            self.progress(frame.height)

    @property
    def figures(self) -> dict[str, Any]:
        phases = dict(sorted(self.phases.items()))
        return {"rows": self.rows, "memory_bytes": self.memory_bytes, "phases": phases}

    def _add(self, frame: pl.DataFrame) -> None:
        self.rows += frame.height
        for column in frame:
            is_text = column.dtype == pl.String
            self.memory_bytes += frame.height * (4 if is_text else 8)
            self.memory_bytes += int(column.str.len_bytes().sum()) if is_text else 0
        found = frame.group_by("phase").agg(
            rows=pl.len(), readings=pl.col("weight").sum(), tokens=pl.col("tokens").sum()
        )
        for phase, *counts in found.iter_rows():
            known = self.phases.setdefault(phase, dict.fromkeys(FIGURES, 0))
            for key, count in zip(FIGURES, counts, strict=True):
                known[key] += int(count)


def write_parquet(file: BinaryIO, frames: Iterable[pl.DataFrame]) -> None:
    """Write frames of one schema, at least one, as Parquet with Zstandard, a row group each.

    Arrow's own schema is left out: its large strings would be no others than strings to most readers.
    """
    import pyarrow.parquet as pq

    left = iter(frames)
    first = next(left).to_arrow()
    options = {"compression": "zstd", "compression_level": ZSTD_LEVEL, "store_schema": False}
    with pq.ParquetWriter(file, first.schema, **options) as parquet:
        if first.num_rows:
            parquet.write_table(first)
        for frame in left:
            if frame.height:
                parquet.write_table(frame.to_arrow().cast(first.schema))


def _write_jsonl(file: BinaryIO, frames: Iterable[pl.DataFrame]) -> None:
    for lines in _lines(frames):
        file.write(lines)


def _write_compressed(file: BinaryIO, frames: Iterable[pl.DataFrame]) -> None:
    import zstandard

    compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
    with compressor.stream_writer(file, closefd=False) as stream:
        for lines in _lines(frames):
            stream.write(lines)


def _lines(frames: Iterable[pl.DataFrame]) -> Iterator[bytes]:
    return (jsonl_bytes(some) for frame in frames for some in frame.iter_slices(_ROWS_AT_ONCE))
