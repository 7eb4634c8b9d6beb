"""Planted copies: exact ones, and near copies with a Jaccard close to a target."""

import re
from collections.abc import Callable, Iterator
from random import Random

from builder.pool import Document
from builder.text import jaccard, shingles

TARGETS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
COPIES_PER_TARGET = 20
STYLES = ("scattered", "appended", "scattered", "truncated", "scattered", "appended", "truncated")
EXACT_ORIGINALS, EXACT_COPIES = 50, 60
MINIMUM_WORDS, MAXIMUM_WORDS = 180, 900
TOLERANCE = 0.02

_TOKEN = re.compile(r"\S+")


def exact_copies(originals: list[Document]) -> list[Document]:
    """Return copies of the originals: one of each, and a second one of the first few."""
    chosen = [*originals, *originals[: EXACT_COPIES - EXACT_ORIGINALS]]
    return [
        Document(d.text, d.source, d.language, {"case": "exact_copy", "jaccard": 1.0}, original=d)
        for d in chosen
    ]


def near_copies(originals: Iterator[Document], donors: list[Document], rng: Random) -> list[Document]:
    """Return one near copy of as many originals as are needed, the styles taking turns."""
    copies = []
    spare = {language: _sentences(donors, language) for language in {d.language for d in donors}}
    for target in TARGETS:
        for number in range(COPIES_PER_TARGET):
            copies.append(_near_copy(originals, target, STYLES[number % len(STYLES)], spare, rng))
    return copies


def _near_copy(
    originals: Iterator[Document], target: float, style: str, spare: dict[str, list[str]], rng: Random
) -> Document:
    """Edit the first original that lands within the tolerance of the target."""
    for original in originals:
        edit = _editor(original, style, spare[original.language], rng)
        text = _closest(original.text, edit, target)
        reached = jaccard(shingles(original.text), shingles(text))
        if abs(reached - target) <= TOLERANCE:
            label = {"case": "near_copy", "edit": style, "target": target, "jaccard": round(reached, 4)}
            return Document(text, original.source, original.language, label, original=original)
    raise ValueError(f"no original left for a {style} copy at {target}")


def _editor(original: Document, style: str, spare: list[str], rng: Random) -> Callable[[int], str]:
    """Return the function from a number of edits to the edited text; more edits, less in common."""
    text = original.text
    spans = [match.span() for match in _TOKEN.finditer(text)]
    if style == "truncated":
        return lambda edits: text[: spans[max(0, len(spans) - 1 - edits)][1]]
    if style == "appended":
        extra = _take_words(spare, 2 * len(spans))
        return lambda edits: text + "\n\n" + " ".join(extra[:edits]) if edits else text
    order = rng.sample(range(len(spans)), len(spans))
    words = _take_words(spare, len(spans))
    kinds = [rng.random() for _ in spans]
    return lambda edits: _scattered(text, spans, set(order[:edits]), words, kinds)


def _scattered(
    text: str, spans: list[tuple[int, int]], chosen: set[int], words: list[str], kinds: list[float]
) -> str:
    """Replace (six in ten), drop (two) or add to (two) each chosen word."""
    pieces, last = [], 0
    for number, (start, end) in enumerate(spans):
        if number not in chosen:
            continue
        pieces.append(text[last:start])
        if kinds[number] < 0.6:
            pieces.append(words[number % len(words)])
        elif kinds[number] >= 0.8:
            pieces.append(f"{text[start:end]} {words[number % len(words)]}")
        last = end
    return "".join([*pieces, text[last:]])


def _closest(original: str, edit: Callable[[int], str], target: float) -> str:
    """Bisect on the number of edits."""
    goal = shingles(original)
    low, high = 0, 2 * len(_TOKEN.findall(original))
    while high - low > 1:
        middle = (low + high) // 2
        if jaccard(goal, shingles(edit(middle))) >= target:
            low = middle
        else:
            high = middle
    return min((edit(low), edit(high)), key=lambda text: abs(jaccard(goal, shingles(text)) - target))


def _sentences(donors: list[Document], language: str) -> list[str]:
    """Return the words of all donors of a language, in order: running text to borrow from."""
    return [word for donor in donors if donor.language == language for word in donor.text.split()]


def _take_words(spare: list[str], count: int) -> list[str]:
    """Remove words from the front of the supply, so that no two copies borrow the same ones."""
    if len(spare) < count:
        raise ValueError("too few donors")
    taken = spare[:count]
    del spare[:count]
    return taken
