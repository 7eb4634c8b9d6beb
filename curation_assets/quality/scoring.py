"""Scores of documents, of which only those that nobody has computed yet are computed."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress
from curation_assets.quality.by_language import DocumentScorer, TextScorer
from resources.document_cache import DocumentCache, compute_missing


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
