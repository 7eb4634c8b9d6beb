"""Whether code blocks hold what ``page_source.escape_code`` may take for text. It imports numba.

It is given the tags of a page in order. Where it finds nothing, the regular expressions need not look.
"""

import numpy as np
from numba import njit

from curation_assets.cleaning.pages.page_bytes import Bytes, Integers, blank

_GREATER = ord(">")
# Of a block: the element that it is, its depth, its number, and elements that it has opened but not closed.
_KIND, _DEPTH, _NUMBER, _PENDING = range(4)


@njit(nogil=True)
def new_block(known: int) -> tuple[Integers, Integers]:
    """Return a block that is not open, and the last block to open and close each known element."""
    block, seen = np.zeros(4, np.int64), np.zeros((known, 2), np.int64)
    block[_NUMBER] = 1
    return block, seen


@njit(nogil=True)
def in_block(block: Integers) -> bool:
    """Say whether a block is open."""
    return block[_DEPTH] > 0


@njit(nogil=True)
def is_block_tag(data: Bytes, name_end: int, stop: int) -> bool:
    """Say whether the tag, of an element that holds code, is whole and no ``<code/>``."""
    if stop >= len(data) or data[stop] != _GREATER:
        return False
    return name_end == stop or blank(data, name_end) > 0


@njit(nogil=True)
def note_paired(block: Integers, seen: Integers, name: int, closing: bool) -> None:
    """Note a tag in a block, of an element that is closed by one."""
    this, other = (1, 0) if closing else (0, 1)
    if seen[name, this] == block[_NUMBER]:
        return
    seen[name, this] = block[_NUMBER]
    if closing:
        block[_PENDING] -= seen[name, other] == block[_NUMBER]
    else:
        block[_PENDING] += seen[name, other] != block[_NUMBER]


@njit(nogil=True)
def open_or_close(block: Integers, seen: Integers, name: int, closing: bool) -> bool:
    """Note a tag that may be a block's; say whether it ends one that opens an element it does not close."""
    if block[_DEPTH] == 0:
        if not closing:
            block[_KIND], block[_DEPTH], block[_PENDING] = name, 1, 0
            block[_NUMBER] += 1
    elif block[_KIND] == name:
        block[_DEPTH] += -1 if closing else 1
        if block[_DEPTH] == 0:
            return block[_PENDING] > 0
        note_paired(block, seen, name, closing)
    else:
        note_paired(block, seen, name, closing)
    return False
