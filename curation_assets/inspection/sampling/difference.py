"""How two texts differ, word by word, in time that does not explode: a patience diff.

Words that occur once in each text anchor it (their longest common run in order); only what lies between two
anchors is compared in full, and only where it is short. Source: Bram Cohen's patience diff, as described in
the documentation of Git and of Bazaar.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain

from curation_assets.inspection.sampling.example import Piece
from curation_assets.text.words import word_spans

LONGEST = 1_000_000
"""Characters of both texts together up to which they are compared."""
COMPARED_IN_FULL = 200
"""Words, and gaps between them, up to which both sides between two anchors are compared in full."""
_MOST_COMPARISONS = 1_000_000
Pair = tuple[int, int]


def difference(one: str, other: str) -> list[Piece] | None:
    """Return the pieces that lead from one text to the other; None where they are longer than LONGEST.

    Those that are not "added" make up the first text, those that are not "removed" the second.
    """
    if len(one) + len(other) > LONGEST:
        return None
    left, right = _tokens(one), _tokens(other)
    pieces: list[Piece] = []
    at, to = 0, 0
    for start, begin, size in _matches(left, right):
        _append(pieces, Piece("removed", "".join(left[at:start])))
        _append(pieces, Piece("added", "".join(right[to:begin])))
        _append(pieces, Piece("same", "".join(left[start : start + size])))
        at, to = start + size, begin + size
    return pieces


def _append(pieces: list[Piece], piece: Piece) -> None:
    if not piece.text:
        return
    if pieces and pieces[-1].kind == piece.kind:
        pieces[-1] = Piece(piece.kind, pieces[-1].text + piece.text)
    else:
        pieces.append(piece)


def _tokens(text: str) -> list[str]:
    """Return the words and what lies between them; together they are the text."""
    found, at = [], 0
    for start, end in word_spans(text):
        if at < start:
            found.append(text[at:start])
        found.append(text[start:end])
        at = end
    return [*found, text[at:]] if at < len(text) else found


def _matches(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield where equal runs start in both, and their length, in order; the last is empty, at the ends."""
    at, to, comparisons = 0, 0, 0
    for start, begin in chain([(0, 0)], _anchors(left, right), [(len(left), len(right))]):
        if start < at or begin < to:  # within the run that an earlier anchor was extended to
            continue
        before = _backwards(left, right, (start, begin), (at, to))
        comparisons += min(start - before - at, COMPARED_IN_FULL) * min(begin - before - to, COMPARED_IN_FULL)
        if comparisons <= _MOST_COMPARISONS:
            yield from _between(left, right, (at, to), (start - before, begin - before))
        size = before
        while start - before + size < len(left) and begin - before + size < len(right):
            if left[start - before + size] != right[begin - before + size]:
                break
            size += 1
        yield start - before, begin - before, size
        at, to = start - before + size, begin - before + size


def _backwards(left: Sequence[str], right: Sequence[str], places: Pair, least: Pair) -> int:
    size = 0
    while places[0] - size > least[0] and places[1] - size > least[1]:
        if left[places[0] - size - 1] != right[places[1] - size - 1]:
            break
        size += 1
    return size


def _between(
    left: Sequence[str], right: Sequence[str], first: Pair, last: Pair
) -> Iterator[tuple[int, int, int]]:
    """Yield equal runs between two places, if there is little enough to compare."""
    (at, to), (start, begin) = first, last
    if not 0 < start - at <= COMPARED_IN_FULL or not 0 < begin - to <= COMPARED_IN_FULL:
        return
    matcher = SequenceMatcher(None, left[at:start], right[to:begin], autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.size:
            yield at + block.a, to + block.b, block.size


def _anchors(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """Return the longest row of words, ascending in both, that occur once in each."""
    counts, others = Counter(left), Counter(right)
    places = {token: place for place, token in enumerate(right) if others[token] == 1}
    pairs = [
        (place, places[token]) for place, token in enumerate(left) if counts[token] == 1 and token in places
    ]
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
