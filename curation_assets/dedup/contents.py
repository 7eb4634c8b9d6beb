"""Documents of the same words share a content; contents are numbered in the order of their exact hashes.

Whether two contents are copies depends on these two alone, so everything but the choice of the kept document
is decided between contents. Their numbers follow from the hashes, so an order by number is the same order
whatever rows there are.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from curation_assets.dedup.tables import Tables, check_unique

Indices = NDArray[np.int64]
Hashes = NDArray[np.bytes_]
"""128-bit hashes as they are ordered in hexadecimal, dtype S16."""

HASH_DIGITS = 32
_DIGIT = np.full(256, 0xFF, dtype=np.uint8)
_DIGIT[np.frombuffer(b"0123456789abcdef", dtype=np.uint8)] = np.arange(16)


class Contents(NamedTuple):
    """The contents of a lake. A row's number counts the rows of the shards before its own, too.

    Attributes:
        hashes: S16 [contents], ascending.
        tokens: int64 [contents].
        first: int64 [contents], the first row that has the content.
        of_row: int64 [rows].
        offsets: int64 [shards + 1], the number of each shard's first row.
        characters: of all rows together.
    """

    hashes: Hashes
    tokens: Indices
    first: Indices
    of_row: Indices
    offsets: Indices
    characters: int

    def rows_of(self, number: int) -> slice:
        """Return the rows of the shard with that number."""
        return slice(int(self.offsets[number]), int(self.offsets[number + 1]))

    def firsts_in(self, number: int, wanted: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Indices]:
        """Return which rows of a shard are the first of a wanted content, and those contents.

        Args:
            wanted: bool [contents].
        """
        rows = self.rows_of(number)
        contents = self.of_row[rows]
        chosen = self.first[contents] == np.arange(rows.start, rows.stop)
        chosen &= wanted[contents]
        return chosen, contents[chosen]

    def texts(self, tables: Tables, wanted: Indices) -> Iterator[tuple[Indices, pl.Series]]:
        """Fetch the texts of wanted contents shard by shard, see ``shingles.store.FetchTexts``."""
        rows = self.first[wanted]
        order = np.argsort(rows, kind="stable")
        bounds = np.searchsorted(rows[order], self.offsets)
        for number, (start, stop) in enumerate(pairwise(bounds.tolist())):
            if start < stop:
                shard, among = tables.shards[number], order[start:stop]
                doc_ids = tables.signatures(shard, ["doc_id"])[rows[among] - self.offsets[number]]
                yield among, tables.texts(doc_ids.with_columns(shard=pl.lit(shard, pl.String)))


def number_contents(tables: Tables, most: int | None = None) -> Contents | None:
    """Read all shards and number their contents; 24 bytes a document stay, about 80 are needed on the way.

    Returns:
        None if there are more than ``most`` documents.

    Raises:
        ValueError: a doc_id is there twice in a shard.
    """
    hashes, tokens = [np.empty(0, "S16")], [np.empty(0, np.int32)]
    heights, characters, count = [0], 0, 0
    for shard in tables.shards:
        rows = tables.signatures(shard, ["doc_id", "exact_hash", "characters", "tokens"])
        check_unique(rows, shard)
        hashes.append(packed(rows["exact_hash"]))
        tokens.append(rows["tokens"].cast(pl.Int32).to_numpy())
        heights.append(rows.height)
        characters += int(rows["characters"].sum())
        count += rows.height
        if most is not None and count > most:
            return None
    distinct, first, of_row = np.unique(np.concatenate(hashes), return_index=True, return_inverse=True)
    return Contents(
        distinct,
        np.concatenate(tokens)[first].astype(np.int64),
        first.astype(np.int64),
        of_row.astype(np.int64),
        np.cumsum(heights, dtype=np.int64),
        characters,
    )


def packed(hashes: pl.Series) -> Hashes:
    """Return hashes of 32 hexadecimal digits (String) as S16.

    Raises:
        ValueError: one is of another form.
    """
    if not len(hashes):
        return np.empty(0, "S16")
    array = hashes.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    digits = _DIGIT[np.frombuffer(data, dtype=np.uint8)[bounds[0] : bounds[-1]]]
    if array.null_count or (np.diff(bounds) != HASH_DIGITS).any() or (digits > 0xF).any():
        raise ValueError(f"signatures: exact_hash must be {HASH_DIGITS} hexadecimal digits")
    return (digits[0::2] << 4 | digits[1::2]).view("S16")


def hexadecimal(hashes: Hashes) -> pl.Series:
    """Return packed hashes as they were."""
    digits = pa.py_buffer(np.ascontiguousarray(hashes).tobytes().hex().encode())
    bounds = np.arange(len(hashes) + 1, dtype=np.int64) * HASH_DIGITS
    column = pa.LargeStringArray.from_buffers(len(hashes), pa.py_buffer(bounds), digits)
    return pl.Series(column, dtype=pl.String)


def positions(among: Hashes, hashes: Hashes) -> Indices:
    """Return the position of each hash among ascending ones.

    Raises:
        ValueError: one is not among them; tables that do not belong together have been mixed.
    """
    found = np.searchsorted(among, hashes).astype(np.int64)
    if len(hashes) and (not len(among) or (among[np.minimum(found, len(among) - 1)] != hashes).any()):
        raise ValueError("duplicate_edges: an exact_hash is not in the tables that it is looked up in")
    return found
