"""What contamination means, written down plainly: sets of tuples of words, no hashes."""

from collections.abc import Sequence
from typing import NamedTuple

from curation_assets.contamination.config import ContaminationConfig
from curation_assets.contamination.files import EvaluationSet, Item
from curation_assets.text.characters import SINGLE, WORD, character_classes

Gram = tuple[str, ...]
CLASSES = character_classes()


def words(text: str) -> list[str]:
    """Cut a text character by character; lower case is Unicode's, one character for one."""
    found, open_word = [], False
    for letter in text:
        kind = CLASSES[ord(letter)]
        low = letter.lower()[0].replace("ς", "\u03c3")
        if kind == WORD and open_word:
            found[-1] += low
        elif kind in (WORD, SINGLE):
            found.append(low)
        open_word = kind == WORD
    return found


def grams(text: str, config: ContaminationConfig) -> set[Gram]:
    """Return the n-grams of one text of an item."""
    own = words(text)
    if len(own) < config.shortest:
        return set()
    return {tuple(own[at : at + config.words]) for at in range(max(1, len(own) - config.words + 1))}


def grams_of_item(item: Item, config: ContaminationConfig) -> set[Gram]:
    found = set().union(*(grams(text, config) for text in item.texts))
    found = found or grams("\n".join(item.texts), config)
    ignored = [words(text) for text in config.ignore]
    return {gram for gram in found if not any(holds(text, gram) for text in ignored)}


def holds(text: Sequence[str], gram: Gram) -> bool:
    return any(tuple(text[at : at + len(gram)]) == gram for at in range(len(text) - len(gram) + 1))


class Row(NamedTuple):
    contaminated: bool
    sets: list[str]
    matches: int
    longest: int
    item: str | None
    item_matches: int | None
    item_share: float | None


def by_definition(text: str, sets: Sequence[EvaluationSet], config: ContaminationConfig) -> Row:
    """Judge a document."""
    items = {
        (number, one.name, item.position): grams_of_item(item, config)
        for number, one in enumerate(sets)
        for item in one.items
    }
    known = set().union(*items.values())
    own = words(text)
    at_place = {
        (at, size)
        for size in range(config.shortest, config.words + 1)
        for at in range(len(own) - size + 1)
        if tuple(own[at : at + size]) in known
    }
    found = {tuple(own[at : at + size]) for at, size in at_place}
    longest, run = 0, 0
    for at in range(len(own)):
        sizes = [size for place, size in at_place if place == at]
        run = (run + 1 if run else config.words) if config.words in sizes else 0
        longest = max([longest, run, *sizes])
    ranked = []
    for (number, name, position), held in items.items():
        covered = len(held & found)
        if covered:
            share = covered / len(held)
            reaches = covered >= min(config.minimum_matches, len(held)) and share >= config.minimum_fraction
            ranked.append((not reaches, -covered, -share, number, position, name))
    ranked.sort()
    if not ranked:
        return Row(False, [], len(found), longest, None, None, None)
    missed, covered, share, _, position, name = ranked[0]
    reached = {one.name for one in sets for rank in ranked if not rank[0] and rank[5] == one.name}
    ordered = [one.name for one in sets if one.name in reached]
    return Row(not missed, ordered, len(found), longest, f"{name}:{position}", -covered, -share)
