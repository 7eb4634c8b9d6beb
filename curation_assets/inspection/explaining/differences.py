"""What an edit changed in a text, in words: a short diff whose time never grows with the square of a text.

Both texts are walked side by side. Where they part, the nearest place is looked for at which they go on
together: within ``_REACH`` units either way, then by the first unit of the old text that the new one has
within ``_FAR`` units. A diff that is the shortest possible (Myers 1986) is not needed to be read, and would
take quadratic time on texts that have nothing in common.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_CHANGES = 8
_REACH, _FAR = 40, 4000
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
    changes: list[Change] = []
    lines, others = ([" ".join(line.split()) for line in text.splitlines()] for text in (old, new))
    for a, b, c, d in _spans(lines, others, run=1):
        was, now = "\n".join(lines[a:b]), "\n".join(others[c:d])
        for change in _word_changes(was, now):
            if len(changes) == most:
                return Differences(tuple(changes), True, False)
            changes.append(change)
    alike = bool(changes) or old == new
    blanks = not alike and old.split() == new.split()
    return Differences(tuple(changes), not alike and not blanks, blanks)


def _word_changes(old: str, new: str) -> Iterator[Change]:
    """Yield the changes of a part in which lines differ; of a long one, those around where it first does."""
    start = max(_common(old, new) - 200, 0)
    words, others = (text[start : start + _MOST_CHARACTERS].split() for text in (old, new))
    for a, b, c, d in _spans(words, others, run=2):
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


def _spans(old: Sequence[str], new: Sequence[str], run: int) -> Iterator[Span]:
    """Yield (start, end) in old and (start, end) in new of every part in which they differ."""
    i = j = 0
    while True:
        while i < len(old) and j < len(new) and old[i] == new[j]:
            i, j = i + 1, j + 1
        if i == len(old) and j == len(new):
            return
        a, b = _near(old, new, i, j, run) or _far(old, new, i, j, run) or (len(old), len(new))
        if any(old[i:a]) or any(new[j:b]):  # blank lines alone are no change
            yield i, a, j, b
        i, j = a, b


def _near(old: Sequence[str], new: Sequence[str], i: int, j: int, run: int) -> tuple[int, int] | None:
    for together in range(1, 2 * _REACH + 1):
        for back in range(max(0, together - _REACH), min(together, _REACH) + 1):
            a, b = i + back, j + together - back
            if _goes_on(old, new, a, b, run):
                return a, b
    return None


def _far(old: Sequence[str], new: Sequence[str], i: int, j: int, run: int) -> tuple[int, int] | None:
    first: dict[str, int] = {}
    for b in range(j, min(j + _FAR, len(new))):
        first.setdefault(new[b], b)
    for a in range(i, min(i + _FAR, len(old))):
        b = first.get(old[a], -1)
        if b >= 0 and _goes_on(old, new, a, b, run):
            return a, b
    return None


def _goes_on(old: Sequence[str], new: Sequence[str], a: int, b: int, run: int) -> bool:
    """Tell whether both sides are equal from here for a while, or both at their end."""
    if a >= len(old) or b >= len(new):
        return a == len(old) and b == len(new)
    return bool(old[a]) and old[a : a + run] == new[b : b + run]
