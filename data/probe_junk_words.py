"""Makes junk of real words for training the quality probe: what reads well for a few words and says nothing.

None of it is a kind of held_out_labels.jsonl.gz. There, words follow pairs of words that stand in texts, or
the frequent words keep their places; here, any word may be exchanged or missing, or two texts take turns.
"""

import random
from collections.abc import Sequence

from probe_junk import GENERATORS, Junk, navigation, repeated, shuffled_words, words_of


def replaced_words(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Exchange 25 to 60 % of the words, whatever they are, for words of other texts of the language."""
    words, blank = words_of(excerpts[0])
    others = [word for text in excerpts[1:] for word in words_of(text)[0]] or words
    share = rng.uniform(0.25, 0.6)
    return blank.join(rng.choice(others) if rng.random() < share else word for word in words)


def dropped_words(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Leave out 40 to 65 % of the words."""
    words, blank = words_of(excerpts[0])
    share = rng.uniform(0.4, 0.65)
    return blank.join(word for word in words if rng.random() > share)


def interleaved(rng: random.Random, excerpts: Sequence[str]) -> str:
    """Let two or three texts take turns, a run of words each, in the order in which they stand there."""
    texts = [words_of(text) for text in excerpts[: rng.choice((2, 3))]]
    blank = texts[0][1]
    longest = rng.choice((4, 6, 9)) * (1 if blank else 2)
    made: list[str] = []
    places = [0] * len(texts)
    for turn in range(200):
        which = turn % len(texts)
        run = rng.randint(2, longest)
        made += texts[which][0][places[which] : places[which] + run]
        places[which] += run
    return blank.join(made)


def word_list(rng: random.Random, excerpts: Sequence[str]) -> str:
    """List the words of texts as an index does, in the order of the alphabet."""
    words = sorted({word for text in excerpts for word in words_of(text)[0] if len(word) > 1})
    words = words or sorted(set("".join(excerpts)))
    chosen = sorted(rng.sample(words, min(len(words), rng.choice((30, 60, 120)))))
    return rng.choice([", ", "\n", " "]).join(chosen)


MORE: dict[str, tuple[Junk, int]] = {
    "interleaved texts": (interleaved, 120),
    "replaced words": (replaced_words, 80),
    "dropped words": (dropped_words, 50),
    "word list": (word_list, 50),
    "shuffled words": (shuffled_words, 60),
    "repeated sentence": (repeated, 30),
    "nav/index": (navigation, 40),
    "gibberish": (GENERATORS["gibberish"][0], 40),
}
"""Kind of junk -> its generator and how many texts of it are made in the languages of MORE_PROSE."""
