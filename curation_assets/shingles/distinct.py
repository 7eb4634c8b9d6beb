"""Texts as sets of shingles."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.shingles.tokens import buffers, scratch_for
from curation_assets.text.characters import character_table

Indices = NDArray[np.int64]


class ShingleSets(NamedTuple):
    """The sorted distinct shingles (uint64) of texts one behind the other; int64 [texts + 1] offsets."""

    shingles: NDArray[np.uint64]
    offsets: Indices


def shingle_sets(texts: pl.Series, shingle_words: int) -> ShingleSets:
    """Return the sets of 64-bit shingle hashes: exact but for a collision, of odds below n^2 / 2^65."""
    from curation_assets.shingles import sets as kernels

    data, offsets = buffers(texts)
    sizes = np.diff(offsets)
    scratch = scratch_for(int(sizes.max(initial=0)))
    sets = np.empty(int((sizes + 1).sum()) // 2 + 1, dtype=np.uint64)
    set_offsets = np.zeros(len(offsets), dtype=np.int64)
    kernels.shingle_texts(data, offsets, character_table(), shingle_words, scratch, sets, set_offsets)
    return ShingleSets(sets[: set_offsets[-1]], set_offsets)
