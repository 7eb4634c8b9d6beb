"""The keys of texts, compiled by numba.

Schleimer, Wilkerson and Aiken 2003, Winnowing: Local Algorithms for Document Fingerprinting, SIGMOD: of the
hashes of each ``window`` shingles in a row the smallest is a key, so of random ones 2 of ``window + 1``. A
text with fewer shingles is one window.

As for ``shingles.kernels``: import it inside functions only; every kernel works on arrays that its caller
allocates.
"""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.shingles import bits, kernels, sets
from curation_assets.shingles.kernels import Hashes, Indices, Words32
from curation_assets.shingles.tokens import Scratch
from curation_assets.text.compiled import sources

PARTS = (bits, kernels, sets)
ONE = np.uint64(1)


@njit(cache=True, nogil=True)
def winnow(shingles: Hashes, count: int, window: int, found: Hashes) -> int:
    """Write the smallest shingle of each window, once for each of its places; return how many."""
    written, kept = 0, -1
    wide = min(window, count)
    for start in range(count - wide + 1 if count else 0):
        last = start + wide - 1
        if kept < start:
            kept = start
            for at in range(start + 1, last + 1):
                if shingles[at] <= shingles[kept]:
                    kept = at
        elif shingles[last] <= shingles[kept]:
            kept = last
        else:
            continue
        found[written] = max(shingles[kept], ONE)  # 0 marks a free place of a table
        written += 1
    return written


@njit(cache=True, nogil=True)
def distinct_ascending(values: Hashes, keys: Hashes) -> int:
    """Write the values sorted, each once; return how many."""
    written = 0
    for value in np.sort(values):
        if written == 0 or keys[written - 1] != value:
            keys[written] = value
            written += 1
    return written


def _keying(made_of: str) -> Callable[..., None]:
    """Return the pass over texts that makes their keys, kept as long as its sources are the same."""

    @njit(cache=True, nogil=True)
    def key(
        data: NDArray[np.uint8],
        offsets: Indices,
        table: Words32,
        width: int,
        window: int,
        scratch: Scratch,
        spare: Hashes,
        keys: Hashes,
        key_offsets: Indices,
        sizes: Indices,
    ) -> None:
        """Write of every text its keys, ascending, and how many distinct shingles it has.

        ``spare``: as many items as ``scratch.shingles``. key_offsets[0] is 0.
        """
        assert made_of  # see ``sources``
        stream = scratch.words.view(np.uint8)
        for text in range(len(offsets) - 1):
            length = kernels.fold_text(data, offsets[text], offsets[text + 1], table, stream)
            count = kernels.find_tokens(scratch.words, length, scratch.borders)
            kernels.hash_tokens(scratch.words, scratch.borders, count, scratch.tokens)
            shingles = kernels.roll_shingles(scratch.tokens, count, width, scratch.shingles)
            found = winnow(scratch.shingles, shingles, window, spare)
            own = distinct_ascending(spare[:found], keys[key_offsets[text] :])
            key_offsets[text + 1] = key_offsets[text] + own
            sizes[text] = sets.sort_distinct(scratch.shingles, shingles, scratch.slots, spare)

    return key


key_texts = _keying(sources(*PARTS))
