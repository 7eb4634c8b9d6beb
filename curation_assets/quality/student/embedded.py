"""A student that looks at embeddings: ridge regression, calibration, and the same gate.

It reads no text; where embeddings are computed anyway, it costs one product a text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.embedding import PENALTY, EmbeddingRegression, train_regression
from curation_assets.quality.classifiers.model_file import ModelFile
from curation_assets.quality.student.calibration import Calibration
from curation_assets.quality.student.distilling import Rows, distil, order_of, parts_of
from curation_assets.quality.student.gate import Gate, gate_from_record
from curation_assets.quality.student.npz_file import load_npz, save_npz
from curation_assets.text.hashing import content_hash
from resources.models import ModelError

KIND = "embedding_student"
VERSION = "1"
"""Raised by hand whenever the same model file and vector give another score."""
_LOWEST, _HIGHEST = -1000.0, 1000.0
"""Of predicted ranks, which lie between 0 and 1: nothing is to be clipped before it is calibrated."""
_ARRAYS = {"coefficients": 1, "intercept": 1, "inputs": 1, "outputs": 1}


@dataclass(frozen=True)
class EmbeddingStudent:
    """A teacher's score, guessed from a vector.

    File: ``coefficients`` float64 [d] and ``intercept`` [1] of the regression, ``inputs`` and ``outputs`` of
    the calibration; settings: ``embedding`` and ``teacher``; record: ``gate`` and what it was trained on.
    """

    regression: EmbeddingRegression
    calibration: Calibration
    teacher: str
    gate: Gate
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return content_hash(VERSION, self.regression.fingerprint, self._file().fingerprint)

    def score(self, embeddings: NDArray[np.floating], embedding: str) -> NDArray[np.float64]:
        """Return float64 [n] on the teacher's scale.

        Args:
            embeddings: [n, d].
            embedding: fingerprint of the model that they come from.

        Raises:
            ModelError: the vectors come from another model than the training's.
        """
        return self.calibration(self.regression.score(embeddings, embedding))

    def save(self, path: Path) -> None:
        """Write the file as a whole or not at all, whether or not the gate is passed."""
        save_npz(self._file(), path)

    def _file(self) -> ModelFile:
        arrays = {
            "coefficients": self.regression.coefficients,
            "intercept": np.array([self.regression.intercept]),
            "inputs": self.calibration.inputs,
            "outputs": self.calibration.outputs,
        }
        settings = {"embedding": self.regression.embedding, "teacher": self.teacher}
        return ModelFile(KIND, settings, arrays, {**self.record, "gate": self.gate.as_record()})


def load_embedding_student(path: Path, *, allow_failed: bool = False) -> EmbeddingStudent:
    """Read a student.

    Args:
        allow_failed: return one that failed its gate, too.

    Raises:
        ModelError: the file is missing or holds something else, or the student failed its gate.
    """
    file = load_npz(path, KIND, _ARRAYS)
    arrays, record = file.arrays, dict(file.record)
    try:
        embedding, teacher = str(file.settings["embedding"]), str(file.settings["teacher"])
        gate, intercept = gate_from_record(record.pop("gate")), float(arrays["intercept"][0])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelError(f"student {path}: settings or record lack {error}") from error
    calibration = Calibration(arrays["inputs"], arrays["outputs"])
    if not calibration.is_monotone:
        raise ModelError(f"student {path}: a calibration that is not monotone")
    if not (gate.passed or allow_failed):
        raise ModelError(f"student {path} failed its gate: {gate}")
    regression = EmbeddingRegression(embedding, arrays["coefficients"], intercept, _LOWEST, _HIGHEST)
    return EmbeddingStudent(regression, calibration, teacher, gate, record)


def train_embedding_student(
    texts: Sequence[str],
    embeddings: NDArray[np.floating],
    scores: NDArray[np.floating],
    embedding: str,
    *,
    teacher: str = "",
    penalty: float = PENALTY,
) -> EmbeddingStudent:
    """Train a student on the embeddings of texts, [n, d], and the teacher's scores, [n], on any scale.

    Args:
        texts: only their hashes count: copies of a text are never both trained on and judged.
        embedding: fingerprint of the model that the vectors come from.
        teacher: fingerprint of the scorer; empty if it is not known.
        penalty: on the squared norm of the coefficients.

    Raises:
        ValueError: there are too few texts, a number is not finite, or all scores are the same.
    """
    wide = np.asarray(scores, dtype=np.float64)
    order, hashes = order_of(texts, wide)
    vectors = np.asarray(embeddings)[order]

    def train(rows: Rows, targets: NDArray[np.float64]) -> EmbeddingRegression:
        return train_regression(
            vectors[rows], targets, embedding, penalty=penalty, lowest=_LOWEST, highest=_HIGHEST
        )

    def predict(regression: EmbeddingRegression, rows: Rows) -> NDArray[np.float64]:
        return regression.score(vectors[rows], embedding)

    done = distil(parts_of(hashes), wide[order], train, predict)
    record = {"held_out": int(done.held_out.sum()), "training": dict(done.model.record)}
    return EmbeddingStudent(done.model, done.calibration, teacher, done.gate, record)
