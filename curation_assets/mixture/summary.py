"""What a plan came to, in figures that fit into a report."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.refusals import REASONS
from curation_assets.mixture.samplers.interface import Kind
from curation_assets.mixture.samplers.tradeoff import Point
from curation_assets.statistics import effective_sample_size

MOST_PARTS = 200
"""Parts of a phase's budget that are listed one by one."""


@dataclass(frozen=True)
class Filled:
    """The budget of documents that have some values in common, {} for all of them, in budget units.

    Attributes:
        largest: what the largest document takes of it.
    """

    name: Mapping[str, str]
    asked: int
    available: int
    filled: int
    documents: int
    largest: int
    threshold: float | None

    @property
    def missing(self) -> int:
        """What is missing beyond the last document, which may not have fitted; 0 or less if nothing is."""
        return self.asked - self.filled - self.largest


@dataclass(frozen=True)
class PhaseFigures:
    """What a phase came to.

    Attributes:
        filled: by part of its budget.
        values: of the documents that competed, as its sampler measured them.
        requests: what its allocation was asked and what it got, ready for JSON.
        notes: what was asked and could not be had.
        curve: what quality and coverage cost each other among the documents that competed.
        over: by how much the phases up to here, in the order of drawing, have gone beyond their budgets.
    """

    name: str
    sampler: str
    kind: Kind
    asked: int
    filled: Sequence[Filled]
    values: NDArray[np.float64]
    requests: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()
    curve: Sequence[Point] = ()
    over: int = 0


def summarise(
    candidates: Candidates,
    copies: NDArray[np.int32],
    probability: NDArray[np.float64],
    reason: NDArray[np.uint8],
    phases: Sequence[PhaseFigures],
    config: MixtureConfig,
) -> dict[str, Any]:
    """Return the summary of a plan, ready for JSON."""
    taken = copies > 0
    asked = sum(phase.asked for phase in phases)
    got = sum(part.filled for phase in phases for part in phase.filled)
    sources = _by(candidates.source, candidates.sources, candidates.tokens, copies)
    told = dict(zip(REASONS, np.bincount(reason, minlength=len(REASONS) + 1)[1:].tolist(), strict=True))
    return {
        "sampler": config.sampler,
        "seed": config.seed,
        "minimum_quality": config.minimum_quality,
        "minimum_rank": config.minimum_rank,
        "candidates": _amounts(sources, "candidates", "candidate_tokens"),
        "selected": {
            **_amounts(sources, "selected", "selected_tokens"),
            "training_tokens": sum(part["training_tokens"] for part in sources.values()),
        },
        "epochs": _epochs(copies[taken]),
        "reasons": {name: count for name, count in sorted(told.items()) if count},
        "sources": sources,
        "languages": _by(candidates.language, candidates.languages, candidates.tokens, copies),
        "budget": {
            "unit": config.budget.unit,
            "asked": asked,
            "filled": got,
            "shortfall": max(asked - got, 0),
            "parts": [_part(phase, part) for phase in phases for part in phase.filled[:MOST_PARTS]],
        },
        "phases": [_phase(phase) for phase in phases],
        "weights": _spread(phases[0]),
        "expected_documents": math.fsum(probability),
        "notes": [note for phase in phases for note in (*phase.notes, *_notes(phase, config))],
    }


def _amounts(parts: Mapping[str, Mapping[str, int]], documents: str, tokens: str) -> dict[str, int]:
    return {
        "documents": sum(part[documents] for part in parts.values()),
        "tokens": sum(part[tokens] for part in parts.values()),
    }


def _by(
    codes: NDArray[np.uint32], names: list[str], tokens: NDArray[np.int64], copies: NDArray[np.int32]
) -> dict[str, dict[str, int]]:
    """Return candidates and selection for each name, in documents and tokens, and tokens with repetitions."""
    taken = copies > 0
    chosen = codes[taken]
    table = {
        "candidates": np.bincount(codes, minlength=len(names)),
        "candidate_tokens": _sums(codes, tokens, len(names)),
        "selected": np.bincount(chosen, minlength=len(names)),
        "selected_tokens": _sums(chosen, tokens[taken], len(names)),
        "training_tokens": _sums(chosen, tokens[taken] * copies[taken], len(names)),
    }
    order = sorted(range(len(names)), key=names.__getitem__)
    return {names[code]: {column: int(values[code]) for column, values in table.items()} for code in order}


def _epochs(copies: NDArray[np.int32]) -> dict[str, int]:
    """Return how many documents are read how often."""
    return {str(times): int(count) for times, count in enumerate(np.bincount(copies)) if count}


def _sums(codes: NDArray[np.uint32], values: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Add up integers by code, exactly."""
    sums = np.zeros(length, np.int64)
    np.add.at(sums, codes, values)
    return sums


def _part(phase: PhaseFigures, part: Filled) -> dict[str, Any]:
    return {
        "phase": phase.name,
        "of": dict(part.name),
        "asked": part.asked,
        "available": part.available,
        "filled": part.filled,
        "documents": part.documents,
        "threshold": part.threshold,
    }


def _phase(phase: PhaseFigures) -> dict[str, Any]:
    return {
        "name": phase.name,
        "sampler": phase.sampler,
        "asked": phase.asked,
        "filled": sum(part.filled for part in phase.filled),
        "documents": sum(part.documents for part in phase.filled),
        "weights": _spread(phase),
        "requests": [dict(request) for request in phase.requests],
        "quality_and_coverage": [point._asdict() for point in phase.curve],
    }


def _spread(phase: PhaseFigures) -> dict[str, float] | None:
    """Return how unequal the weights are: the effective sample size, and its share of the documents."""
    if phase.kind not in ("weights", "log_weights") or not len(phase.values):
        return None
    weights = phase.values if phase.kind == "weights" else np.exp(phase.values - phase.values.max())
    size = effective_sample_size(weights)
    return {"effective_sample_size": size, "effective_share": size / len(weights)}


def _notes(phase: PhaseFigures, config: MixtureConfig) -> list[str]:
    """Say in words that the budget could not be filled; the notes have what was asked for parts of it."""
    if len(phase.filled) != 1:
        return []
    whole = phase.filled[0]
    if whole.name or (whole.available >= whole.asked and whole.missing <= 0):
        return []
    of = f"phase {phase.name!r}: " if config.allocation.phases else ""
    took = f"took all {whole.available} that may be taken"
    if whole.filled < whole.available:
        took = f"sampler {phase.sampler} took {whole.filled} of {whole.available} that may be taken"
    return [f"{of}asked for {whole.asked} {config.budget.unit}, {took}"]
