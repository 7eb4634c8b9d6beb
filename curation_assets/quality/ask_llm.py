"""Scores documents with a language model: how informative is this text (arXiv 2402.09668, section 3.1)."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.config import QualityConfig
from curation_assets.quality.prompts import PROMPTS
from curation_assets.text.hashing import content_hash
from resources.models import (
    Dtype,
    cpu_dtype,
    model_fingerprint,
    resolve_model,
    torch_threads,
    weights_fingerprint,
)

VERSION = "1"
"""Raised by hand whenever the same model, prompt and text give another score."""

ScoreOne = Callable[[str], float]


class Scorer:
    """Maps texts to scores in [0, 1]; a text's score depends on the text alone, to the bit.

    Documents pass one at a time at their own length. Padded batches would not be faster on a processor
    (one thread is busy with a single document) and move the last bits of a score.

    Attributes:
        name: the column of scores.
        fingerprint: content hash of everything that a score depends on beside the text.
    """

    name = "ask_llm"

    def __init__(self, fingerprint: str, load: Callable[[], ScoreOne], threads: int = 1) -> None:
        self.fingerprint = fingerprint
        self._load = load
        self._threads = threads
        self._score_one: ScoreOne | None = None

    def score(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float64]:
        """Return float64 [n]; the model is loaded by the first call."""
        scores = np.empty(len(texts), dtype=np.float64)
        if len(texts) == 0:
            return scores
        with torch_threads(self._threads):
            if self._score_one is None:
                self._score_one = self._load()
            for index, text in enumerate(texts):
                scores[index] = self._score_one(text)
                progress(1)
        return scores


def load_scorer(config: QualityConfig, threads: int = 1) -> Scorer:
    """Return the scorer that the settings name; weights are read when it first scores.

    Args:
        threads: of torch, while it scores; several processes are faster than several threads.

    Raises:
        ModelError: model or probe are missing, unsafe to load, or do not belong together.
    """
    folder = resolve_model(config.model, "language")
    dtype = cpu_dtype(config.dtype)
    if config.readout == "probe":
        return _probe_scorer(config, folder, dtype, threads)
    parts = (PROMPTS[config.prompt], *config.answers)
    fingerprint = _fingerprint(config, folder, dtype, *parts)
    return Scorer(fingerprint, lambda: _verbalizer(config, folder, dtype), threads)


def _probe_scorer(config: QualityConfig, folder: Path, dtype: Dtype, threads: int) -> Scorer:
    from curation_assets.quality.probe import load_probe

    probe = load_probe(config.probe)
    probe.check(weights_fingerprint(folder), config.model)

    def load() -> ScoreOne:
        from curation_assets.quality.hidden_states import MeanHiddenStates

        states = MeanHiddenStates(folder, probe.layer, dtype, config.maximum_tokens, threads, config.backend)

        def score_one(text: str) -> float:
            features = states.features([text])
            return float(probe.probability(features)[0]) if np.isfinite(features).all() else 0.0

        return score_one

    return Scorer(_fingerprint(config, folder, dtype, probe.fingerprint), load, threads)


def _verbalizer(config: QualityConfig, folder: Path, dtype: Dtype) -> ScoreOne:
    from curation_assets.quality.verbalizer import Verbalizer

    return Verbalizer(folder, dtype, config.prompt, config.answers, config.maximum_tokens).probability


def _fingerprint(config: QualityConfig, folder: Path, dtype: Dtype, *parts: str) -> str:
    limits = str(config.maximum_tokens)
    return content_hash(
        VERSION, config.readout, model_fingerprint(folder), config.backend, dtype, limits, *parts
    )
