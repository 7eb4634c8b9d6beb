"""Tells whether the scorers of a configuration are any good, and what they cost, on labelled texts.

An area under the curve of .5 is what chance gives; below ``LEAST_AREA`` a scorer is no help, as the packaged
model is with the paper's prompt. On the texts that a scorer was trained on the area says nothing; there the
figure of its record counts too, from kinds of text that were left out of training.
"""

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality import bank, kinds, records
from curation_assets.quality.ask_llm.by_language import BankScorer
from curation_assets.quality.ask_llm.config import AskLlmConfig
from curation_assets.quality.config import ASK_LLM, STUDENT, QualityConfig
from curation_assets.quality.doctor.judging import Area, area, by_kind_of_junk
from curation_assets.quality.doctor.timing import Speed, clock_of, score_timed
from curation_assets.quality.labelled import Labelled
from curation_assets.quality.tokens import count_tokens
from resources.models import ModelError, cpu_dtype

LEAST_AREA = 0.7
Settings = QualityConfig | kinds.ScorerConfig


@dataclass(frozen=True)
class Subject:
    """A scorer that is looked at.

    Attributes:
        configured: whether it is a column of the configuration, or shown for comparison.
        used: whether it is the column that the mixture goes by.
    """

    name: str
    settings: Settings
    configured: bool = True
    used: bool = False

    @property
    def kind(self) -> str:
        if isinstance(self.settings, QualityConfig) and self.settings.cascade is not None:
            return "cascade"
        return self.settings.readout if isinstance(self.settings, AskLlmConfig) else self.settings.kind

    @property
    def lower_is_better(self) -> bool:
        return self.kind in kinds.LOWER_IS_BETTER

    @property
    def backend(self) -> str:
        """Return what computes."""
        if self.kind == "endpoint":
            return "server"
        return str(getattr(self.settings, "backend", "torch" if self.dtype else "numba"))

    @property
    def dtype(self) -> str | None:
        """Return the arithmetic of a language model."""
        choice = getattr(self.settings, "dtype", None)
        return None if choice is None else cpu_dtype(choice)


@dataclass(frozen=True)
class Work:
    """What a lake has to be scored by one scorer: documents, and how fast it was on some of them."""

    documents: int | None
    speed: Speed | None


@dataclass(frozen=True)
class Finding:
    """What was found of a scorer.

    Attributes:
        error: why it cannot score, one line; all figures are None then.
        area: on the labelled texts.
        by_junk: area of all informative texts against each kind of junk.
        trained: whether it was trained on the file of these very texts.
        left_out: mean area on kinds that were left out of its training, from its record.
        scores: float64 [n], the greater the better.
    """

    subject: Subject
    error: str | None = None
    area: Area | None = None
    by_junk: dict[str, float] = field(default_factory=dict)
    trained: bool = False
    left_out: float | None = None
    speed: Speed | None = None
    work: Work | None = None
    scores: NDArray[np.float64] | None = None

    @property
    def below(self) -> bool:
        """Say whether one of its areas is below the least."""
        areas = [self.area.value if self.area else None, self.left_out]
        return any(one < LEAST_AREA for one in areas if one is not None)


class LakeView(Protocol):
    """What is asked of a user's lake."""

    @property
    def texts(self) -> Sequence[tuple[str, str | None]]:
        """Return some of its documents, with their languages."""
        ...

    def missing(self, scorer: BankScorer) -> int | None: ...


def subjects(config: QualityConfig, *, every: bool = False) -> list[Subject]:
    """Return the columns of a configuration; with ``every`` also ways to ask the packaged model."""
    found = [Subject(ASK_LLM, config, used=config.use == ASK_LLM)]
    if config.cascade is not None:
        found.append(Subject(STUDENT, config.cascade.alone))
    found += [Subject(name, own, used=config.use == name) for name, own in config.scorers.items()]
    if every:
        for readout in ("verbalizer", "fewshot"):
            asked = kinds.AskLlmScorer.model_validate({"kind": "ask_llm", "readout": readout})
            found.append(Subject(f"packaged: {readout}", asked, configured=False))
    return found


def examine(
    subject: Subject,
    examples: Sequence[Labelled],
    labels_hash: str,
    tokenizer: str,
    lake: LakeView | None = None,
    progress: Progress = silent,
) -> Finding:
    """Score the labelled texts, and some of the lake's to see how fast that goes.

    Nothing is raised for a scorer that does not work: the finding says why. A server is sent the labelled
    texts, but nothing of the lake.

    Args:
        labels_hash: of the file that the examples are from.
        tokenizer: counts tokens, see ``count_tokens``.
    """
    try:
        scorer = _load(subject.settings)
        finding = _judged(subject, scorer, examples, labels_hash, tokenizer, progress)
        return replace(finding, work=_work(subject, scorer, finding.speed, lake, tokenizer))
    except Exception as error:  # whatever a broken model or a missing package raises is what was found
        return Finding(subject, error=_in_a_line(error))
    finally:
        if subject.dtype:
            gc.collect()  # a language model goes before the next one comes


def _judged(
    subject: Subject,
    scorer: BankScorer,
    examples: Sequence[Labelled],
    labels_hash: str,
    tokenizer: str,
    progress: Progress,
) -> Finding:
    texts, languages = [one.text for one in examples], [one.language for one in examples]
    read = _tokens_read(subject, texts, tokenizer)
    scores, speed = score_timed(scorer, texts, languages, read, clock_of(subject.settings), progress)
    better = -scores if subject.lower_is_better else scores
    labels, record = np.array([one.label for one in examples]), records.training_record(subject.settings)
    trained = labels_hash in records.files_trained_on(record)
    return Finding(
        subject,
        area=area(labels, better),
        by_junk=by_kind_of_junk(labels, [one.kind for one in examples], better),
        trained=trained,
        left_out=records.leave_one_kind_out(record) if trained else None,
        speed=speed,
        scores=better,
    )


def _work(
    subject: Subject, scorer: BankScorer, speed: Speed | None, lake: LakeView | None, tokenizer: str
) -> Work | None:
    if lake is None or not subject.configured:
        return None
    if lake.texts and subject.backend != "server":
        texts, languages = zip(*lake.texts, strict=True)
        read = _tokens_read(subject, texts, tokenizer)
        _, own = score_timed(scorer, texts, languages, read, clock_of(subject.settings))
        speed = own or speed
    return Work(lake.missing(scorer), speed)


def _tokens_read(subject: Subject, texts: Sequence[str], tokenizer: str) -> NDArray[np.int64] | None:
    """Return how many tokens of each text the scorer reads, int64 [n]; None where they cannot be counted."""
    characters = getattr(subject.settings, "maximum_characters", None)
    try:
        counts = count_tokens([text[:characters] for text in texts], tokenizer)
    except ModelError:
        return None
    most = getattr(subject.settings, "maximum_tokens", None)
    return counts if most is None else np.minimum(counts, most)


def _load(settings: Settings) -> BankScorer:
    if isinstance(settings, QualityConfig):  # the column as the lake has it, by a cascade if there is one
        return bank.load_bank(settings.model_copy(update={"scorers": {}}))[ASK_LLM]
    return bank.load_one(settings)


def _in_a_line(error: Exception) -> str:
    told = (str(error).strip().splitlines() or [""])[0]
    return told if isinstance(error, ModelError) and told else f"{type(error).__name__}: {told}"
