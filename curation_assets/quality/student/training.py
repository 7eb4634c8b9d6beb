"""Training a student on texts that a teacher has scored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.student import features, ngrams
from curation_assets.quality.student.distilling import Rows, distil, order_of, parts_of
from curation_assets.quality.student.student import Student
from curation_assets.quality.student.trees import TREES, Forest, train_forest
from curation_assets.text.hashing import content_hash, uniform

CHARACTERS = 1000
"""About as many as the packaged teacher reads, 256 tokens: what it does not see has no say in its score."""
_INNER_FOLDS = 5
_INNER_SEED = 3

Learnt = tuple[Forest, NDArray[np.float32]]


@dataclass(frozen=True)
class Trained:
    """A student, and what it says about texts that it has not seen.

    Attributes:
        held_out: bool [n], the fifth of the texts that trained nothing.
        unseen: float64 [n], see ``distilling.Distilled``; both in the given order of texts.
    """

    student: Student
    held_out: NDArray[np.bool_]
    unseen: NDArray[np.float64]


def train_student(
    texts: Sequence[str],
    scores: NDArray[np.floating],
    *,
    teacher: str = "",
    characters: int | None = CHARACTERS,
    trees: int = TREES,
    seed: int = 0,
) -> Trained:
    """Train a student.

    The same texts and scores give the same student to the bit, in whatever order they come. All vectors of
    n-grams are held in memory: at 1000 characters a text about 20 kB each.

    Args:
        scores: the teacher's, [n], on any scale.
        teacher: its fingerprint; empty if it is not known.
        characters: only so many from the start of a text are read; None: all. Take as many as the teacher
            reads.

    Raises:
        ValueError: there are too few texts, or a score is not finite, or all are the same.
    """
    wide = np.asarray(scores, dtype=np.float64)
    order, hashes = order_of(texts, wide)
    ordered = [texts[row] for row in order]
    counted = features.measure(ordered, characters)
    vectors = ngrams.matrix(ordered, characters)
    inner = np.array([int(_INNER_FOLDS * uniform(_INNER_SEED, one)) for one in hashes], dtype=np.int64)

    def train(rows: Rows, targets: NDArray[np.float64]) -> Learnt:
        unseen = ngrams.predict_unseen(vectors[rows], targets, inner[rows])
        forest = train_forest(np.hstack([counted[rows], unseen]), targets, trees=trees, seed=seed)
        return forest, ngrams.fit(vectors[rows], targets)

    def predict(learnt: Learnt, rows: Rows) -> NDArray[np.float64]:
        forest, coefficients = learnt
        return forest.predict(np.hstack([counted[rows], ngrams.apply(vectors[rows], coefficients)]))

    distilled = distil(parts_of(hashes), wide[order], train, predict)
    record = {
        "texts": len(texts),
        "held_out": int(distilled.held_out.sum()),
        "hash": content_hash(*hashes, wide[order].astype("<f8").tobytes()),
        "trees": trees,
        "seed": seed,
    }
    forest, coefficients = distilled.model
    student = Student(
        forest, coefficients, distilled.calibration, characters, teacher, distilled.gate, record
    )
    back = np.argsort(order)
    return Trained(student, distilled.held_out[back], distilled.unseen[back])
