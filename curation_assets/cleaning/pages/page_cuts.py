"""What goes from a page before it is parsed: see ``page_source.repair``. Importing this module imports numba.

It is given the tags of a page in order, and finds what regular expressions for the same would find.
"""

from numba import njit

from curation_assets.cleaning.pages.page_bytes import Bytes, Integers, all_blank, blank

_GREATER, _SLASH, _QUOTE, _APOSTROPHE, _SPACE = map(ord, ">/\"' ")
BEFORE, OPEN, _AFTER, _FROM, _ROWS = range(5)
"""Of ``place``: what stands before a tag, but for blanks and targets of links (0, ``_CELL`` or ``_END``);
whether the tag before has no end; where what stands before ends; where a cut would start; the cuts before."""
_CELL, _END = 1, 2  # the start of a cell, the end of a paragraph
LINKS, CUTS, UNSURE = range(3)
"""Of ``found``: rows of ``links`` and of ``cuts``, and 1 where ``cuts`` may be wrong."""


@njit(nogil=True)
def find_cut(
    data: Bytes, start: int, stop: int, place: Integers, links: Integers, cuts: Integers, found: Integers
) -> None:
    """Note what is to go. The tag starts with a letter, and from ``start`` to ``stop`` is no "<" or ">"."""
    is_closed = stop < len(data) and data[stop] == _GREATER
    before, place[OPEN], was_open = place[BEFORE], not is_closed, place[OPEN]
    if before and not all_blank(data, place[_AFTER], start):
        before = 0
    if before == _END and _ends_cell(data, start):
        # Whether a letter follows is left to the regular expression.
        found[UNSURE] |= start + 4 < len(data) and data[start + 4] >= 0x80
        _add_cut(cuts, found, place, start)
    elif before == _CELL and is_closed and _is_paragraph(data, start, stop):
        _add_cut(cuts, found, place, stop + 1)
    elif is_closed and _starts_no_link(data, start, stop):
        links[found[LINKS]] = cuts[found[CUTS]] = (start, stop + 1)
        found[LINKS] += 1
        found[CUTS] += 1
        found[UNSURE] |= was_open
        place[BEFORE], place[_AFTER] = before, stop + 1
        return
    place[BEFORE] = 0
    if is_closed:
        if _is_cell(data, start, stop):
            place[BEFORE], place[_FROM] = _CELL, stop + 1
        elif _ends_paragraph(data, start, stop):
            place[BEFORE], place[_FROM] = _END, start
        place[_AFTER], place[_ROWS] = stop + 1, found[CUTS]


@njit(nogil=True)
def _add_cut(cuts: Integers, found: Integers, place: Integers, stop: int) -> None:
    """Add a row in place of those for the links within it."""
    cuts[place[_ROWS]] = (place[_FROM], stop)
    found[CUTS] = place[_ROWS] + 1


@njit(nogil=True)
def _starts_no_link(data: Bytes, start: int, stop: int) -> bool:
    """Say whether it is the tag of a target, or of a link that is closed at once."""
    if data[start + 1] | 32 != 97:
        return False
    if stop > start + 2 and data[start + 2] != _SLASH and not blank(data, start + 2):
        return False
    found = False
    for position in range(start + 3, stop - 3):
        a, b, c, d = data[position], data[position + 1], data[position + 2], data[position + 3]
        if (a == 104 and b == 114 and c == 101 and d == 102) or (a == 72 and b == 82 and c == 69 and d == 70):
            found = True
            break
    if not found:
        return True
    last = data[stop - 2]
    # An address without quotes may end with a slash.
    return data[stop - 1] == _SLASH and (last in (_QUOTE, _APOSTROPHE, _SPACE))


@njit(nogil=True)
def _is_cell(data: Bytes, start: int, stop: int) -> bool:
    second = data[start + 2] | 32
    if data[start + 1] | 32 != 116 or (second != 100 and second != 104):
        return False
    return stop == start + 3 or blank(data, start + 3) > 0


@njit(nogil=True)
def _ends_cell(data: Bytes, start: int) -> bool:
    if start + 3 >= len(data) or data[start + 1] != _SLASH or data[start + 2] | 32 != 116:
        return False
    if data[start + 3] | 32 != 100 and data[start + 3] | 32 != 104:
        return False
    if start + 4 == len(data):
        return True
    byte = data[start + 4]
    return not (97 <= byte | 32 <= 122 or 48 <= byte <= 57 or byte == 95)


@njit(nogil=True)
def _is_paragraph(data: Bytes, start: int, stop: int) -> bool:
    if data[start + 1] | 32 == 112:
        return stop == start + 2 or blank(data, start + 2) > 0
    return stop == start + 4 and _is_div(data, start + 1)


@njit(nogil=True)
def _ends_paragraph(data: Bytes, start: int, stop: int) -> bool:
    if data[start + 1] != _SLASH:
        return False
    if stop == start + 3:
        return data[start + 2] | 32 == 112
    return stop == start + 5 and _is_div(data, start + 2)


@njit(nogil=True)
def _is_div(data: Bytes, start: int) -> bool:
    return data[start] == 100 and data[start + 1] == 105 and data[start + 2] == 118
