"""A cheap stand-in for a teacher that scores texts: counted features and n-grams, boosted trees, calibration.

Which features is written at ``counts``, ``features`` and ``ngrams``; how a student is trained, at
``training``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.model_file import ModelFile
from curation_assets.quality.student import features, ngrams
from curation_assets.quality.student.calibration import Calibration
from curation_assets.quality.student.gate import Gate, gate_from_record
from curation_assets.quality.student.npz_file import load_npz, save_npz
from curation_assets.quality.student.trees import DIMENSIONS, Forest
from curation_assets.text.hashing import content_hash
from resources.models import ModelError

KIND = "student"
VERSION = "1"
"""Raised by hand whenever the same model file and text give another score."""
WIDTH = len(features.NAMES) + len(ngrams.NAMES)
_ARRAYS = {**DIMENSIONS, "ngrams": 1, "inputs": 1, "outputs": 1}


@dataclass(frozen=True)
class Student:
    """A teacher's score of a text, guessed.

    File: the forest's arrays, ``ngrams`` float32 [2 * buckets], ``inputs`` and ``outputs`` of the
    calibration; settings: ``characters`` and ``teacher``; record: ``gate`` and what it was trained on.

    Attributes:
        coefficients: of the n-grams.
        characters: only so many from the start of a text are read, apart from its length; None: all.
        teacher: fingerprint of the scorer whose scores it learnt; empty if that is not known.
    """

    forest: Forest
    coefficients: NDArray[np.float32]
    calibration: Calibration
    characters: int | None
    teacher: str
    gate: Gate
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return content_hash(VERSION, self._file().fingerprint)

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n] on the teacher's scale; a score depends on the text alone."""
        return self.calibration(self.forest.predict(self.measure(texts)))

    def measure(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return what the trees look at, float64 [n, WIDTH]: ``features.NAMES``, then ``ngrams.NAMES``."""
        counted = features.measure(texts, self.characters)
        return np.hstack([counted, ngrams.measure(texts, self.coefficients, self.characters)])

    def save(self, path: Path) -> None:
        """Write the file as a whole or not at all, whether or not the gate is passed."""
        save_npz(self._file(), path)

    def _file(self) -> ModelFile:
        arrays = {
            **self.forest.arrays(),
            "ngrams": self.coefficients,
            "inputs": self.calibration.inputs,
            "outputs": self.calibration.outputs,
        }
        settings = {"characters": self.characters, "teacher": self.teacher}
        return ModelFile(KIND, settings, arrays, {**self.record, "gate": self.gate.as_record()})


def load_student(path: Path, *, allow_failed: bool = False) -> Student:
    """Read a student.

    Args:
        allow_failed: return one that failed its gate, too.

    Raises:
        ModelError: the file is missing or holds something else, or the student failed its gate.
    """
    file = load_npz(path, KIND, _ARRAYS)
    forest, coefficients = Forest(**{name: file.arrays[name] for name in DIMENSIONS}), file.arrays["ngrams"]
    calibration = Calibration(file.arrays["inputs"], file.arrays["outputs"])
    try:
        settings, record = dict(file.settings), dict(file.record)
        characters, gate = settings["characters"], gate_from_record(record.pop("gate"))
        sound = characters is None or (isinstance(characters, int) and characters > 0)
        teacher = str(settings["teacher"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"student {path}: settings or record lack {error}") from error
    size = len(coefficients)
    if not (sound and calibration.is_monotone and size >= 2 and size & (size - 1) == 0):
        raise ModelError(f"student {path}: arrays or settings that do not fit each other")
    forest.check(WIDTH)
    if not (gate.passed or allow_failed):
        raise ModelError(f"student {path} failed its gate: {gate}")
    return Student(forest, coefficients, calibration, characters, teacher, gate, record)
