"""Made texts with scores of a planted teacher, and scorers that say what they were asked."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.student.training import Trained, train_student

WORDS = "the of and to in is that it was for on are with as this have from which"
COMMON = WORDS.split()
RARE = [
    f"{a}{b}{c}" for a in ("ka", "lo", "mi", "tur") for b in ("ren", "sto", "vel") for c in ("d", "s", "")
]
HOSTILE = [
    "",
    "\0",
    "\0" * 1000,
    "\ud800 lone \udfff",
    " \n\t\r\n ",
    "\U0001f600\u4e2d\u6587\uac00\u0431",
    "a" * 5_000_000,
    "\n" * 100_000,
    "x y " * 50_000,
]


def made_texts(count: int, seed: int = 0) -> list[str]:
    """Return texts that differ in length, words, punctuation and digits."""
    random = np.random.default_rng(seed)
    texts = []
    for _ in range(count):
        prose, words = random.random(), []
        for _ in range(int(random.integers(10, 60))):
            known = COMMON if random.random() < 0.6 * prose else RARE
            word = known[int(random.integers(len(known)))]
            word += str(random.integers(99)) if random.random() > 0.6 + 0.4 * prose else ""
            words.append(word + (". " if random.random() < 0.1 else " "))
        texts.append("".join(words))
    return texts


class Planted:
    """A teacher that likes function words, dislikes digits, and counts the texts that it is asked about."""

    fingerprint = "planted"

    def __init__(self, noise: float = 0.0) -> None:
        self.noise = noise
        self.asked: list[str] = []

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.asked += texts
        return np.array([self._score(text) for text in texts], dtype=np.float64)

    def _score(self, text: str) -> float:
        words = text.replace(".", "").split()
        liked = sum(word in COMMON for word in words) / max(len(words), 1)
        digits = sum(character.isdigit() for character in text) / max(len(text), 1)
        # Noise that is the text's own.
        own = (sum(text.encode("utf-8", "replace")) * 7919 % 1000) / 1000 - 0.5
        return 10.0 + 5.0 * liked - 20.0 * digits + self.noise * own


TEXTS = made_texts(400)
TEACHER = Planted(noise=0.2)
SCORES = TEACHER.score(TEXTS)


@cache
def trained() -> Trained:
    """Return a student of the planted teacher."""
    return train_student(TEXTS, SCORES, teacher=TEACHER.fingerprint, trees=60)
