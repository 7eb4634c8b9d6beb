"""Rows beside the folder's files, from which any of them can be read: Arrow files, one a shard.

The order of training takes rows from all shards at once. So each shard is first written without compression
into the export's working folder; its pages are mapped into memory and belong to the system, which takes
them back when it needs them.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.export.ordering import Rows, Run, cut
from resources.files import write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "rows"
SIZE = "_size"
"""Column of a prepared shard beside its own: bytes that the row takes in a part."""
GROUP_BYTES = 16_000_000
_OPEN_FILES = 200
_ROW_BYTES = 200
"""What the other columns of a row take, about."""


class Prepared:
    """The prepared rows of some shards; ``write`` each that is not there, then read."""

    def __init__(self, folder: Path, shards: Sequence[str]) -> None:
        self._paths = [folder / FOLDER / f"{shard}.arrow" for shard in shards]
        self._open = functools.lru_cache(_OPEN_FILES)(_reader)

    def write(self, frames_of: Callable[[int], Iterable[pl.DataFrame]]) -> None:
        """Write the shards that are not there yet; ``frames_of`` a shard's number has a column _size, too."""
        for number, path in enumerate(self._paths):
            if not path.is_file():
                _write(path, frames_of(number))

    @functools.cached_property
    def _batches(self) -> tuple[list[tuple[int, int]], NDArray[np.int64]]:
        """Return (shard, batch) of every batch, and the number of its first row, with the total behind."""
        places, lengths = [], []
        for number in range(len(self._paths)):
            reader = self._open(self._paths[number])
            for batch in range(reader.num_record_batches):
                places.append((number, batch))
                lengths.append(reader.get_batch(batch).num_rows)
        return places, np.cumsum([0, *lengths], dtype=np.int64)

    def rows(self, phases: Sequence[str]) -> Rows:
        """Return what the order follows from: 19 bytes a row."""
        places, starts = self._batches
        count = int(starts[-1])
        found = Rows(
            np.empty(count, np.uint16),
            np.empty(count, np.float64),
            np.empty(count, np.uint16),
            np.empty(count, np.int64),
        )
        for place, (shard, batch) in enumerate(places):
            some = self._open(self._paths[shard]).get_batch(batch)
            here = slice(int(starts[place]), int(starts[place + 1]))
            frame = pl.DataFrame(some.select(["phase", "position", "weight", SIZE]))
            numbers = frame["phase"].replace_strict(list(phases), range(len(phases)), return_dtype=pl.UInt16)
            found.phase[here] = numbers.to_numpy()
            found.position[here] = frame["position"].to_numpy()
            found.weight[here] = frame["weight"].to_numpy()
            found.size[here] = frame[SIZE].to_numpy()
        return found

    def groups(self, run: Run, sizes: NDArray[np.int64], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Yield columns of the rows of a run in its order, some 16 MB at a time, at least one frame."""
        for low, high in cut(sizes[run.rows] + _ROW_BYTES, GROUP_BYTES) or [(0, 0)]:
            yield self._gather(run.rows[low:high], list(columns))

    @functools.cached_property
    def types(self) -> dict[str, str]:
        """The names of all columns but _size, and their Arrow types."""
        schema = self._open(self._paths[0]).schema
        return {field.name: str(field.type) for field in schema if field.name != SIZE}

    def _gather(self, rows: NDArray[np.int64], columns: list[str]) -> pl.DataFrame:
        import pyarrow as pa

        places, starts = self._batches
        wanted, back = np.unique(rows, return_inverse=True)
        bounds = np.searchsorted(wanted, starts)
        pieces = [
            self._open(self._paths[places[place][0]])
            .get_batch(places[place][1])
            .select(columns)
            .take(pa.array(wanted[bounds[place] : bounds[place + 1]] - starts[place]))
            for place in np.flatnonzero(np.diff(bounds))
        ]
        if not pieces:
            return pl.DataFrame(self._open(self._paths[0]).schema.empty_table()).select(columns)
        return pl.DataFrame(pa.Table.from_batches(pieces))[back]


def _write(path: Path, frames: Iterable[pl.DataFrame]) -> None:
    """Write frames of one schema, at least one, as an Arrow file; empty ones but the first are left out."""
    import pyarrow as pa

    def into(temporary: Path) -> None:
        left = iter(frames)
        schema = next(left).to_arrow().schema
        with temporary.open("wb") as file, pa.ipc.new_file(file, schema) as writer:
            for frame in left:
                if frame.height:
                    for batch in frame.rechunk().to_arrow().cast(schema).to_batches():
                        writer.write_batch(batch)

    write_atomically(path, into)


def _reader(path: Path) -> "pa.ipc.RecordBatchFileReader":
    import pyarrow as pa

    return pa.ipc.open_file(pa.memory_map(str(path)))
