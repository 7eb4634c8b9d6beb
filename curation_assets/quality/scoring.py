"""Scores of documents, of which only those that nobody has computed yet are computed."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.ask_llm.by_language import DocumentScorer, TextScorer
from curation_assets.text.embedder import Embedder
from resources.document_cache import DocumentCache, compute_missing

Grade = Callable[[NDArray[np.float32]], NDArray[np.float64]]


class OnVectors:
    """Scores texts by their vectors, which the stage embeddings keeps in the same cache under the same key.

    Attributes:
        fingerprint: of the regression and of what embeds.
    """

    def __init__(self, fingerprint: str, embedder: Embedder, load: Callable[[], Grade]) -> None:
        self.fingerprint = fingerprint
        self.chunk = 16
        self.embedder = embedder
        self._load = load
        self._grade: Grade | None = None

    def of(self, _language: str | None) -> "OnVectors":
        """Return the scorer of documents in a language: this one, whatever the language."""
        return self

    def check(self) -> None:
        """Load the regression.

        Raises:
            ModelError: it is of another kind, or of another embedding model.
        """
        self._grade = self._grade or self._load()

    def grades(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return float64 [n] of vectors [n, d]."""
        self.check()
        assert self._grade is not None
        return self._grade(vectors)

    def score(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float64]:
        """Return float64 [n]."""
        return self.grades(self.embedder.embed(texts, progress)) if len(texts) else np.empty(0)


def compute_scores(
    cache: DocumentCache,
    scorer: DocumentScorer,
    keys: Sequence[str],
    languages: Sequence[str | None],
    texts: Callable[[], Mapping[str, str]],
    progress: Progress,
) -> tuple[NDArray[np.float64], list[str]]:
    """Return float64 [n] of documents, and the keys that were computed.

    Args:
        keys: content hash of each text.
        languages: of the documents, as codes; one scorer a language, if there are several.
        texts: returns the text of every key; called only if something has to be computed.
    """
    if isinstance(scorer, OnVectors):
        return _grades_of_vectors(cache, scorer, keys, texts, progress)
    scores = np.empty(len(keys), dtype=np.float64)
    groups: dict[str, list[int]] = {}
    scorers: dict[str, TextScorer] = {}
    for row, language in enumerate(languages):
        chosen = scorer.of(language)
        scorers[chosen.fingerprint] = chosen
        groups.setdefault(chosen.fingerprint, []).append(row)
    computed: list[str] = []
    for fingerprint, rows in groups.items():
        some = [keys[row] for row in rows]
        chosen = scorers[fingerprint]
        values, new = compute_missing(
            cache, fingerprint, some, texts, chosen.score, progress, dtype=np.float64, chunk=chosen.chunk
        )
        scores[rows] = values
        computed += new
    return scores, computed


def _grades_of_vectors(
    cache: DocumentCache,
    scorer: OnVectors,
    keys: Sequence[str],
    texts: Callable[[], Mapping[str, str]],
    progress: Progress,
) -> tuple[NDArray[np.float64], list[str]]:
    """Return the grades, and the keys that had to be embedded; a grade itself is too cheap to be kept."""
    embedder = scorer.embedder
    vectors, embedded = compute_missing(
        cache, embedder.fingerprint, keys, texts, embedder.embed, progress, dtype=np.float32
    )
    return (scorer.grades(vectors.astype(np.float32)) if keys else np.empty(0)), embedded
