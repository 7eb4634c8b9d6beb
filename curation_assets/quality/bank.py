"""The bank of scores: each column of ``quality_scores`` has a scorer, made from its settings.

A scorer is known by the files and settings that its scores depend on, so that nothing has to be loaded to
find that a column is up to date.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, assert_never

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.ask_llm.by_language import BankScorer
from curation_assets.quality.ask_llm.scorer import Scorer, load_scorer
from curation_assets.quality.config import ASK_LLM, STUDENT, QualityConfig
from curation_assets.quality.kinds import (
    LOWER_IS_BETTER,
    AskLlmScorer,
    CascadeOf,
    DsirScorer,
    EmbeddingScorer,
    EndpointScorer,
    FastTextScorer,
    HashedScorer,
    NgramScorer,
    PerplexityScorer,
    ScorerConfig,
    StudentScorer,
)
from curation_assets.quality.scoring import Grade, OnVectors
from curation_assets.text.embedder import load_embedder
from curation_assets.text.hashing import content_hash
from resources.models import ModelError, cpu_dtype, file_fingerprint, model_fingerprint, resolve_model

VERSIONS = {
    "ngram": "1",
    "perplexity": "1",
    "hashed": "1",
    "fasttext": "1",
    "dsir": "1",
    "embedding": "1",
    "student": "1",
    "cascade": "1",
}
"""Raised by hand, with the module's own ``VERSION``, whenever the same model and text give another score."""

CASCADE_CHUNK = 64
"""Documents between two commits to the cache; the student is far quicker than the teacher."""

Score = Callable[[Sequence[str]], NDArray[np.float64]]
FileSettings = TypeVar("FileSettings", NgramScorer, HashedScorer, FastTextScorer, DsirScorer, StudentScorer)


class LoadedLate:
    """Maps texts to scores by a model that is loaded when it first scores, see ``by_language.BankScorer``."""

    chunk = 1024

    def __init__(self, fingerprint: str, load: Callable[[], Score], chunk: int = chunk) -> None:
        self.fingerprint = fingerprint
        self.chunk = chunk
        self._load = load
        self._score: Score | None = None

    def of(self, _language: str | None) -> "LoadedLate":
        """Return the scorer of documents in a language: this one, whatever the language."""
        return self

    def check(self) -> None:
        """Load the model.

        Raises:
            ModelError: it is of another kind.
        """
        self._score = self._score or self._load()

    def score(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float64]:
        """Return float64 [n]."""
        self.check()
        assert self._score is not None
        scores = self._score(texts)
        progress(len(texts))
        return scores


def load_bank(config: QualityConfig) -> dict[str, BankScorer]:
    """Return the scorer of each column, ``ask_llm`` first.

    Raises:
        ModelError: a file or model is missing, or is of another kind; the message names the scorer.
    """
    bank: dict[str, BankScorer] = {ASK_LLM: load_scorer(config)}
    if config.cascade is not None:
        try:
            bank |= _cascade(config, config.cascade, bank[ASK_LLM])
        except ModelError as error:
            raise ModelError(f"quality.cascade: {error}") from error
    for name, settings in config.scorers.items():
        try:
            bank[name] = load_one(settings)
        except ModelError as error:
            raise ModelError(f"quality.scorers.{name}: {error}") from error
    return bank


def load_one(settings: ScorerConfig) -> BankScorer:
    """Return the scorer of some settings; see ``load_bank``."""
    match settings:
        case AskLlmScorer():
            return load_scorer(settings)
        case EndpointScorer():
            from curation_assets.quality.endpoint.scorer import load_endpoint

            return load_endpoint(settings)
        case PerplexityScorer():
            return _perplexity(settings)
        case NgramScorer():
            return _of_file(settings, _load_ngram, settings.tokens)
        case HashedScorer():
            return _of_file(settings, _load_hashed)
        case FastTextScorer():
            return _of_file(settings, _load_fasttext, settings.label)
        case DsirScorer():
            return _of_file(settings, _load_dsir, str(settings.per_feature))
        case StudentScorer():
            return _of_file(settings, _load_student)
        case EmbeddingScorer():
            return _on_vectors(settings)
        case _:
            assert_never(settings)


def oriented(scores: NDArray[np.float64], column: str, config: QualityConfig) -> NDArray[np.float64]:
    """Return a column's scores so that the greater is the better: perplexities with their sign changed."""
    settings = config.scorers.get(column)
    return -scores if settings is not None and settings.kind in LOWER_IS_BETTER else scores


def fingerprint(bank: Mapping[str, BankScorer]) -> str:
    """Return the content hash of all that the scores depend on beside the texts."""
    return content_hash(*(part for name, scorer in bank.items() for part in (name, scorer.fingerprint)))


def _of_file(settings: FileSettings, load: Callable[[Path, FileSettings], Score], *parts: str) -> LoadedLate:
    path = _file(settings.model)
    known = content_hash(settings.kind, VERSIONS[settings.kind], file_fingerprint(path), *parts)
    return LoadedLate(known, lambda: load(path, settings))


def _file(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        raise ModelError(f"model {name!r}: there is no such file")
    return path


def _on_vectors(settings: EmbeddingScorer) -> OnVectors:
    path, embedder = _file(settings.model), load_embedder(settings.embedder)

    def load() -> Grade:
        from curation_assets.quality.classifiers.embedding import load_regression

        regression = load_regression(path)
        regression.check(embedder.fingerprint)
        return lambda vectors: regression.score(vectors, embedder.fingerprint)

    known = content_hash("embedding", VERSIONS["embedding"], file_fingerprint(path), embedder.fingerprint)
    return OnVectors(known, embedder, load)


def _load_student(path: Path, settings: StudentScorer) -> Score:
    from curation_assets.quality.student.student import load_student

    return load_student(path, allow_failed=settings.allow_failed).score


def _cascade(config: QualityConfig, files: CascadeOf, teacher: BankScorer) -> dict[str, BankScorer]:
    """Return the columns of a cascade: the student, and the teacher's with what it was not asked about."""
    if not isinstance(teacher, Scorer):
        raise ModelError("goes with one prompt for all documents, not with prompt: by_language")
    student, band = _file(files.student), _file(files.band)

    def load() -> Score:
        from curation_assets.quality.student.cascade import load_cascade
        from curation_assets.quality.student.student import load_student

        return load_cascade(band, load_student(student, allow_failed=files.allow_failed), teacher).score

    parts = (file_fingerprint(student), file_fingerprint(band), teacher.fingerprint)
    known = content_hash("cascade", VERSIONS["cascade"], *parts)
    return {ASK_LLM: LoadedLate(known, load, CASCADE_CHUNK), STUDENT: load_one(files.alone)}


def _load_ngram(path: Path, settings: NgramScorer) -> Score:
    from curation_assets.quality.perplexity.ngram import NgramPerplexity, read_model

    return NgramPerplexity(read_model(path, settings.tokens)).score


def _load_hashed(path: Path, _settings: HashedScorer) -> Score:
    from curation_assets.quality.classifiers.hashed import load_hashed

    return load_hashed(path).score


def _load_fasttext(path: Path, settings: FastTextScorer) -> Score:
    from curation_assets.quality.classifiers.fasttext import load_fasttext

    return load_fasttext(path, settings.label).score


def _load_dsir(path: Path, settings: DsirScorer) -> Score:
    from curation_assets.quality.classifiers.dsir import load_dsir

    weights = load_dsir(path)

    def score(texts: Sequence[str]) -> NDArray[np.float64]:
        values, counts = weights.score_and_count(texts)
        return values / np.maximum(counts, 1) if settings.per_feature else values

    return score


def _perplexity(settings: PerplexityScorer) -> LoadedLate:
    folder, dtype = resolve_model(settings.model, "language"), cpu_dtype(settings.dtype)

    def load() -> Score:
        from curation_assets.quality.perplexity.neural import LanguageModelPerplexity

        return LanguageModelPerplexity(folder, dtype, settings.maximum_tokens).score

    limits = (model_fingerprint(folder), dtype, str(settings.maximum_tokens))
    return LoadedLate(content_hash("perplexity", VERSIONS["perplexity"], *limits), load, chunk=16)
