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
_OF_ROLE = ATTRIBUTES.index("role")
BUCKETS = 1 << 14
_FACTOR = 31
_EQUALS, _QUOTE, _APOSTROPHE, _LESS, _GREATER, _AMPERSAND = map(ord, "=\"'<>&")
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
def _attribute(data: Bytes, stop: int) -> int:
    """Return which attribute's name ends there, or -1."""
    last = data[stop - 1] | 32 if stop > 0 else 0
    if last == 115 and _ends_with(data, stop, _CLASS):
        return 0
    if last == 100 and _ends_with(data, stop, _ID):
        return 1
    return 2 if last == 101 and _ends_with(data, stop, _ROLE) else -1


@njit(nogil=True)
def _is_blank(byte: int) -> bool:
    """Say whether it is a blank between attributes, in HTML."""
    return byte in (32, 9, 10, 12, 13)


@njit(nogil=True)
def _may_be_main(data: Bytes, start: int) -> bool:
    """Say whether the value that starts there may be "main": it begins with an m or with an entity."""
    if start < len(data) and data[start] in (_QUOTE, _APOSTROPHE):
        start += 1
    return start < len(data) and (data[start] | 32 == 109 or data[start] == _AMPERSAND)


@njit(nogil=True)
def _ends_with(data: Bytes, stop: int, name: Bytes) -> bool:
    if stop < len(name):
        return False
    for index in range(len(name)):  # noqa: SIM110 (a generator costs more when compiled)
        if data[stop - len(name) + index] | 32 != name[index]:
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


def _compiled(made_of: str) -> Callable[..., tuple[int, bool]]:
    @njit(cache=True, nogil=True)
    def scan_values(data: Bytes, buckets: NDArray[np.bool_], rows: Integers) -> tuple[int, bool]:
        assert made_of  # see ``sources``
        count, main, size = 0, False, len(data)
        ends = np.zeros(3, np.int64)
        names = np.array((5, 2, 4))
        for equals in range(size):
            if data[equals] != _EQUALS:
                continue
            name_end, start = equals, equals + 1
            while name_end > 0 and _is_blank(data[name_end - 1]):
                name_end -= 1
            attribute = _attribute(data, name_end)
            if attribute < 0:
                continue
            while start < size and _is_blank(data[start]):
                start += 1
            main |= attribute == _OF_ROLE and _may_be_main(data, start)
            if name_end - names[attribute] < ends[attribute]:
                continue
            stop = _value_end(data, start)
            if stop == start:
                continue
            ends[attribute] = stop
            if _has_word(data, start, stop, buckets):
                rows[count] = (attribute, start, stop)
                count += 1
        return count, main

    return scan_values


scan_values = _compiled(sources(*PARTS))
"""Fill ``rows`` (int64 [rows, 3], one for every three bytes) with attribute, start and end of the values that
have a word of the table, quotes counted in, in bytes; return how many there are, and whether there may be a
role "main", however it is written.

The values are those of ``ATTRIBUTES``, found as ``(?ai:class)[ \\t\\n\\f\\r]*=[ \\t\\n\\f\\r]*("[^"<>]*"|
'[^'<>]*'|[^\\s"'<>]+)`` would.
"""
