"""Where a repeat is cut out of its text, compiled by numba.

As for ``walking``: import it inside functions only; every kernel works on arrays that its caller allocates.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.passages.walking import character

Bytes = NDArray[np.uint8]
Indices = NDArray[np.int64]
Places = NDArray[np.uint32]
Flags = NDArray[np.bool_]

CHARACTER_SOURCE = "4d3c1bcb67f9d30701d5d66466072f68"
"""The hash of the source of ``character``: numba compiles anew only what stands in a file that changed."""
SPACE, LINE_FEED = np.uint32(1 << 24), np.uint8(0x0A)
CONTINUES, CONTINUED = np.uint8(0xC0), np.uint8(0x80)


@njit(cache=True, nogil=True)
def before(data: Bytes, start: int, stop: int, table: Places) -> tuple[int, int, int]:
    """Return, of what is between two words: the end of its last line feed, the end of its last space (-1
    where there is none), and where the spaces begin that it ends with."""
    after_feed, after_space, run, at = -1, -1, start, start
    while at < stop:
        code, width = character(data, at)
        at += width
        if table[code] & SPACE:
            after_space = at
            if code == LINE_FEED:
                after_feed = at
        else:
            run = at
    return after_feed, after_space, run


@njit(cache=True, nogil=True)
def after(data: Bytes, start: int, stop: int, table: Places) -> tuple[int, int]:
    """Return, of what is between two words, where its first line feed is and its first space; -1 for none."""
    space, at = -1, start
    while at < stop:
        code, width = character(data, at)
        if code == LINE_FEED:
            return at, space if space >= 0 else at
        if space < 0 and table[code] & SPACE:
            space = at
        at += width
    return -1, space


@njit(cache=True, nogil=True)
def spaces(data: Bytes, start: int, stop: int, table: Places) -> tuple[int, int]:
    """Return where the spaces end that are at the start, and how many line feeds are among them."""
    feeds, at = 0, start
    while at < stop:
        code, width = character(data, at)
        if not table[code] & SPACE:
            break
        feeds += code == LINE_FEED
        at += width
    return at, feeds


@njit(cache=True, nogil=True)
def widened(
    data: Bytes, left: tuple[int, int], right: tuple[int, int], ends: tuple[bool, bool], table: Places
) -> tuple[int, int]:
    """Return where to cut, given what is between a repeat and the words before and after it, and whether
    there are none. See ``edits``."""
    feed, space, _ = before(data, left[0], left[1], table)
    start = left[0] if ends[0] else feed if feed >= 0 else space if space >= 0 else left[1]
    feed, space = after(data, right[0], right[1], table)
    parted = start > left[0] or ends[0]
    stop = (
        right[1]
        if ends[1]
        else feed
        if feed >= 0
        else space
        if space >= 0
        else right[1]
        if parted
        else right[0]
    )
    _, _, run = before(data, left[0], start, table)
    end, feeds = spaces(data, stop, right[1], table)
    if ends[0]:
        return start, end
    if ends[1]:
        return run, stop
    if run < start and stop < end:
        if spaces(data, run, start, table)[1] < feeds:
            start = run
        else:
            stop = end
    return start, stop


@njit(cache=True, nogil=True)
def cuts_of_texts(
    data: Bytes,
    offsets: Indices,
    table: Places,
    words: tuple[Places, Places],
    word_offsets: Indices,
    spans: tuple[Indices, Indices],
    span_offsets: Indices,
    in_bytes: Indices,
    in_characters: Indices,
) -> None:
    """Write int64 [2, spans], where each span of words begins and ends in its text, in both units."""
    for text in range(len(offsets) - 1):
        begin, stop = offsets[text], offsets[text + 1]
        first, count = word_offsets[text], word_offsets[text + 1] - word_offsets[text]
        at, characters = begin, 0
        for span in range(span_offsets[text], span_offsets[text + 1]):
            start, end = spans[0][span], spans[1][span]
            left = begin + np.int64(words[1][first + start - 1]) if start > 0 else begin
            right = begin + np.int64(words[0][first + end]) if end < count else stop
            cut = widened(
                data,
                (left, begin + np.int64(words[0][first + start])),
                (begin + np.int64(words[1][first + end - 1]), right),
                (start == 0, end == count),
                table,
            )
            for side in range(2):
                while at < cut[side]:
                    characters += (data[at] & CONTINUES) != CONTINUED
                    at += 1
                in_bytes[side, span], in_characters[side, span] = at - begin, characters


@njit(cache=True, nogil=True)
def copy_rest(
    data: Bytes,
    offsets: Indices,
    cuts: Indices,
    cut_offsets: Indices,
    wanted: Flags,
    rest: Bytes,
    ends: Indices,
) -> None:
    """Copy of every wanted text what is not cut out (int64 [2, cuts], in bytes), one behind the other."""
    count = 0
    for text in range(len(offsets) - 1):
        if wanted[text]:
            begin, at = offsets[text], np.int64(0)
            for cut in range(cut_offsets[text], cut_offsets[text + 1] + 1):
                last = cut == cut_offsets[text + 1]
                stop = offsets[text + 1] - begin if last else cuts[0, cut]
                rest[count : count + stop - at] = data[begin + at : begin + stop]
                count += stop - at
                at = np.int64(0) if last else cuts[1, cut]
        ends[text + 1] = count
