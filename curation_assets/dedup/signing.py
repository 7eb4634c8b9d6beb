"""What is made of a text's shingles to find copies of it, compiled by numba: minima and band keys.

As for ``kernels``: import it inside functions only; every kernel works on arrays that its caller allocates.
"""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.shingles import bits, kernels
from curation_assets.shingles.kernels import Hashes, Indices, Words32, mix
from curation_assets.shingles.tokens import Scratch
from curation_assets.text.compiled import sources

PARTS = (bits, kernels)
HALF, STEP = np.uint64(32), np.uint64(0x9E3779B97F4A7C15)
LARGEST_32 = np.uint32(0xFFFFFFFF)
AT_ONCE = 8
"""Shingles that each minimum is compared with before it is stored again."""


@njit(cache=True, nogil=True)
def smallest_values(
    shingles: Hashes, count: int, multipliers: Words32, addends: Words32, minima: Words32
) -> None:
    """minima[k] = the smallest multipliers[k] * (shingle >> 32) + addends[k], modulo 2^32.

    The loop over k is made of vector instructions; the last shingle is repeated to a multiple of AT_ONCE.
    """
    for at in range(count, -(-count // AT_ONCE) * AT_ONCE):
        shingles[at] = shingles[count - 1]
    minima[:] = LARGEST_32
    for at in range(0, count, AT_ONCE):
        a, b = np.uint32(shingles[at] >> HALF), np.uint32(shingles[at + 1] >> HALF)
        c, d = np.uint32(shingles[at + 2] >> HALF), np.uint32(shingles[at + 3] >> HALF)
        e, f = np.uint32(shingles[at + 4] >> HALF), np.uint32(shingles[at + 5] >> HALF)
        g, h = np.uint32(shingles[at + 6] >> HALF), np.uint32(shingles[at + 7] >> HALF)
        for k in range(len(multipliers)):
            by, plus = multipliers[k], addends[k]
            first = min(np.uint32(by * a + plus), np.uint32(by * b + plus))
            second = min(np.uint32(by * c + plus), np.uint32(by * d + plus))
            third = min(np.uint32(by * e + plus), np.uint32(by * f + plus))
            fourth = min(np.uint32(by * g + plus), np.uint32(by * h + plus))
            minima[k] = min(minima[k], min(min(first, second), min(third, fourth)))


@njit(cache=True, nogil=True)
def hash_bands(minima: Words32, rows: int, keys: Hashes) -> None:
    """keys[b] = hash of band b's number and its ``rows`` minima."""
    for band in range(len(keys)):
        state = np.uint64(band + 1) * STEP
        for row in range(band * rows, band * rows + rows):
            state = mix(state ^ np.uint64(minima[row]))
        keys[band] = state


def _signing(made_of: str) -> Callable[..., None]:
    """Return the pass over texts that signs them, kept as long as its sources are the same."""

    @njit(cache=True, nogil=True)
    def sign(
        data: NDArray[np.uint8],
        offsets: Indices,
        table: Words32,
        width: int,
        rows: int,
        maps: tuple[Words32, Words32],
        scratch: Scratch,
        minima: Words32,
        counts: Indices,
        exact: Hashes,
        keys: Hashes,
    ) -> None:
        """Write of every text its minima, number of tokens, exact hash (uint64 [2]) and band keys.

        ``maps``: multipliers and addends, as many as a row of ``minima``. Minima and keys of a text without
        tokens mean nothing.
        """
        assert made_of  # see ``sources``
        stream = scratch.words.view(np.uint8)
        for text in range(len(offsets) - 1):
            length = kernels.fold_text(data, offsets[text], offsets[text + 1], table, stream)
            count = kernels.find_tokens(scratch.words, length, scratch.borders)
            kernels.hash_text(scratch.words, scratch.borders, count, scratch.tokens, exact[text])
            shingles = kernels.roll_shingles(scratch.tokens, count, width, scratch.shingles)
            smallest_values(scratch.shingles, shingles, maps[0], maps[1], minima[text])
            hash_bands(minima[text], rows, keys[text])
            counts[text] = count

    return sign


sign_texts = _signing(sources(*PARTS))
