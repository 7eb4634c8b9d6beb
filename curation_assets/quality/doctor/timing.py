"""Scores texts and measures how fast that goes."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.ask_llm.by_language import DocumentScorer, TextScorer

Clock = Literal["core", "wall"]
"""core: seconds of processor time, for what computes here; wall: for what a server or a GPU computes."""
_CLOCKS: dict[Clock, Callable[[], float]] = {"core": time.process_time, "wall": time.perf_counter}
_LEAST_SECONDS = 0.1
_MOST_ROUNDS = 1000

Groups = Sequence[tuple[TextScorer, list[int]]]


@dataclass(frozen=True)
class Speed:
    """How fast a scorer is.

    Attributes:
        documents_per_second, tokens_per_second: of a core, or of the clock on the wall; the first text of
            each scorer is not counted, since it has to wait for the model. Tokens are those that are read;
            None where they could not be counted.
        clock: which seconds these are.
        start_seconds: until the first texts are scored: models are loaded, loops compiled.
    """

    documents_per_second: float
    tokens_per_second: float | None
    clock: Clock
    start_seconds: float


def clock_of(settings: Any) -> Clock:
    """Return by which clock a scorer with such settings is measured."""
    elsewhere = getattr(settings, "kind", "") == "endpoint" or getattr(settings, "backend", "") == "cuda"
    return "wall" if elsewhere else "core"


def score_timed(
    scorer: DocumentScorer,
    texts: Sequence[str],
    languages: Sequence[str | None],
    tokens: NDArray[np.int64] | None,
    clock: Clock,
    progress: Progress = silent,
) -> tuple[NDArray[np.float64], Speed | None]:
    """Return float64 [n], and the speed, None where all texts were needed to get started.

    What takes no time is done several times over, but nothing is asked of a server twice.

    Args:
        tokens: that are read of each text, [n].
    """
    now, scores = _CLOCKS[clock], np.empty(len(texts), dtype=np.float64)
    groups = _by_scorer(scorer, languages)
    begin = now()
    for chosen, rows in groups:
        scores[rows[0]] = chosen.score([texts[rows[0]]])[0]
        progress(1)
    started = now() - begin
    counted = [row for _, rows in groups for row in rows[1:]]
    begin, rounds = now(), 1
    for rows, values in _in_chunks(groups, texts):
        scores[rows] = values
        progress(len(rows))
    while counted and clock == "core" and now() - begin < _LEAST_SECONDS and rounds < _MOST_ROUNDS:
        for _ in _in_chunks(groups, texts):
            pass
        rounds += 1
    seconds = max(now() - begin, 1e-9) / rounds
    if not counted:
        return scores, None
    read = None if tokens is None else float(tokens[counted].sum()) / seconds
    return scores, Speed(len(counted) / seconds, read, clock, started)


def _by_scorer(scorer: DocumentScorer, languages: Sequence[str | None]) -> Groups:
    groups: dict[str, tuple[TextScorer, list[int]]] = {}
    for row, language in enumerate(languages):
        chosen = scorer.of(language)
        groups.setdefault(chosen.fingerprint, (chosen, []))[1].append(row)
    return list(groups.values())


def _in_chunks(groups: Groups, texts: Sequence[str]) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
    for chosen, rows in groups:
        for start in range(1, len(rows), chosen.chunk):
            some = rows[start : start + chosen.chunk]
            yield some, chosen.score([texts[row] for row in some])
