"""Files in the order of training: Parquet in Hugging Face's layout, and packed tokens."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.export.by_shard import Counted, write_parquet
from curation_assets.export.folder import Folder
from curation_assets.export.options import Options, TokenOptions
from curation_assets.export.ordering import Rows, Run, parts
from curation_assets.export.packing import OFFSETS, packed_frames
from curation_assets.export.prepared import SIZE, Prepared
from curation_assets.export.source import SCHEMA, Source
from curation_assets.progress import Progress
from curation_assets.text.hashing import content_hash

_PLAIN = re.compile(r"[a-z0-9_]{1,40}")
_DOCUMENT = ["doc_id", "shard"]


@dataclass(frozen=True)
class Part:
    """A run of rows, and the beginning of its files' names."""

    name: str
    run: Run


def file_name(phase: str) -> str:
    """Return a phase's name as part of a file's: lower case letters, digits and "_", at most 40.

    Any other name is changed, and has ten characters of its hash behind, so that no two become one, also
    where capitals make no difference. There is no "-" in it: "main-*" is of the phase main alone.
    """
    if _PLAIN.fullmatch(phase):
        return phase
    slug = re.sub(r"[^a-z0-9]+", "_", phase.lower())[:25].strip("_") or "phase"
    return f"{slug}_{content_hash(phase)[:10]}"


def prepare(
    source: Source, phases: Sequence[str], options: Options, folder: Folder, progress: Progress
) -> Prepared:
    """Write the rows of the phases into the working folder, as far as they are not there yet."""
    shards = list(source.files)

    def frames(number: int) -> Iterator[pl.DataFrame]:
        if not shards:
            yield from _sized(iter([SCHEMA.to_frame()]), options.tokens)
            return
        columns = [*_DOCUMENT, "text", "phase", "position", "weight"] if options.tokens else None
        found = source.frames(shards[number], columns, phases)
        for frame in _sized(found, options.tokens):
            progress(frame.height)
            yield frame

    prepared = Prepared(folder.work, shards or ["none"])
    prepared.write(frames)
    return prepared


def _sized(frames: Iterator[pl.DataFrame], tokens: TokenOptions | None) -> Iterator[pl.DataFrame]:
    if tokens:
        return packed_frames(frames, tokens)
    length = pl.col("text").str.len_bytes().fill_null(0).cast(pl.Int64).alias(SIZE)
    return (frame.with_columns(length) for frame in frames)


def write_parts(
    prepared: Prepared, phases: Sequence[str], options: Options, folder: Folder, progress: Progress
) -> list[list[Part]]:
    """Write the parts that are not finished; return those of each phase, ``progress`` counting rows."""
    rows = prepared.rows(phases)
    where = "tokens" if options.tokens else "data"
    cut = parts(rows, options.copies, options.part_bytes, len(phases))
    if options.tokens:  # a file without a byte cannot be mapped into memory
        cut = [[run for run in runs if len(run.rows)] for runs in cut]
    made = [
        [
            Part(f"{where}/{file_name(phase)}-{number:05d}-of-{len(runs):05d}", run)
            for number, run in enumerate(runs)
        ]
        for phase, runs in zip(phases, cut, strict=True)
    ]
    for part in (part for of_phase in made for part in of_phase):
        if options.tokens:
            _write_tokens(prepared, part, rows, phases, options, folder)
        else:
            _write_table(prepared, part, rows.size, options, folder)
        progress(len(part.run.rows))
    return made


def _write_table(
    prepared: Prepared, part: Part, sizes: NDArray[np.int64], options: Options, folder: Folder
) -> None:
    path = f"{part.name}.parquet"
    if folder.has(path):
        return

    def into(file: BinaryIO) -> Mapping[str, Any]:
        frames = prepared.groups(part.run, sizes, list(prepared.types))
        if options.copies != "once":  # every row is a reading
            frames = (frame.with_columns(weight=pl.lit(1, pl.Int64)) for frame in frames)
        counted = Counted(frames)
        write_parquet(file, counted)
        return counted.figures

    folder.write(path, into)


def _write_tokens(
    prepared: Prepared,
    part: Part,
    known: Rows,
    phases: Sequence[str],
    options: Options,
    folder: Folder,
) -> None:
    """Write the tokens of a part, its documents' offsets and ids, and with ``once`` their readings."""
    assert options.tokens is not None
    dtype, end = np.dtype(options.tokens.dtype).newbyteorder("<"), options.tokens.end_of_document
    run, rows, sizes = part.run, len(part.run.rows), known.size
    lengths = sizes[run.rows] // dtype.itemsize
    times = known.weight[run.rows] if options.copies == "once" else np.ones(rows, np.uint16)

    def tokens(file: BinaryIO) -> Mapping[str, Any]:
        ends = 0
        for frame in prepared.groups(run, sizes, ["payload"]):
            data = b"".join(frame["payload"])
            ends += int(np.count_nonzero(np.frombuffer(data, dtype) == end))
            file.write(data)
        found = {"rows": rows, "readings": int(times.sum()), "tokens": int(lengths.sum())}
        return {"rows": rows, "ends_inside": ends - rows, "phases": {phases[run.phase]: found}}

    def offsets(file: BinaryIO) -> Mapping[str, Any]:
        np.save(file, np.concatenate(([0], np.cumsum(lengths))).astype(OFFSETS))
        return {}

    def documents(file: BinaryIO) -> Mapping[str, Any]:
        write_parquet(file, prepared.groups(run, sizes, _DOCUMENT))
        return {}

    def readings(file: BinaryIO) -> Mapping[str, Any]:
        np.save(file, times.astype("<u2"))
        return {}

    writers: dict[str, Callable[[BinaryIO], Mapping[str, Any]]] = {
        "bin": tokens,
        "index.npy": offsets,
        "documents.parquet": documents,
        **({"times.npy": readings} if options.copies == "once" else {}),
    }
    for suffix, write in writers.items():
        if not folder.has(f"{part.name}.{suffix}"):
            folder.write(f"{part.name}.{suffix}", write)
