"""Reads the documents that may have repeats, and numbers their passages and lines: equal ones alike."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.columns import chunks, compact
from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.tables import KeySet, Tables
from curation_assets.passages.words import Lines, Words, buffers, lines_of, words_of
from curation_assets.progress import Progress

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
Places = NDArray[np.uint32]
Flags = NDArray[np.bool_]


class Documents(NamedTuple):
    """Some documents of the lake, by shard and in the order of the tables.

    Attributes:
        doc_ids: String [n].
        offsets: int64 [shards + 1], the documents of each shard.
        ranks: int64 [n], place in the order of doc_id and shard, which says what is earlier.
        keys: how many keys they have, of those that they were chosen by.
    """

    doc_ids: pl.Series
    offsets: Indices
    ranks: Indices
    keys: int

    def of_shard(self, number: int) -> slice:
        """Return the rows of a shard."""
        return slice(int(self.offsets[number]), int(self.offsets[number + 1]))

    def shards_of(self, rows: Indices) -> Indices:
        """Return the number of each document's shard."""
        return np.searchsorted(self.offsets, rows, side="right") - 1


class Occurrences(NamedTuple):
    """Where passages (or lines) lie.

    Attributes:
        numbers: uint32 [occurrences], of the passage; the same for equal ones.
        starts, stops: uint32 [occurrences], the words that it consists of, by their number in the text.
        offsets: int64 [documents + 1], the occurrences of each document, by their starts.
        distinct: how many passages there are.
        within: whether a second occurrence in one document counts.
    """

    numbers: Places
    starts: Places
    stops: Places
    offsets: Indices
    distinct: int
    within: bool


class Scan(NamedTuple):
    """What was found in some documents: passages and lines, and int64 [documents] how many words there
    are."""

    kinds: list[Occurrences]
    words: Indices


def documents_with(tables: Tables, keys: KeySet) -> Documents:
    """Return the documents that have one of the keys."""
    doc_ids, total = [pl.Series("doc_id", dtype=pl.String)], 0
    for shard in tables.shards:
        rows = tables.keys(shard, ["doc_id", "keys"])
        counts = keys.count_members(rows["keys"])
        total += int(counts.sum())
        found = rows["doc_id"].filter(pl.Series(counts > 0, dtype=pl.Boolean))
        doc_ids.append(compact(found))
    offsets = np.cumsum([len(part) for part in doc_ids], dtype=np.int64)
    numbers = np.repeat(np.arange(len(tables.shards)), np.diff(offsets))
    frame = pl.DataFrame({"doc_id": pl.concat(doc_ids), "shard": numbers})
    order = frame.select(pl.arg_sort_by("doc_id", "shard")).to_series().to_numpy()
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return Documents(frame["doc_id"], offsets, ranks, total)


def scan(
    tables: Tables, documents: Documents, wanted: KeySet, config: PassagesConfig, progress: Progress
) -> Scan:
    """Number the passages and lines that have a wanted key, of all the documents."""
    passages, lines, words = _Numbering(), _Numbering(), [np.empty(0, np.int64)]
    for number, shard in enumerate(tables.shards):
        rows = documents.of_shard(number)
        if rows.start == rows.stop:
            continue
        for texts in chunks(tables.texts(shard, documents.doc_ids[rows])):
            found = buffers(texts)
            if config.substrings:
                cut = words_of(found)
                passages.add(*_windows(cut, wanted, config))
                counts = np.diff(cut.offsets)
            if config.lines:
                own = lines_of(found, config)
                lines.add(*_wanted_lines(own, wanted))
                counts = own.words
            words.append(counts)
            progress(len(texts))
    kinds = [passages.occurrences(within=True), lines.occurrences(within=False)]
    asked = (config.substrings, config.lines)
    return Scan([kind for kind, wanted in zip(kinds, asked, strict=True) if wanted], np.concatenate(words))


def _windows(
    words: Words, wanted: KeySet, config: PassagesConfig
) -> tuple[Hashes, Hashes, Places, Places, Indices]:
    from curation_assets.passages import winnowing

    total = len(words.hashes)
    longest = int(np.diff(words.offsets).max(initial=0)) + 1
    grams, one, other = (np.empty(longest, dtype=np.uint64) for _ in range(3))
    left, right = np.empty(total, dtype=np.uint64), np.empty(total, dtype=np.uint64)
    starts, offsets = np.empty(total, dtype=np.uint32), np.zeros(len(words.offsets), dtype=np.int64)
    winnowing.windows_of_texts(
        words.hashes, words.offsets, config.gram_tokens, config.sampled_of, wanted.places,
        grams, (one, other), left, right, starts, offsets,
    )  # fmt: skip
    found = offsets[-1]
    stops = starts[:found] + np.uint32(config.substring_tokens)
    return left[:found], right[:found], starts[:found], stops, offsets


def _wanted_lines(lines: Lines, wanted: KeySet) -> tuple[Hashes, Hashes, Places, Places, Indices]:
    found = wanted.members(lines.hashes)
    offsets = np.concatenate([[0], np.cumsum(found)])[lines.offsets]
    return lines.hashes[found], lines.hashes[found], lines.starts[found], lines.stops[found], offsets


class _Numbering:
    """Gives equal passages the same number, however many chunks they come in: 24 to 32 bytes a passage,
    and 12 an occurrence."""

    def __init__(self) -> None:
        self._known = (np.empty(1 << 12, np.uint64), np.empty(1 << 12, np.uint64))
        self._table = np.full(1 << 13, 0xFFFFFFFF, np.uint32)
        self._count = 0
        self._parts: list[tuple[Places, Places, Places]] = []
        self._counts = [np.zeros(1, np.int64)]

    def add(self, left: Hashes, right: Hashes, starts: Places, stops: Places, offsets: Indices) -> None:
        from curation_assets.passages import occurring

        self._make_room(self._count + len(left))
        numbers = np.empty(len(left), dtype=np.uint32)
        self._count = occurring.number_passages(left, right, self._known, self._count, self._table, numbers)
        self._parts.append((numbers, starts.copy(), stops))
        self._counts.append(np.diff(offsets))

    def _make_room(self, needed: int) -> None:
        from curation_assets.passages import occurring

        if needed > len(self._known[0]):
            size = max(needed, 3 * len(self._known[0]) // 2)
            grown = [np.empty(size, np.uint64) for _ in self._known]
            for new, old in zip(grown, self._known, strict=True):
                new[: self._count] = old[: self._count]
            self._known = (grown[0], grown[1])
        if needed * 3 > len(self._table) * 2:
            self._table = np.full(1 << int(needed * 3 // 2).bit_length(), 0xFFFFFFFF, np.uint32)
            occurring.fill_table(self._known[0][: self._count], self._table)

    def occurrences(self, *, within: bool) -> Occurrences:
        empty = np.empty(0, np.uint32)
        numbers, starts, stops = (
            (np.concatenate([empty, *columns]) for columns in zip(*self._parts, strict=True))
            if self._parts
            else (empty, empty, empty)
        )
        offsets = np.cumsum(np.concatenate(self._counts))
        return Occurrences(numbers, starts, stops, offsets, self._count, within)


def parts_of(keys: Hashes, count: int) -> Iterator[Hashes]:
    """Cut ascending keys into ``count`` ranges of about the same number."""
    bounds = [len(keys) * part // count for part in range(count + 1)]
    for start, stop in pairwise(bounds):
        yield keys[start:stop]
