"""The set of a text's shingles, compiled by numba.

As for ``kernels``: import it inside functions only; every kernel works on arrays that its caller allocates.
"""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.shingles import bits, kernels
from curation_assets.shingles.kernels import Hashes, Indices, Words32
from curation_assets.shingles.tokens import Scratch
from curation_assets.text.compiled import sources

PARTS = (bits, kernels)
HALF = np.uint64(32)
FREE, LARGEST, ONE = np.uint64((1 << 64) - 1), np.uint64((1 << 64) - 2), np.uint64(1)
STEPS_EACH, SLOTS_EACH, SPARE = 16, 3, 64
"""Steps and slots a shingle; slots beyond the last that leading bits can tell."""


@njit(cache=True, nogil=True)
def sort_distinct(shingles: Hashes, count: int, slots: Hashes, out: Hashes) -> int:
    """Write the shingles' ascending set to ``out``; return its size. One item more of ``out`` is overwritten.

    Each hash is put near the slot that its leading bits tell, behind smaller and before larger ones; two of
    three slots stay free, so that it moves few. 5.4 ns a shingle; numpy's vectorised sort takes 20. If many
    have their leading bits in common, which is not by chance, they are sorted by comparison.
    """
    wide, steps = np.uint64(SLOTS_EACH * count), np.int64(STEPS_EACH * count)
    last = SLOTS_EACH * count + SPARE - 1
    slots[: last + 1] = FREE
    for at in range(count):
        value = min(shingles[at], LARGEST)
        home = (value >> HALF) * wide >> HALF
        slot = home
        while slots[slot] < value:
            slot += ONE
        if slots[slot] != value:
            while value != FREE:
                slots[slot], value = value, slots[slot]
                slot += ONE
        steps -= np.int64(slot - home)
        if steps < 0 or slot >= last:
            return sort_crowded(shingles[:count], out)
    written = 0
    for place in range(last):
        out[written] = slots[place]
        written += slots[place] != FREE
    return written


@njit(cache=True, nogil=True)
def sort_crowded(shingles: Hashes, out: Hashes) -> int:
    """Do the same in n log n, whatever the hashes."""
    written = 0
    for value in np.sort(shingles):
        value = min(value, LARGEST)
        if written == 0 or value != out[written - 1]:
            out[written] = value
            written += 1
    return written


def _shingling(made_of: str) -> Callable[..., None]:
    """Return the pass over texts that makes their shingle sets, kept as long as its sources are the same."""

    @njit(cache=True, nogil=True)
    def shingle(
        data: NDArray[np.uint8],
        offsets: Indices,
        table: Words32,
        width: int,
        scratch: Scratch,
        sets: Hashes,
        set_offsets: Indices,
    ) -> None:
        """Write the texts' ascending sets of shingles one behind the other; set_offsets[0] is 0."""
        assert made_of  # see ``sources``
        stream = scratch.words.view(np.uint8)
        for text in range(len(offsets) - 1):
            length = kernels.fold_text(data, offsets[text], offsets[text + 1], table, stream)
            count = kernels.find_tokens(scratch.words, length, scratch.borders)
            kernels.hash_tokens(scratch.words, scratch.borders, count, scratch.tokens)
            shingles = kernels.roll_shingles(scratch.tokens, count, width, scratch.shingles)
            size = sort_distinct(scratch.shingles, shingles, scratch.slots, sets[set_offsets[text] :])
            set_offsets[text + 1] = set_offsets[text] + size

    return shingle


shingle_texts = _shingling(sources(*PARTS))
