"""Which passages are equal and which of them comes first: a hash table, compiled by numba.

A passage that stands for the first time gets the next number. Texts repeat one another at length, so the one
after a known passage mostly is the one with the next number, which is tried before the table is asked.

As for ``walking``: import it inside functions only; every kernel works on arrays that its caller allocates.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
Places = NDArray[np.uint32]
Flags = NDArray[np.bool_]

FREE, ONE = np.uint32(0xFFFFFFFF), np.uint64(1)
NOWHERE, HALF = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(32)


@njit(cache=True, nogil=True)
def number_passages(
    left: Hashes, right: Hashes, known: tuple[Hashes, Hashes], count: int, table: Places, numbers: Places
) -> int:
    """Give equal passages the same number, new ones the next; return how many there are now.

    ``known``: the hashes of the passages so far by number, with room for more; ``table``: a power of two of
    numbers, at the place that ``left`` names or after it, some of them free.
    """
    mask = np.uint64(len(table) - 1)
    for at in range(len(left)):
        if at > 0:
            guess = np.int64(numbers[at - 1]) + 1
            if guess < count and known[0][guess] == left[at] and known[1][guess] == right[at]:
                numbers[at] = guess
                continue
        place = left[at] & mask
        while table[place] != FREE:
            number = table[place]
            if known[0][number] == left[at] and known[1][number] == right[at]:
                break
            place = (place + ONE) & mask
        if table[place] == FREE:
            table[place] = count
            known[0][count], known[1][count] = left[at], right[at]
            count += 1
        numbers[at] = table[place]
    return count


@njit(cache=True, nogil=True)
def fill_table(left: Hashes, table: Places) -> None:
    """Put passages that all differ into an empty table."""
    mask = np.uint64(len(table) - 1)
    for number in range(len(left)):
        place = left[number] & mask
        while table[place] != FREE:
            place = (place + ONE) & mask
        table[place] = number


@njit(cache=True, nogil=True)
def find_first(
    numbers: Places, starts: Places, offsets: Indices, ranks: Indices, sources: Flags, first: Hashes
) -> None:
    """first[number] = rank of the document and start of a passage's first occurrence in one of the
    sources."""
    for document in range(len(offsets) - 1):
        if sources[document]:
            rank = np.uint64(ranks[document]) << HALF
            for at in range(offsets[document], offsets[document + 1]):
                first[numbers[at]] = min(first[numbers[at]], rank | np.uint64(starts[at]))


@njit(cache=True, nogil=True)
def repeats_of_documents(
    numbers: Places,
    places: tuple[Places, Places],
    offsets: Indices,
    ranks: Indices,
    first: Hashes,
    within: bool,
    spans: Indices,
    repeats: Indices,
) -> int:
    """Merge what occurs earlier into spans, where it overlaps or touches; return how many spans there are.

    Earlier is: in an earlier document, and if ``within``, earlier in the same one, too. ``places``: starts,
    which ascend within a document, and stops. ``spans`` int64 [4, spans]: document, start, stop, rank of the
    document of the first occurrence of what the span begins with; nothing is written if it has no room for
    any. ``repeats`` int64 [documents] are counted up.
    """
    starts, stops = places
    count, writing = 0, spans.shape[1] > 0
    for document in range(len(offsets) - 1):
        rank = np.uint64(ranks[document])
        end = np.int64(-1)
        for at in range(offsets[document], offsets[document + 1]):
            origin = first[numbers[at]]
            own = rank << HALF | np.uint64(starts[at])
            if not (origin < own if within else origin >> HALF < rank):
                continue
            repeats[document] += 1
            if np.int64(starts[at]) > end:
                if writing:
                    spans[0, count], spans[1, count] = document, starts[at]
                    spans[3, count] = origin >> HALF
                count += 1
            end = max(end, np.int64(stops[at]))
            if writing:
                spans[2, count - 1] = end
    return count


@njit(cache=True, nogil=True)
def merge_spans(documents: Indices, spans: tuple[Indices, Indices, Indices]) -> int:
    """Merge, in place, the spans of each document that overlap or touch; return how many are left.

    They are sorted by document and start. The third of ``spans`` tells where one is from: that of the first
    of those merged stays.
    """
    starts, stops, origins = spans
    count = 0
    for at in range(len(documents)):
        if count and documents[at] == documents[count - 1] and starts[at] <= stops[count - 1]:
            stops[count - 1] = max(stops[count - 1], stops[at])
            continue
        documents[count], starts[count] = documents[at], starts[at]
        stops[count], origins[count] = stops[at], origins[at]
        count += 1
    return count
