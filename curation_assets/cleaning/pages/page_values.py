"""Finds the values of classes, ids and roles in the bytes of a page. Importing this module imports numba."""

from collections.abc import Callable, Iterable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.cleaning.pages import page_bytes
from curation_assets.cleaning.pages.page_bytes import Bytes, Integers, blank
from curation_assets.text.compiled import sources

PARTS = (page_bytes,)
ATTRIBUTES = ("class", "id", "role")
BUCKETS = 1 << 14
_FACTOR = 31
_EQUALS, _QUOTE, _APOSTROPHE, _LESS, _GREATER = map(ord, "=\"'<>")
_CLASS, _ID, _ROLE = (np.frombuffer(name.encode(), np.uint8) for name in ATTRIBUTES)


def buckets_of(words: Iterable[str]) -> NDArray[np.bool_]:
    """Return the table [BUCKETS] by which words in lower case are found, and a few others with them."""
    table = np.zeros(BUCKETS, np.bool_)
    for word in words:
        bucket = 0
        for letter in word.encode():
            bucket = (bucket * _FACTOR + letter - 96) % BUCKETS
        table[bucket] = True
    return table


@njit(nogil=True)
def _attribute(data: Bytes, equals: int) -> int:
    """Return which attribute's name ends before the equals sign, or -1."""
    last = data[equals - 1] if equals > 0 else 0
    if last == 115 and _ends_with(data, equals, _CLASS):
        return 0
    if last == 100 and _ends_with(data, equals, _ID):
        return 1
    return 2 if last == 101 and _ends_with(data, equals, _ROLE) else -1


@njit(nogil=True)
def _ends_with(data: Bytes, stop: int, name: Bytes) -> bool:
    if stop < len(name):
        return False
    for index in range(len(name)):  # noqa: SIM110 (a generator costs more when compiled)
        if data[stop - len(name) + index] != name[index]:
            return False
    return True


@njit(nogil=True)
def _value_end(data: Bytes, start: int) -> int:
    """Return where the value that starts there ends, its quotes counted in, or the start if there is none."""
    size, position = len(data), start
    quote = data[start] if start < size else 0
    if quote in (_QUOTE, _APOSTROPHE):
        position += 1
        while position < size and data[position] not in (quote, _LESS, _GREATER):
            position += 1
        return position + 1 if position < size and data[position] == quote else start
    while position < size and data[position] not in (_QUOTE, _APOSTROPHE, _LESS, _GREATER):
        if blank(data, position):
            break
        position += 1
    return position


@njit(nogil=True)
def _has_word(data: Bytes, start: int, stop: int, buckets: NDArray[np.bool_]) -> bool:
    """Say whether a word is in the table: as of ``[A-Z]?[a-z]+|[A-Z]+(?![a-z])``."""
    bucket, letters, was_lower = 0, 0, False
    for position in range(start, stop + 1):
        byte = data[position] if position < stop else 0
        is_upper, is_lower = 65 <= byte <= 90, 97 <= byte <= 122
        # A capital begins a word after a small letter, and before one.
        begins = is_upper and (was_lower or (position + 1 < stop and 97 <= data[position + 1] <= 122))
        if letters and (begins or not (is_upper or is_lower)):
            if buckets[bucket]:
                return True
            bucket = letters = 0
        if is_upper or is_lower:
            bucket = (bucket * _FACTOR + (byte | 32) - 96) % BUCKETS
            letters += 1
        was_lower = is_lower
    return False


def _compiled(made_of: str) -> Callable[..., int]:
    @njit(cache=True, nogil=True)
    def scan_values(data: Bytes, buckets: NDArray[np.bool_], rows: Integers) -> int:
        assert made_of  # see ``sources``
        count = 0
        ends = np.zeros(3, np.int64)
        names = np.array((5, 2, 4))
        for equals in range(len(data)):
            if data[equals] != _EQUALS:
                continue
            attribute = _attribute(data, equals)
            if attribute < 0 or equals - names[attribute] < ends[attribute]:
                continue
            stop = _value_end(data, equals + 1)
            if stop == equals + 1:
                continue
            ends[attribute] = stop
            if _has_word(data, equals + 1, stop, buckets):
                rows[count] = (attribute, equals + 1, stop)
                count += 1
        return count

    return scan_values


scan_values = _compiled(sources(*PARTS))
"""Fill ``rows`` (int64 [rows, 3], one for every three bytes) with attribute, start and end of the values that
have a word of the table, quotes counted in, in bytes; return how many there are.

The values are those of ``ATTRIBUTES``, found as ``class=("[^"<>]*"|'[^'<>]*'|[^\\s"'<>]+)`` would.
"""
