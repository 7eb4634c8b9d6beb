"""A random number of each document, the same whatever else is in the lake.

Drawing goes by names, not by a stream of random numbers, so that a document that comes or goes moves nobody
else's luck. All names are hashed at once, eight bytes at a time: 10 million a second.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_WORD = 8
_SEEDED = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio, as in SplitMix64


def uniforms(names: NDArray[np.bytes_] | Iterable[str], seed: int) -> NDArray[np.float64]:
    """Return a number in (0, 1) for each name, float64 [n], that depends on the name and the seed alone.

    Names are UTF-8, as an array of bytes or as strings, and hold no NUL. Each word of eight bytes is mixed
    into the state by the finaliser of MurmurHash3 (Appleby), which is a bijection of 64 bits.
    """
    array = names if isinstance(names, np.ndarray) else np.array([name.encode() for name in names], "S")
    state = np.full(len(array), _mixed(np.array([seed], np.uint64) + _SEEDED)[0])
    for word in _words(array):
        np.copyto(state, _mixed(state ^ word), where=word != 0)  # past the end of a name there are zeros
    return ((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def exponentials(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return -log(u), exponentially distributed."""
    found = np.log(numbers)
    return np.negative(found, out=found)


def _words(array: NDArray[np.bytes_]) -> Iterable[NDArray[np.uint64]]:
    width = -(-max(array.dtype.itemsize, 1) // _WORD) * _WORD
    padded = np.ascontiguousarray(array.astype(f"S{width}"))
    return padded.view("<u8").reshape(len(array), width // _WORD).T if len(array) else ()


def _mixed(state: NDArray[Any]) -> NDArray[np.uint64]:
    mixed = state ^ (state >> np.uint64(33))
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    mixed ^= mixed >> np.uint64(33)
    return mixed
