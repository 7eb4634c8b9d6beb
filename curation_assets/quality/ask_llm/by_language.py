"""Several scorers, of which a document's language chooses one."""

from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.text.hashing import content_hash


class TextScorer(Protocol):
    """What every scorer is.

    Attributes:
        fingerprint: content hash of everything that a score depends on beside the text.
        chunk: how many texts it likes to be given between two commits to a cache.
    """

    fingerprint: str
    chunk: int

    def score(self, texts: Sequence[str], progress: Progress = ...) -> NDArray[np.float64]: ...


class DocumentScorer(Protocol):
    """What chooses a scorer by the language of a document; most choose themselves."""

    def of(self, language: str | None, /) -> TextScorer: ...


class BankScorer(DocumentScorer, Protocol):
    """A column of scores.

    Attributes:
        fingerprint: content hash of everything that its scores depend on beside the texts.
    """

    @property
    def fingerprint(self) -> str: ...


Scorer = TypeVar("Scorer", bound=TextScorer)


class ByLanguage(Generic[Scorer]):
    """Scorers by language. A document's score is kept under the fingerprint of the one that it comes to.

    Attributes:
        fingerprint: content hash of all of them.
        languages: those that have a scorer of their own.
    """

    def __init__(self, scorers: Mapping[str, Scorer], otherwise: Scorer) -> None:
        self._scorers = dict(sorted(scorers.items()))
        self._otherwise = otherwise
        self.languages = tuple(self._scorers)
        parts = [part for code, scorer in self._scorers.items() for part in (code, scorer.fingerprint)]
        self.fingerprint = content_hash("by_language", otherwise.fingerprint, *parts)

    def of(self, language: str | None) -> Scorer:
        """Return the scorer of documents in a language, an ISO 639-1 code or None where it is unknown."""
        return self._scorers.get(language or "", self._otherwise)

    def score(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float64]:
        """Return float64 [n] for texts of unknown language."""
        return self._otherwise.score(texts, progress)
