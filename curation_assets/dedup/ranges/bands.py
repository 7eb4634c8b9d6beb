"""Contents joined that share the key of a band, by ranges of keys."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.dedup.ranges.numbering import FIRST, Numbered, Numbers
from curation_assets.dedup.ranges.spill import Spill, in_blocks, ranges_of, scatter
from curation_assets.dedup.tables import Tables, band_key_matrix
from curation_assets.progress import Progress, silent

BYTES_A_ROW_OF_KEY = 32
"""What a row takes for each band until its keys have been divided: they are there up to three times."""
BYTES_A_KEY = 52
"""What ``JoinRange`` takes for a key: 12 as read, 8 in a row of its own, 8 to 16 of slots, 16 for pairs."""


def join_by_ranges(tables: Tables, numbered: Numbered, bands: int, folder: Path, spill: Spill) -> Numbers:
    """Return the smallest member of each content's component (as ``Numbered.dtype``, [contents]).

    Contents without tokens are alone. All that is held of a content is this number; pairs of equal keys come
    from the ranges, in any order, and are joined here.
    """
    from curation_assets.dedup import joining

    names = _divide(tables, numbered, bands, folder, spill)
    parents = np.arange(numbered.contents, dtype=numbered.dtype)
    for item, count in spill.compute.map(JoinRange(folder, numbered.dtype.str), names, silent):
        if count:
            path = folder / f"pairs.{item}"
            left, right = np.fromfile(path, dtype=numbered.dtype).reshape(2, count)
            joining.join_pairs(parents, left, right, np.empty(count, dtype=np.bool_))
            path.unlink()
    joining.flatten(parents)
    return parents


def joined_with_others(roots: Numbers) -> NDArray[np.bool_]:
    """Return which contents are not alone in their component (bool [contents])."""
    from curation_assets.dedup import joining

    others = np.zeros(len(roots), dtype=np.bool_)
    joining.mark_joined(roots, others)
    return others


def _record(number: str) -> np.dtype[Any]:
    return np.dtype([("key", np.uint64), ("content", number)])


def _divide(tables: Tables, numbered: Numbered, bands: int, folder: Path, spill: Spill) -> list[str]:
    """Write (key, content) of every content with tokens to the files of its band and range; return these."""
    ranges = spill.ranges(numbered.contents, BYTES_A_KEY)
    block_rows = spill.block_rows(bands * BYTES_A_ROW_OF_KEY)
    for start, stop in in_blocks(np.diff(numbered.offsets).tolist(), block_rows):
        numbers, flags = numbered.of_shards(start, stop)
        parts, chosen_contents = [np.empty((0, bands), np.uint64)], [numbers[:0]]
        for number in range(start, stop):
            rows = slice(*(numbered.offsets[number : number + 2] - numbered.offsets[start]).tolist())
            signatures = tables.signatures(tables.shards[number], ["band_keys", "tokens"])
            chosen = (signatures["tokens"].to_numpy() > 0) & ((flags[rows] & FIRST) > 0)
            parts.append(band_key_matrix(signatures["band_keys"].filter(chosen), bands))
            chosen_contents.append(numbers[rows][chosen])
        keys, contents = np.concatenate(parts), np.concatenate(chosen_contents)
        records = np.empty(len(contents), _record(numbered.dtype.str))
        records["content"] = contents
        for band in range(bands):
            records["key"] = keys[:, band]
            range_of = ranges_of((keys[:, band] >> np.uint64(32)).astype(np.uint32), ranges)
            scatter(folder, f"keys.{band}", range_of, records)
    return sorted(path.name.removeprefix("keys.") for path in folder.glob("keys.*"))


@dataclass(frozen=True)
class JoinRange:
    """Finds the pairs (first content, another) of equal keys in one range, in a worker; returns how many.

    A pair is written for each content but the first of a key, so there are fewer than keys.
    """

    folder: Path
    number: str

    def __call__(self, item: str, _progress: Progress) -> int:
        from curation_assets.dedup import joining

        path = self.folder / f"keys.{item}"
        records = np.fromfile(path, dtype=_record(self.number))
        slots = joining.slots_for(len(records))
        first, other = np.empty(len(records), slots.dtype), np.empty(len(records), slots.dtype)
        count = joining.pairs_of_equal(np.ascontiguousarray(records["key"]), slots, first, other)
        if count:
            contents = np.ascontiguousarray(records["content"])
            with (self.folder / f"pairs.{item}").open("wb") as file:
                contents[first[:count]].tofile(file)
                contents[other[:count]].tofile(file)
        path.unlink()
        return int(count)
