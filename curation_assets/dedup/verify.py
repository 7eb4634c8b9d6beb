"""Candidate pairs verified by the true Jaccard index of their shingle sets, in bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.dedup.candidates import Candidates
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.signatures import shingles
from curation_assets.dedup.tokens import tokenise
from curation_assets.progress import Progress

Indices = NDArray[np.int64]
Texts = Callable[[Indices], pl.Series]
"""Fetches the texts (String) of the documents with the given indices, in that order."""

ALL_PAIRS_LIMIT = 2_000
"""The largest component of candidates of which every verified pair is kept, see ``verified_pairs``."""
PAIRS_AT_ONCE = 1 << 20


class ShingleSets(NamedTuple):
    """The sorted distinct shingles (uint64) of texts one behind the other; int64 [texts + 1] offsets."""

    shingles: NDArray[np.uint64]
    offsets: Indices


class Pairs(NamedTuple):
    """Pairs (left < right) of documents or positions, and their Jaccard index."""

    left: Indices
    right: Indices
    similarity: NDArray[np.float64]

    def at(self, index: NDArray[np.generic]) -> "Pairs":
        """Return the pairs that an index or mask selects."""
        return Pairs(self.left[index], self.right[index], self.similarity[index])


def joined(parts: Sequence[Pairs]) -> Pairs:
    """Return all pairs of the parts, which are at least one."""
    left, right, similarity = zip(*parts, strict=True)
    return Pairs(np.concatenate(left), np.concatenate(right), np.concatenate(similarity))


def shingle_sets(texts: pl.Series, shingle_words: int) -> ShingleSets:
    """Return the sets of 64-bit shingle hashes: exact but for a collision, of odds below n^2 / 2^65."""
    from curation_assets.dedup import kernels

    hashes, offsets = shingles(tokenise(texts), shingle_words)
    bounds = offsets.tolist()
    for start, stop in pairwise(bounds):
        hashes[start:stop].sort()
    kernels.distinct_sorted(hashes, offsets)
    return ShingleSets(hashes[: offsets[-1]], offsets)


def verified_pairs(
    candidates: Candidates,
    tokens: Indices,
    texts: Texts,
    config: DedupConfig,
    progress: Progress,
    *,
    block_tokens: int,
    all_pairs_limit: int,
) -> Pairs:
    """Return the candidate pairs whose Jaccard index is at least ``config.jaccard_threshold``, sorted.

    Blocks of about ``block_tokens`` tokens are compared with each other, so two of them are in memory at a
    time; pairs are never listed before they are verified.

    Among n near copies n (n - 1) / 2 pairs pass. Of a component of more than ``all_pairs_limit`` candidates
    only the maximum spanning forest is kept (by similarity, then the smaller ends): it depends on the set of
    documents alone, has the same components, and takes memory linear in n.

    Args:
        tokens: int64 [documents].
    """
    cuts = _block_bounds(tokens[candidates.documents], block_tokens)
    crowded = np.bincount(candidates.component)[candidates.component] > all_pairs_limit
    found = _Found(crowded)
    for number, rows in enumerate(cuts):
        row_sets = shingle_sets(texts(candidates.documents[rows[0] : rows[1]]), config.shingle_words)
        last = np.searchsorted(candidates.component, candidates.component[rows[1] - 1], side="right")
        for columns in cuts[number:]:
            if columns[0] >= last:
                break
            column_sets = row_sets
            if columns != rows:
                of_columns = texts(candidates.documents[columns[0] : columns[1]])
                column_sets = shingle_sets(of_columns, config.shingle_words)
            for pairs in _tile(candidates, rows, columns, row_sets, column_sets, config.jaccard_threshold):
                found.add(pairs)
        progress(rows[1] - rows[0])
    left, right, similarity = found.all()
    return sorted_pairs(candidates.documents[left], candidates.documents[right], similarity)


def similarity_of_pairs(
    left: Indices, right: Indices, tokens: Indices, texts: Texts, config: DedupConfig, *, block_tokens: int
) -> NDArray[np.float64]:
    """Return the Jaccard index (float64 [pairs]) of documents that need not be candidates, in bounded memory.

    Args:
        tokens: int64 [documents].
    """
    from curation_assets.dedup import kernels

    similarity = np.empty(len(left), dtype=np.float64)
    for start, stop in _block_bounds(tokens[left] + tokens[right], block_tokens):
        wanted, places = np.unique(np.concatenate([left[start:stop], right[start:stop]]), return_inverse=True)
        sets = shingle_sets(texts(wanted), config.shingle_words)
        ends = places.astype(np.int64).reshape(2, -1)
        kernels.jaccard_of_pairs(*sets, ends[0], ends[1], similarity[start:stop])
    return similarity


def sorted_pairs(left: Indices, right: Indices, similarity: NDArray[np.float64]) -> Pairs:
    """Return the pairs with the smaller end on the left, ordered by both ends."""
    small, large = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((large, small))
    return Pairs(small[order], large[order], similarity[order])


def spanning_forest(pairs: Pairs, count: int) -> Pairs:
    """Return the maximum spanning forest; ties go to the smaller ends, so that it is unique."""
    from curation_assets.dedup import kernels

    order = np.lexsort((pairs.right, pairs.left, -pairs.similarity))
    pairs = pairs.at(order)
    links = np.empty(len(order), dtype=np.bool_)
    kernels.join_pairs(np.arange(count, dtype=np.int64), pairs.left, pairs.right, links)
    return pairs.at(links)


class _Found:
    """Collects verified pairs; those of crowded components are thinned out to their forest on the way."""

    def __init__(self, crowded: NDArray[np.bool_]) -> None:
        self._crowded = crowded
        self._kept: list[Pairs] = []
        self._forest = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))

    def add(self, pairs: Pairs) -> None:
        thin = self._crowded[pairs.left]
        self._kept.append(pairs.at(~thin))
        if thin.any():  # the forest of a union is the forest of its parts' forests
            self._forest = spanning_forest(joined([self._forest, pairs.at(thin)]), len(self._crowded))

    def all(self) -> Pairs:
        return joined([self._forest, *self._kept])


def _block_bounds(tokens: Indices, block_tokens: int) -> list[tuple[int, int]]:
    """Cut [0, n) into blocks that hold about ``block_tokens`` tokens each, and at least one item."""
    block = np.cumsum(tokens) // max(1, block_tokens)
    bounds = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(tokens)]
    return [(start, stop) for start, stop in pairwise(bounds) if stop > start]


def _tile(
    candidates: Candidates,
    rows: tuple[int, int],
    columns: tuple[int, int],
    row_sets: ShingleSets,
    column_sets: ShingleSets,
    threshold: float,
) -> Iterator[Pairs]:
    """Yield the verified pairs of positions in ``rows`` x ``columns``, about PAIRS_AT_ONCE at a time."""
    from curation_assets.dedup import kernels

    width = columns[1] - columns[0]
    size = max(width, min(PAIRS_AT_ONCE, width * (rows[1] - rows[0])))
    left, right = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    similarity = np.empty(size, dtype=np.float64)
    begin = rows[0]
    while begin < rows[1]:
        begin, written = kernels.verify_tile(
            candidates.keys,
            candidates.members,
            candidates.ranks,
            rows,
            columns,
            (row_sets.shingles, row_sets.offsets),
            (column_sets.shingles, column_sets.offsets),
            threshold,
            begin,
            left,
            right,
            similarity,
        )
        if written:
            yield Pairs(left, right, similarity).at(np.arange(written))
