"""Contents numbered in the order of their exact hashes, by ranges of these.

The first byte of a hash may tell the settings of a source (``dedup.sources``), so ranges go by the bytes
behind it, which are spread evenly whatever the lake. A content's number is how many have a smaller first
byte, or the same one and a smaller range, or a smaller hash in its range: the order is that of whole hashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.dedup.contents import Hashes, packed
from curation_assets.dedup.ranges.spill import Spill, append, in_blocks, ranges_of, scatter
from curation_assets.dedup.tables import Tables, check_unique
from curation_assets.progress import Progress, silent

Numbers = NDArray[Any]
"""Numbers of contents: uint32 where there are fewer than 2^32 rows, else uint64."""
FIRST, SEVERAL = 1, 2
"""Flags of a row: it is the first of its content; its content has others."""
BYTES_A_HASH = 120
"""What ``NumberRange`` takes for a hash, measured at 110: for sorting, the order, the inverse and counts."""


BYTES_A_ROW = 200
"""What a row takes until its hash has been divided, or its number put in place."""


@dataclass(frozen=True)
class Numbered:
    """The contents of all rows, on disk.

    Attributes:
        folder: holds the files ``numbers`` and ``flags``, an item for every row.
        offsets: int64 [shards + 1], the number of each shard's first row.
        contents: how many there are.
        characters: of all rows together.
    """

    folder: Path
    offsets: NDArray[np.int64]
    contents: int
    characters: int

    @property
    def rows(self) -> int:
        return int(self.offsets[-1])

    @property
    def dtype(self) -> np.dtype[Any]:
        return dtype_for(self.rows)

    def of_shards(self, start: int, stop: int) -> tuple[Numbers, NDArray[np.uint8]]:
        """Return the content and the flags of every row of the shards from ``start`` to before ``stop``."""
        first, count = int(self.offsets[start]), int(self.offsets[stop] - self.offsets[start])
        return _slice(self.folder / "numbers", self.dtype, first, count), _slice(
            self.folder / "flags", np.dtype(np.uint8), first, count
        )


def dtype_for(rows: int) -> np.dtype[Any]:
    return np.dtype(np.uint32 if rows < 1 << 32 else np.uint64)


def number_by_ranges(tables: Tables, heights: Sequence[int], folder: Path, spill: Spill) -> Numbered:
    """Read all shards once and number their contents; a few bytes a shard stay in memory.

    Args:
        heights: rows of each shard.

    Raises:
        ValueError: a doc_id is there twice in a shard.
    """
    offsets = np.concatenate([[0], np.cumsum(heights, dtype=np.int64)])
    ranges = spill.ranges(int(offsets[-1]), BYTES_A_HASH)
    characters = _divide(tables, heights, folder, ranges, spill.block_rows(BYTES_A_ROW))
    counts = np.zeros((ranges, 256), dtype=np.int64)
    items = [str(number) for number in range(ranges) if (folder / f"hashes.{number}").is_file()]
    for item, found in spill.compute.map(NumberRange(folder), items, silent):
        counts[int(item)] = found
    _gather(folder, counts, int(offsets[-1]), spill.block_rows(BYTES_A_ROW))
    return Numbered(folder, offsets, int(counts.sum()), characters)


def _divide(tables: Tables, heights: Sequence[int], folder: Path, ranges: int, block_rows: int) -> int:
    """Write the hashes to the files of their ranges, and the range of every row; return the characters."""
    characters = 0
    for start, stop in in_blocks(heights, block_rows):
        hashes = [np.empty(0, "S16")]
        for shard in tables.shards[start:stop]:
            rows = tables.signatures(shard, ["doc_id", "exact_hash", "characters"])
            check_unique(rows, shard)
            hashes.append(packed(rows["exact_hash"]))
            characters += int(rows["characters"].sum())
        block = np.concatenate(hashes)
        range_of = ranges_of(_behind_first_byte(block), ranges)
        append(folder / "ranges", range_of)
        scatter(folder, "hashes", range_of, block)
    return characters


def _behind_first_byte(hashes: Hashes) -> NDArray[np.uint32]:
    """Return bytes 1 to 4 of each hash as a number."""
    some = np.ascontiguousarray(hashes.view(np.uint8).reshape(-1, 16)[:, 1:5])
    return some.view(">u4").reshape(-1).astype(np.uint32)


@dataclass(frozen=True)
class NumberRange:
    """Numbers the contents of one range from 0, in a worker; returns how many have each first byte."""

    folder: Path

    def __call__(self, item: str, _progress: Progress) -> NDArray[np.int64]:
        path = self.folder / f"hashes.{item}"
        distinct, first, of_row, counts = np.unique(
            np.fromfile(path, dtype="S16"), return_index=True, return_inverse=True, return_counts=True
        )
        flags = np.where(counts > 1, SEVERAL, 0).astype(np.uint8)[of_row]
        flags[first] |= FIRST
        of_row.astype(np.uint32).tofile(self.folder / f"local.{item}")
        flags.tofile(self.folder / f"flags.{item}")
        path.unlink()
        return np.bincount(distinct.view(np.uint8).reshape(-1, 16)[:, 0], minlength=256)


def _gather(folder: Path, counts: NDArray[np.int64], rows: int, block_rows: int) -> None:
    """Write the number and the flags of every row in the order of rows, and remove the files by range."""
    ranges = len(counts)
    ends = np.cumsum(counts, axis=1)
    start_of = (np.cumsum(counts.T.ravel()) - counts.T.ravel()).reshape(256, ranges).T
    shift = start_of - (ends - counts)  # from the number in its range to that among all
    taken = np.zeros(ranges, dtype=np.int64)
    for start in range(0, rows, block_rows):
        range_of = _slice(folder / "ranges", np.dtype(np.uint16), start, min(block_rows, rows - start))
        here = np.bincount(range_of, minlength=ranges)
        order = np.argsort(range_of, kind="stable")
        numbers, flags = np.empty(len(order), dtype_for(rows)), np.empty(len(order), np.uint8)
        done = 0
        for number in np.flatnonzero(here).tolist():
            count = int(here[number])
            local = _slice(folder / f"local.{number}", np.dtype(np.uint32), int(taken[number]), count)
            places = order[done : done + count]
            numbers[places] = local + shift[number, np.searchsorted(ends[number], local, side="right")]
            flags[places] = _slice(folder / f"flags.{number}", np.dtype(np.uint8), int(taken[number]), count)
            done += count
        taken += here
        append(folder / "numbers", numbers)
        append(folder / "flags", flags)
    (folder / "ranges").unlink()
    for number in np.flatnonzero(taken).tolist():
        (folder / f"local.{number}").unlink()
        (folder / f"flags.{number}").unlink()


def _slice(path: Path, dtype: np.dtype[Any], first: int, count: int) -> NDArray[Any]:
    """Read some items of a file."""
    if not count:
        return np.empty(0, dtype)
    return np.fromfile(path, dtype=dtype, count=count, offset=first * dtype.itemsize)
