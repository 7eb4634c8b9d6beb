"""Candidate pairs verified by the true Jaccard index of their shingle sets, in bounded memory."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from curation_assets.dedup.candidates import Candidates
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.pairs import PAIRS_AT_ONCE, PairHeap, Pairs, sorted_pairs
from curation_assets.dedup.sources import least_threshold
from curation_assets.progress import Progress
from curation_assets.shingles.distinct import ShingleSets
from curation_assets.shingles.store import ShingleStore, block_bounds

Indices = NDArray[np.int64]


def needed(candidates: Candidates, fresh: NDArray[np.bool_] | None) -> Indices:
    """Return the positions (int64) whose sets ``verified_pairs`` looks at.

    Args:
        fresh: bool [contents], as there.
    """
    if fresh is None:
        return np.arange(len(candidates.documents))
    numbers = np.cumsum(np.diff(candidates.component, prepend=candidates.component[:1]) != 0)
    with_fresh = np.bincount(numbers, weights=fresh[candidates.documents]) > 0
    return np.flatnonzero(with_fresh[numbers]) if len(numbers) else numbers


def verified_pairs(
    candidates: Candidates,
    tokens: Indices,
    sets: ShingleStore,
    config: DedupConfig,
    progress: Progress,
    *,
    block_tokens: int,
    all_pairs_limit: int,
    fresh: NDArray[np.bool_] | None = None,
    thresholds: NDArray[np.float64] | None = None,
) -> Pairs:
    """Return the candidate pairs whose Jaccard index is at least ``config.jaccard_threshold``, sorted.

    Blocks of about ``block_tokens`` tokens are compared with each other, so two of them are in memory at a
    time; pairs are never listed before they are verified. Where there are too many, see ``pairs.thinned``.

    Args:
        tokens: int64 [contents].
        sets: of the positions that are ``needed``.
        fresh: bool [contents]; if given, only pairs with such an end are looked at.
        thresholds: float64 [contents]; if given, a pair must reach the greater of its ends' instead.
    """
    marked = np.ones(len(candidates.documents), np.bool_) if fresh is None else fresh[candidates.documents]
    asked = None if thresholds is None else thresholds[candidates.documents]
    cuts = block_bounds(tokens[candidates.documents], block_tokens)
    found = PairHeap(len(candidates.documents), all_pairs_limit)
    for number, rows in enumerate(cuts):
        row_sets = None
        last = np.searchsorted(candidates.component, candidates.component[rows[1] - 1], side="right")
        for columns in cuts[number:]:
            if columns[0] >= last:
                break
            if not marked[slice(*rows)].any() and not marked[slice(*columns)].any():
                continue
            row_sets = row_sets or sets.between(*rows)
            column_sets = row_sets if columns == rows else sets.between(*columns)
            for pairs in _tile(
                candidates.keys, marked, rows, columns, (row_sets, column_sets), least_threshold(config)
            ):
                found.add(pairs if asked is None else _reaching(pairs, asked))
        progress(rows[1] - rows[0])
    left, right, similarity = found.all()
    return sorted_pairs(candidates.documents[left], candidates.documents[right], similarity)


def _reaching(pairs: Pairs, asked: NDArray[np.float64]) -> Pairs:
    return pairs.at(pairs.similarity >= np.maximum(asked[pairs.left], asked[pairs.right]))


def similarity_of_pairs(
    left: Indices, right: Indices, tokens: Indices, sets: ShingleStore, *, block_tokens: int
) -> NDArray[np.float64]:
    """Return the Jaccard index (float64 [pairs]) of sets that need not be candidates, in bounded memory.

    Args:
        left, right: int64 [pairs], numbers in ``sets``.
        tokens: int64 [numbers].
    """
    from curation_assets.dedup import joining

    similarity = np.empty(len(left), dtype=np.float64)
    for start, stop in block_bounds(tokens[left] + tokens[right], block_tokens):
        wanted, places = np.unique(np.concatenate([left[start:stop], right[start:stop]]), return_inverse=True)
        ends = places.astype(np.int64).reshape(2, -1)
        joining.jaccard_of_pairs(*sets.at(wanted), ends[0], ends[1], similarity[start:stop])
    return similarity


def _tile(
    keys: NDArray[np.uint64],
    fresh: NDArray[np.bool_],
    rows: tuple[int, int],
    columns: tuple[int, int],
    sets: tuple[ShingleSets, ShingleSets],
    threshold: float,
) -> Iterator[Pairs]:
    """Yield the verified pairs of positions in ``rows`` x ``columns``, about PAIRS_AT_ONCE at a time."""
    from curation_assets.dedup import joining

    height, width = rows[1] - rows[0], columns[1] - columns[0]
    items = np.arange(*rows) if rows == columns else np.concatenate([np.arange(*rows), np.arange(*columns)])
    own = keys[items]
    slots = joining.slots_for(len(items))
    following = np.empty((own.shape[1], len(items)), dtype=slots.dtype)
    for band, column in enumerate(own.T):
        joining.chain_equal(np.ascontiguousarray(column), slots, following[band])
    size = max(width, min(PAIRS_AT_ONCE, width * height))
    left, right = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    similarity = np.empty(size, dtype=np.float64)
    begin = 0
    while begin < height:
        begin, written = joining.verify_tile(
            own,
            following,
            fresh[items],
            len(items) - width,
            (sets[0].shingles, sets[0].offsets),
            (sets[1].shingles, sets[1].offsets),
            threshold,
            begin,
            left,
            right,
            similarity,
        )
        if written:
            yield Pairs(left[:written] + rows[0], right[:written] + columns[0], similarity[:written].copy())
