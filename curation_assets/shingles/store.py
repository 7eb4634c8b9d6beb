"""The shingle sets of texts: made once, in the order in which the texts are read, and read often."""

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.shingles.distinct import ShingleSets, shingle_sets

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
FetchTexts = Callable[[Indices], Iterator[tuple[Indices, pl.Series]]]
"""Given numbers of contents yields, shard by shard, positions among these and the texts (String) there."""

HELD_SHINGLES = 1 << 23
"""More than these, 64 MiB, lie in a temporary file instead of in memory."""
ITEM = 8


class ShingleStore:
    """Shingle sets by their numbers 0 .. n-1, empty until they are put there.

    Each has a place of its own, so that they can come in any order and a range of them is read at once. A
    file is one without a name: it ends with the process.
    """

    def __init__(self, room: Indices, folder: Path | None = None) -> None:
        """Make room: int64 [n], the most shingles that each set may have.

        ``folder``: where the file lies if one is needed; None: where the system has temporary files.
        """
        self._starts = np.concatenate([[0], np.cumsum(room, dtype=np.int64)])
        self._sizes = np.zeros(len(room), dtype=np.int64)
        total = int(self._starts[-1])
        self._held = np.empty(total, dtype=np.uint64) if total <= HELD_SHINGLES else None
        self._file = None if self._held is not None else tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def put(self, numbers: Indices, sets: ShingleSets) -> None:
        """Store the sets of some numbers.

        Raises:
            ValueError: a set is larger than its room.
        """
        sizes, starts = np.diff(sets.offsets), self._starts[numbers]
        if (sizes > self._starts[numbers + 1] - starts).any():
            raise ValueError("signatures: a text has more shingles than its tokens allow")
        self._sizes[numbers] = sizes
        if self._held is not None:
            from curation_assets.shingles import copying

            copying.scatter_runs(sets.shingles, sets.offsets[:-1], sizes, starts, self._held)
            return
        assert self._file is not None
        file, begins = self._file.fileno(), (starts * ITEM).tolist()
        for begin, (start, stop) in zip(begins, pairwise(sets.offsets.tolist()), strict=True):
            _write_all(file, sets.shingles[start:stop], begin)

    def between(self, start: int, stop: int) -> ShingleSets:
        """Return the sets with the numbers from start to before stop."""
        begin, end = int(self._starts[start]), int(self._starts[stop])
        place = self._held[begin:end] if self._held is not None else self._read(begin, end)
        return _gathered(place, self._starts[start:stop] - begin, self._sizes[start:stop])

    def at(self, numbers: Indices) -> ShingleSets:
        """Return the sets with the given numbers, in their order."""
        starts, sizes = self._starts[numbers], self._sizes[numbers]
        if self._held is not None:
            return _gathered(self._held, starts, sizes)
        runs = zip(starts.tolist(), (starts + sizes).tolist(), strict=True)
        parts = [np.empty(0, np.uint64), *(self._read(start, stop) for start, stop in runs)]
        return ShingleSets(np.concatenate(parts), _offsets(sizes))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _read(self, begin: int, end: int) -> Hashes:
        assert self._file is not None
        place = np.zeros(end - begin, dtype=np.uint64)
        view, at = place.view(np.uint8).data, begin * ITEM
        while len(view) and (read := os.preadv(self._file.fileno(), [view], at)):
            view, at = view[read:], at + read
        return place


def fill(
    store: ShingleStore,
    numbers: Indices,
    tokens: Indices,
    fetched: Iterator[tuple[Indices, pl.Series]],
    shingle_words: int,
    block_tokens: int,
) -> None:
    """Put the sets of texts into the store, about ``block_tokens`` tokens at a time.

    Args:
        numbers: int64 [n], in the store, of the texts that are fetched.
        tokens: int64 [n], of these texts.
        fetched: see ``FetchTexts``.
    """
    for among, texts in fetched:
        for start, stop in block_bounds(tokens[among], block_tokens):
            store.put(numbers[among[start:stop]], shingle_sets(texts[start:stop], shingle_words))


def block_bounds(tokens: Indices, block_tokens: int) -> list[tuple[int, int]]:
    """Cut [0, n) into blocks that hold about ``block_tokens`` tokens each, and at least one item."""
    block = np.cumsum(tokens) // max(1, block_tokens)
    bounds = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(tokens)]
    return [(start, stop) for start, stop in pairwise(bounds) if stop > start]


def _gathered(place: Hashes, starts: Indices, sizes: Indices) -> ShingleSets:
    from curation_assets.shingles import copying

    offsets = _offsets(sizes)
    shingles = np.empty(int(offsets[-1]), dtype=np.uint64)
    copying.scatter_runs(place, starts, sizes, offsets[:-1], shingles)
    return ShingleSets(shingles, offsets)


def _offsets(sizes: Indices) -> Indices:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def _write_all(file: int, shingles: Hashes, begin: int) -> None:
    view, at = np.ascontiguousarray(shingles).view(np.uint8).data, begin
    while len(view):
        written = os.pwrite(file, view, at)
        view, at = view[written:], at + written
