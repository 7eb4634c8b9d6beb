"""The loop that looks for faults of texts. Importing this module imports numba."""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.cleaning.kernels import utf8
from curation_assets.cleaning.kernels.utf8 import LOWEST_BITS, Bytes, before, character, eight_bytes
from curation_assets.cleaning.normalisation import fault_classes, normalise
from curation_assets.cleaning.normalisation.fault_classes import CONTINUATION_BIT, LEAD_BIT, SPACE_BIT
from curation_assets.cleaning.normalisation.normalise import Fault
from curation_assets.text.compiled import sources

PARTS = (fault_classes, normalise, utf8)
_EIGHT, _MOST_BREAKS = 8, 2
_BREAK, _SPACE, _TAB = ord("\n"), ord(" "), ord("\t")
_LAYOUT, _BROKEN, _EVERY = int(Fault.LAYOUT), int(Fault.BROKEN), int(Fault.EVERY)
_HIGHEST_BITS = LOWEST_BITS << np.uint64(7)
_FROM_SPACE = LOWEST_BITS * np.uint64(0x80 - _SPACE)


@njit(nogil=True)
def _is_plain(chunk: np.uint64) -> bool:
    """Say whether eight bytes are printable ASCII characters: below 0x7F, and not below a space."""
    return (chunk | (chunk + LOWEST_BITS)) & _HIGHEST_BITS == 0 and (
        chunk + _FROM_SPACE
    ) & _HIGHEST_BITS == _HIGHEST_BITS


@njit(nogil=True)
def _scan(data: Bytes, start: int, stop: int, classes: NDArray[np.uint16]) -> np.int64:
    """Return the faults of the text from ``start`` to ``stop``."""
    found, previous = np.int64(0), np.int64(0)
    at, breaks = start, 0
    while at < stop:
        if stop - at >= _EIGHT and _is_plain(eight_bytes(data, at)):
            at, previous, breaks = at + _EIGHT, np.int64(0), 0
            continue
        code, width = character(data, at)
        kind = np.int64(classes[code])
        found |= kind
        if previous & LEAD_BIT and kind & CONTINUATION_BIT:
            found |= _BROKEN
        breaks = breaks + 1 if code == _BREAK else 0
        if breaks > _MOST_BREAKS or (breaks == 1 and _is_superfluous(data, start, at)):
            found |= _LAYOUT
        previous = kind
        at += width
    if stop > start and classes[character(data, before(data, stop))[0]] & SPACE_BIT:
        found |= _LAYOUT
    return found & _EVERY


@njit(nogil=True)
def _is_superfluous(data: Bytes, start: int, line_break: int) -> bool:
    """Say whether the text begins with this line break, or has spaces before it."""
    return line_break == start or data[line_break - 1] == _SPACE or data[line_break - 1] == _TAB


def _compiled(made_of: str) -> Callable[..., None]:
    @njit(cache=True, nogil=True)
    def scan_faults(
        data: Bytes, offsets: NDArray[np.int64], classes: NDArray[np.uint16], found: NDArray[np.int64]
    ) -> None:
        assert made_of  # see ``sources``
        for text in range(len(offsets) - 1):
            found[text] = _scan(data, offsets[text], offsets[text + 1], classes)

    return scan_faults


scan_faults = _compiled(sources(*PARTS))
"""Write the faults of each text (int64 [texts]); ``data`` and ``offsets`` are those of ``text_buffers``."""
