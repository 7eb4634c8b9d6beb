"""Where two texts are the same, in time that does not explode: a patience diff of words or lines.

Units that occur once in each text anchor it (their longest common run in order); what lies between two
anchors is compared in full where it is short, else piece by piece, as long as a budget of comparisons lasts.
Source: Bram Cohen's patience diff, as described in the documentation of Git and of Bazaar.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain

COMPARED_AT_ONCE = 200
"""Units of each side that are compared in full."""
MOST_COMPARISONS = 1_000_000
"""Of a unit with a unit, between anchors, in all; what remains then counts as different."""
Pair = tuple[int, int]
Run = tuple[int, int, int]
"""Where equal units start in both, and how many they are."""


def equal_runs(left: Sequence[str], right: Sequence[str]) -> Iterator[Run]:
    """Yield equal runs in order; the last is empty, at the ends."""
    at, to, comparisons = 0, 0, MOST_COMPARISONS
    for start, begin in chain([(0, 0)], _anchors(left, right), [(len(left), len(right))]):
        if start < at or begin < to:  # within the run that an earlier anchor was extended to
            continue
        before = _backwards(left, right, (start, begin), (at, to))
        comparisons = yield from _between(
            left, right, (at, to), (start - before, begin - before), comparisons
        )
        size = before + _forwards(left, right, start, begin)
        yield start - before, begin - before, size
        at, to = start - before + size, begin - before + size


def _backwards(left: Sequence[str], right: Sequence[str], places: Pair, least: Pair) -> int:
    size = 0
    while places[0] - size > least[0] and places[1] - size > least[1]:
        if left[places[0] - size - 1] != right[places[1] - size - 1]:
            break
        size += 1
    return size


def _forwards(left: Sequence[str], right: Sequence[str], start: int, begin: int) -> int:
    size, most = 0, min(len(left) - start, len(right) - begin)
    while size < most and left[start + size] == right[begin + size]:
        size += 1
    return size


def _between(
    left: Sequence[str], right: Sequence[str], first: Pair, last: Pair, comparisons: int
) -> Generator[Run, None, int]:
    """Yield equal runs between two places; return how many comparisons are left."""
    (at, to), (start, begin) = first, last
    while at < start and to < begin:
        end, other_end = min(start, at + COMPARED_AT_ONCE), min(begin, to + COMPARED_AT_ONCE)
        comparisons -= (end - at) * (other_end - to)
        if comparisons < 0:
            break
        matcher = SequenceMatcher(None, left[at:end], right[to:other_end], autojunk=False)
        *blocks, _ = matcher.get_matching_blocks()
        for block in blocks:
            yield at + block.a, to + block.b, block.size
        if blocks and (end, other_end) != last:  # go on behind what was found: it may reach farther
            at, to = at + blocks[-1].a + blocks[-1].size, to + blocks[-1].b + blocks[-1].size
        else:
            at, to = end, other_end
    return comparisons


def _anchors(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """Return the longest row of units, ascending in both, that occur once in each."""
    counts, others = Counter(left), Counter(right)
    places = {unit: place for place, unit in enumerate(right) if others[unit] == 1}
    pairs = [(place, places[unit]) for place, unit in enumerate(left) if counts[unit] == 1 and unit in places]
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(tails, place)
        if length == len(tails):
            tails.append(place)
            ends.append(number)
        else:
            tails[length], ends[length] = place, number
        before.append(ends[length - 1] if length else -1)
    found = []
    number = ends[-1] if ends else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]
