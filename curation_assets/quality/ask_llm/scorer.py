"""Scores documents with a language model: how informative is this text (arXiv 2402.09668, section 3.1)."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.ask_llm.by_language import ByLanguage
from curation_assets.quality.ask_llm.config import AskLlmConfig
from curation_assets.quality.ask_llm.questions import Question, find_questions
from curation_assets.quality.decoders.decoder import NO_CUDA
from curation_assets.text.hashing import content_hash
from resources.models import (
    Dtype,
    ModelError,
    cpu_dtype,
    model_fingerprint,
    resolve_model,
    torch_threads,
    weights_fingerprint,
)
from resources.openvino_models import require_openvino

if TYPE_CHECKING:
    from curation_assets.quality.ask_llm.verbalizer import Verbalizer

VERSION = "1"
"""Raised by hand whenever the same model, prompt and text give another score."""

Score = Callable[[Sequence[str]], NDArray[np.float64]]
GPU_AT_ONCE = 512
"""Documents that a GPU is given together, so that some are of similar length."""


class Scorer:
    """Maps texts to scores in [0, 1]; a text's score depends on the text alone, to the bit.

    Documents pass one at a time at their own length. Padded batches are not faster on a processor
    (one thread is busy with a single document) and move the last bits of a score; a GPU has them all the
    same, and there a score depends on the others within the rounding of the arithmetic.

    Attributes:
        name: the column of scores.
        fingerprint: content hash of everything that a score depends on beside the text.
        chunk: texts between two commits to a cache, that is, what a kill can cost.
    """

    name = "ask_llm"
    chunk = 16

    def __init__(
        self, fingerprint: str, load: Callable[[], Score], threads: int = 1, at_once: int = 1
    ) -> None:
        self.fingerprint = fingerprint
        self.chunk = max(self.chunk, at_once)
        self._load = load
        self._threads = threads
        self._at_once = at_once
        self._score: Score | None = None

    def of(self, _language: str | None) -> "Scorer":
        """Return the scorer of documents in a language: this one, whatever the language."""
        return self

    def score(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float64]:
        """Return float64 [n]; the model is loaded by the first call."""
        scores = np.empty(len(texts), dtype=np.float64)
        if len(texts) == 0:
            return scores
        with torch_threads(self._threads):
            if self._score is None:
                self._score = self._load()
            for start in range(0, len(texts), self._at_once):
                some = texts[start : start + self._at_once]
                scores[start : start + len(some)] = self._score(some)
                progress(len(some))
        return scores


def load_scorer(config: AskLlmConfig, threads: int = 1) -> "Scorer | ByLanguage[Scorer]":
    """Return the scorer that the settings name; weights are read when it first scores.

    Args:
        threads: of torch, while it scores; several processes are faster than several threads.

    Raises:
        ModelError: model, probe, prompt or shots are missing, unsafe to load, or do not belong together.
    """
    folder = resolve_model(config.model, "language")
    dtype = cpu_dtype(config.dtype)
    if config.readout == "probe":
        return _probe_scorer(config, folder, dtype, threads)
    questions = find_questions(config, config.readout)
    model = functools.cache(lambda: _verbalizer(config, questions.otherwise, folder, dtype))

    def scorer(question: Question) -> Scorer:
        fingerprint = _fingerprint(config, folder, dtype, *question.parts)
        return Scorer(fingerprint, lambda: _asking(model(), question), threads, _at_once(config))

    return questions.scorers(scorer)


def check_asking(config: AskLlmConfig) -> None:
    """See without reading weights that the backend is there and the model's tokens tell the answers.

    Prompts of single languages are not looked at: perhaps no document is in them.

    Raises:
        ModelError: they cannot be used; scoring would raise it for every document.
    """
    if config.backend == "openvino":
        require_openvino("quality.backend")
    if config.backend == "cuda":
        import torch

        if not torch.cuda.is_available():
            raise ModelError(NO_CUDA)
    if config.readout != "probe":
        from curation_assets.quality.ask_llm.answers import AnswerTokens
        from curation_assets.quality.ask_llm.language_model import load_tokenizer

        tokenizer = load_tokenizer(resolve_model(config.model, "language"))
        for prompt in find_questions(config, config.readout).otherwise.prompts:
            AnswerTokens(tokenizer, prompt.answers)


def _probe_scorer(config: AskLlmConfig, folder: Path, dtype: Dtype, threads: int) -> Scorer:
    from curation_assets.quality.ask_llm.probe import load_probe

    probe = load_probe(config.probe)
    probe.check(weights_fingerprint(folder), config.model)

    def load() -> Score:
        from curation_assets.quality.ask_llm.hidden_states import MeanHiddenStates

        states = MeanHiddenStates(folder, probe.layer, dtype, config.maximum_tokens, threads, config.backend)

        def score(texts: Sequence[str]) -> NDArray[np.float64]:
            features = states.features(texts)
            there = np.isfinite(features).all(axis=1)
            scores = np.zeros(len(texts), dtype=np.float64)
            scores[there] = probe.probability(features[there])
            return scores

        return score

    known = _fingerprint(config, folder, dtype, probe.fingerprint)
    return Scorer(known, load, threads, _at_once(config))


def _at_once(config: AskLlmConfig) -> int:
    return GPU_AT_ONCE if config.backend == "cuda" else 1


def _verbalizer(config: AskLlmConfig, question: Question, folder: Path, dtype: Dtype) -> "Verbalizer":
    from curation_assets.quality.ask_llm.fewshot import FewShotVerbalizer
    from curation_assets.quality.ask_llm.verbalizer import Verbalizer

    first, tokens = question.prompts[0], config.maximum_tokens
    if question.shots:
        return FewShotVerbalizer(folder, dtype, first, tokens, question.shots, backend=config.backend)
    return Verbalizer(folder, dtype, first, tokens, backend=config.backend)


def _asking(model: "Verbalizer", question: Question) -> Score:
    """Return the mean over the question's prompts."""
    asked = [model.asking(prompt) for prompt in question.prompts]
    return lambda texts: np.sum([one.probabilities(texts) for one in asked], axis=0) / len(asked)


def _fingerprint(config: AskLlmConfig, folder: Path, dtype: Dtype, *parts: str) -> str:
    limits = str(config.maximum_tokens)
    return content_hash(
        VERSION, config.readout, model_fingerprint(folder), config.backend, dtype, limits, *parts
    )
