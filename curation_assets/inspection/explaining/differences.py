"""What an edit changed in a text, in words: the first few changes, of lines first and then within them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curation_assets.inspection.matching import equal_runs

MOST_CHANGES = 8
_MOST_CHARACTERS = 20_000
_CONTEXT = 4
Span = tuple[int, int, int, int]


@dataclass(frozen=True)
class Change:
    """Words that were replaced, and the words around them (of the same line); either side may be empty."""

    before: str
    after: str
    left: str
    right: str


@dataclass(frozen=True)
class Differences:
    """The first changes; ``more`` tells that there are others, ``blanks_only`` that only blanks differ."""

    changes: tuple[Change, ...]
    more: bool
    blanks_only: bool


def differences(old: str, new: str, most: int = MOST_CHANGES) -> Differences:
    """Return the first changes from old to new. Blanks are not compared, but that they differ is told."""
    if old.split() == new.split():
        return Differences((), False, old != new)
    changes: list[Change] = []
    lines, others = (
        [" ".join(words) for line in text.splitlines() if (words := line.split())] for text in (old, new)
    )
    for a, b, c, d in _differing(lines, others):
        was, now = "\n".join(lines[a:b]), "\n".join(others[c:d])
        for change in _word_changes(was, now):
            if len(changes) == most:
                return Differences(tuple(changes), True, False)
            changes.append(change)
    return Differences(tuple(changes), not changes, False)


def _word_changes(old: str, new: str) -> Iterator[Change]:
    """Yield the changes of a part in which lines differ; of a long one, those around where it first does."""
    start = max(_common(old, new) - 200, 0)
    words, others = (text[start : start + _MOST_CHARACTERS].split() for text in (old, new))
    for a, b, c, d in _differing(words, others):
        was, now = " ".join(words[a:b]), " ".join(others[c:d])
        yield Change(was, now, " ".join(words[max(a - _CONTEXT, 0) : a]), " ".join(words[b : b + _CONTEXT]))


def _common(old: str, new: str) -> int:
    """Return how many characters both texts start with, by bisection: slices are compared as memory."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _differing(old: Sequence[str], new: Sequence[str]) -> Iterator[Span]:
    """Yield (start, end) in old and (start, end) in new of every part in which they differ."""
    i = j = 0
    for a, b, size in equal_runs(old, new):
        if size or (a, b) == (len(old), len(new)):
            if i < a or j < b:
                yield i, a, j, b
            i, j = a + size, b + size
