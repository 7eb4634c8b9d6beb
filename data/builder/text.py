"""Words, shingles and overlaps, by the project's own definition of a word."""

import re
from collections import defaultdict
from collections.abc import Iterable

from curation_assets.text.words import words

Shingles = frozenset[tuple[str, ...]]

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE_END = re.compile(r"[.!?:;\u3002\uff01\uff1f»\"”)]\s*$")


def shingles(text: str, size: int = 5) -> Shingles:
    """Return the set of the text's lower-cased word n-grams."""
    found = words(text.lower())
    return frozenset(zip(*(found[start:] for start in range(size)), strict=False))


def jaccard(a: Shingles, b: Shingles) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0


def prose_share(text: str) -> float:
    """Return the share of characters that stand in paragraphs of running prose."""
    paragraphs = re.split(r"\n\s*\n", text)
    good = sum(len(part) for part in paragraphs if _is_prose(part))
    return good / max(1, len(text))


def _is_prose(paragraph: str) -> bool:
    letters = len(_LETTER.findall(paragraph))
    return (
        len(paragraph) >= 60
        and letters >= 0.72 * len(paragraph.replace(" ", ""))
        and _SENTENCE_END.search(paragraph) is not None
    )


class OverlapIndex:
    """Says whether a text shares much with the texts admitted before."""

    def __init__(self, maximum_containment: float) -> None:
        self._limit = maximum_containment
        self._owners: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._sizes: list[int] = []

    def admit(self, text: str) -> bool:
        """Add the text and return True, unless it holds, or is held by, too much of another one."""
        own = shingles(text)
        if not own:
            return False
        shared: dict[int, int] = defaultdict(int)
        for shingle in own:
            for owner in self._owners.get(shingle, ()):
                shared[owner] += 1
        for owner, count in shared.items():
            if count > self._limit * min(len(own), self._sizes[owner]):
                return False
        for shingle in own:
            self._owners[shingle].append(len(self._sizes))
        self._sizes.append(len(own))
        return True


def overlapping_pairs(texts: Iterable[str], minimum: float) -> dict[tuple[int, int], float]:
    """Return {(i, j): Jaccard} of all pairs with at least this Jaccard, exactly."""
    sets = [shingles(text) for text in texts]
    owners: dict[tuple[str, ...], list[int]] = defaultdict(list)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for number, own in enumerate(sets):
        for shingle in own:
            for other in owners[shingle]:
                shared[other, number] += 1
            owners[shingle].append(number)
    found = {(i, j): count / (len(sets[i]) + len(sets[j]) - count) for (i, j), count in shared.items()}
    return {pair: value for pair, value in sorted(found.items()) if value >= minimum}
