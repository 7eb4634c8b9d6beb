"""Linear regression of grades on embeddings, as FineWeb-Edu's classifier (arXiv 2406.17557, section 4).

There a language model graded 450,000 pages from 0 to 5 by an additive rubric, and a linear regression on a
frozen embedding model learned the grades; pages of 3 and more are kept. Here the regression is solved exactly
(ridge) instead of by gradient descent. Targets may as well be 0 and 1. No text is read here: a model file
names the embedding model whose vectors it belongs to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.model_file import ModelFile, load_model_file
from curation_assets.text.hashing import content_hash
from resources.models import ModelError

KIND = "embedding"
LOWEST, HIGHEST = 0.0, 5.0
PENALTY = 1.0
VERSION = "1"
"""Raised by hand whenever the same model file and vector give another score."""


@dataclass(frozen=True)
class EmbeddingRegression:
    """A grade of a vector.

    File: ``coefficients`` float64 [d] and ``intercept`` float64 [1]; settings: ``embedding`` (fingerprint of
    the embedding model), ``lowest`` and ``highest``, between which grades are clipped.
    """

    embedding: str
    coefficients: NDArray[np.float64]
    intercept: float
    lowest: float = LOWEST
    highest: float = HIGHEST
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return content_hash(VERSION, self._file().fingerprint)

    def score(self, embeddings: NDArray[np.floating], embedding: str) -> NDArray[np.float64]:
        """Return the grade of each vector, float64 [n], clipped to ``lowest`` and ``highest``.

        Args:
            embeddings: [n, d]. A vector that is not finite has the lowest grade.
            embedding: fingerprint of the model that they come from.

        Raises:
            ModelError: the vectors come from another model than the training's.
        """
        self.check(embedding)
        wide = np.ascontiguousarray(embeddings, dtype=np.float64)
        if wide.shape[1:] != self.coefficients.shape:
            raise ModelError(f"vectors of {wide.shape[1:]} numbers, trained on {len(self.coefficients)}")
        # One row at a time: a matrix product may sum in another order for another number of rows.
        sums = [float(np.sum(row * self.coefficients)) if np.isfinite(row).all() else -np.inf for row in wide]
        return np.clip(np.array(sums, dtype=np.float64) + self.intercept, self.lowest, self.highest)

    def check(self, embedding: str) -> None:
        """Raise ModelError unless this is the fingerprint of the embedding model it was trained on."""
        if embedding != self.embedding:
            raise ModelError(
                f"the regression was trained on vectors of the embedding model {self.embedding}, but these"
                f" are of {embedding}: train it anew (curate train classifier),"
                " or take the embedding model and settings that it was trained with"
            )

    def save(self, path: Path) -> None:
        self._file().save(path)

    def _file(self) -> ModelFile:
        arrays = {"coefficients": self.coefficients, "intercept": np.array([self.intercept])}
        settings = {"embedding": self.embedding, "lowest": self.lowest, "highest": self.highest}
        return ModelFile(KIND, settings, arrays, self.record)


class EmbeddingScorer:
    """The grades of texts, by a regression and the embedding model that it was trained with.

    Args:
        embed: returns the vectors of texts, float32 [n, d], each of which depends on its text alone.
        embedding: fingerprint of the model behind it.

    Raises:
        ModelError: the regression was trained with another embedding model.
    """

    def __init__(
        self,
        regression: EmbeddingRegression,
        embed: Callable[[Sequence[str]], NDArray[np.float32]],
        embedding: str,
    ) -> None:
        regression.check(embedding)
        self._regression, self._embed, self._embedding = regression, embed, embedding
        self.fingerprint = regression.fingerprint  # which holds that of the embedding model

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n]."""
        if len(texts) == 0:
            return np.empty(0)
        return self._regression.score(self._embed(texts), self._embedding)


def load_regression(path: Path) -> EmbeddingRegression:
    """Read a regression.

    Raises:
        ModelError: the file is missing or holds something else.
    """
    file = load_model_file(path, KIND, {"coefficients": 1, "intercept": 1})
    settings = file.settings
    return EmbeddingRegression(
        str(settings["embedding"]),
        file.arrays["coefficients"].astype(np.float64),
        float(file.arrays["intercept"][0]),
        float(settings["lowest"]),
        float(settings["highest"]),
        dict(file.record),
    )


def train_regression(
    embeddings: NDArray[np.floating],
    targets: NDArray[np.floating],
    embedding: str,
    *,
    penalty: float = PENALTY,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    record: Mapping[str, Any] | None = None,
) -> EmbeddingRegression:
    """Solve ridge regression: least squares plus ``penalty`` times the squared norm, the intercept free.

    Args:
        embeddings: [n, d]; targets: [n], from lowest to highest.
        embedding: fingerprint of the model that the vectors come from.
        record: what else the file is to say about the training.

    Raises:
        ValueError: there are no examples, a number is not finite, or a target is out of range.
    """
    from threadpoolctl import threadpool_limits

    wide, grades = np.asarray(embeddings, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    if wide.ndim != 2 or len(wide) == 0 or grades.shape != (len(wide),):
        raise ValueError(f"{wide.shape} vectors for {grades.shape} targets")
    if not (np.isfinite(wide).all() and ((grades >= lowest) & (grades <= highest)).all()):
        raise ValueError(
            f"a vector that is not finite, or a target that is not between {lowest} and {highest}"
        )
    if not penalty > 0:
        raise ValueError(f"penalty {penalty}: not positive")
    mean, centre = wide.mean(axis=0), float(grades.mean())
    centred = wide - mean
    with threadpool_limits(1):  # sums are always split the same way
        normal = centred.T @ centred + penalty * np.eye(wide.shape[1])
        coefficients = np.linalg.solve(normal, centred.T @ (grades - centre))
        errors = centred @ coefficients + centre - grades
    known = {
        "examples": len(wide),
        "vectors": content_hash(wide.astype("<f8").tobytes(), grades.astype("<f8").tobytes()),
        "penalty": penalty,
        "root_mean_square_error": round(float(np.sqrt(np.mean(errors**2))), 6),
    }
    intercept = centre - float(np.sum(mean * coefficients))
    return EmbeddingRegression(
        embedding, coefficients, intercept, lowest, highest, {**known, **(record or {})}
    )
