"""The words by which a person knows a topic: class-based tf-idf (Grootendorst 2022, arXiv 2203.05794)."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from curation_assets.text.words import unspaced_share, words

MOST_CHARACTERS = 4_000
"""What is read of a text: its beginning says what it is about."""
_SHORTEST, _LONGEST = 3, 30
_LEAST_DOCUMENTS = 2


def words_of(text: str) -> set[str]:
    """Return the different words of the beginning of a text, lower case, without numbers and short ones.

    In scripts without spaces, where a word is a letter, pairs of neighbouring letters stand for words.
    """
    found = words(text[:MOST_CHARACTERS].lower())
    if unspaced_share(text[:MOST_CHARACTERS]) > 0.5:
        letters = [word for word in found if unspaced_share(word) > 0]
        return {one + other for one, other in pairwise(letters)}
    return {word for word in found if _SHORTEST <= len(word) <= _LONGEST and word.isalpha()}


def distinctive_words(texts: Mapping[int, Sequence[str]], most: int) -> dict[int, list[str]]:
    """Return for each topic the words that most of its texts have and those of few other topics do.

    A word's worth is the share of the topic's texts that have it, times log(topics / the sum of its shares in
    all topics); with one topic the share alone. Words of less than two texts of a topic are no evidence, but
    where it has just one. Equal ones are in the order of the alphabet.
    """
    shares = {}
    for topic, some in texts.items():
        counts = Counter(word for text in some for word in words_of(text))
        least = min(_LEAST_DOCUMENTS, len(some))
        shares[topic] = {word: count / len(some) for word, count in counts.items() if count >= least}
    everywhere: Counter[str] = Counter()
    for topic in sorted(shares):
        everywhere.update(shares[topic])
    return {topic: _best(own, everywhere, len(shares), most) for topic, own in shares.items()}


def _best(own: Mapping[str, float], everywhere: Mapping[str, float], topics: int, most: int) -> list[str]:
    def worth(word: str) -> float:
        return own[word] * math.log(topics / everywhere[word]) if topics > 1 else own[word]

    return sorted(own, key=lambda word: (-round(worth(word), 9), word))[:most]
