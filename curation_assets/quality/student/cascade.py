"""A student scores all texts, and its teacher those that the student cannot decide about.

What a score decides is which texts are in the top share. A text whose student's score lies outside a band
around that limit keeps it; the teacher scores those inside. The band is fitted on texts that the student has
not seen (``fit_band``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.student.band import Band
from curation_assets.text.hashing import content_hash
from resources.files import write_bytes_atomically
from resources.models import ModelError

FORMAT = 1
VERSION = "1"
"""Raised by hand whenever the same student, teacher and band give a text another score."""


class Scorer(Protocol):
    """What both student and teacher are."""

    @property
    def fingerprint(self) -> str: ...

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class CascadeFile:
    """A band, and the fingerprints of the student and the teacher that it was fitted for.

    Attributes:
        record: how the band was fitted and what came of it.
    """

    student: str
    teacher: str
    band: Band
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        limits = float(self.band.low).hex(), float(self.band.high).hex()
        return content_hash(VERSION, self.student, self.teacher, *limits)

    def save(self, path: Path) -> None:
        """Write it as JSON; the same content gives the same bytes."""
        content = {
            "format": FORMAT,
            "student": self.student,
            "teacher": self.teacher,
            "low": self.band.low,
            "high": self.band.high,
            "record": self.record,
        }
        text = json.dumps(content, sort_keys=True, indent=1, allow_nan=False)
        write_bytes_atomically(path, text.encode() + b"\n")


@dataclass(frozen=True)
class Cascade:
    """A scorer made of two.

    Attributes:
        teacher: its ``score`` is called once for each call of the cascade's, with the texts in the band.
        record: how the band was fitted and what came of it.
    """

    student: Scorer
    teacher: Scorer
    band: Band
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return self._file().fingerprint

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n]; a score depends on the text alone."""
        return self.score_and_asked(texts)[0]

    def score_and_asked(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the scores and which of them are the teacher's, [n] each."""
        scores = self.student.score(texts).copy()
        asked = self.band.contains(scores)
        rows = np.flatnonzero(asked).tolist()
        if rows:
            scores[rows] = self.teacher.score([texts[row] for row in rows])
        return scores, asked

    def save(self, path: Path) -> None:
        self._file().save(path)

    def _file(self) -> "CascadeFile":
        return CascadeFile(self.student.fingerprint, self.teacher.fingerprint, self.band, self.record)


def load_cascade(path: Path, student: Scorer, teacher: Scorer) -> Cascade:
    """Read a cascade's file and put the two scorers that it was fitted for into it.

    Raises:
        ModelError: the file is missing, is no cascade's, or belongs to another student or teacher.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ModelError(f"cascade {path}: unknown format")
        band = Band(float(content["low"]), float(content["high"]))
        owners, record = (content["student"], content["teacher"]), dict(content["record"])
    except OSError as error:
        raise ModelError(f"cascade {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"cascade {path}: not a cascade's file ({error})") from error
    for name, owner, scorer in zip(("student", "teacher"), owners, (student, teacher), strict=True):
        if owner != scorer.fingerprint:
            raise ModelError(
                f"cascade {path} was fitted for the {name} {owner}, but this is {scorer.fingerprint}:"
                " fit it anew (python -m curation_assets.quality.student.train --cascade)"
            )
    if not np.isfinite([band.low, band.high]).all():
        raise ModelError(f"cascade {path}: a limit that is not finite")
    return Cascade(student, teacher, band, record)
