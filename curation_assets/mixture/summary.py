"""What a plan came to, in figures that fit into a report."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.statistics import effective_sample_size


@dataclass(frozen=True)
class Filled:
    """The budget of one source, or with ``source`` None of all sources without a share, in budget units."""

    source: str | None
    asked: int
    available: int
    filled: int
    documents: int
    threshold: float | None


def summarise(
    candidates: Candidates,
    taken: NDArray[np.bool_],
    probability: NDArray[np.float64],
    reasons: Mapping[str, int],
    filled: list[Filled],
    weights: NDArray[np.float64] | None,
    config: MixtureConfig,
) -> dict[str, Any]:
    """Return the summary of a plan, ready for JSON.

    ``weights`` are those of the draw, over the eligible documents in the order of doc_id, and None for a
    sampler that does not draw.
    """
    asked = sum(part.asked for part in filled)
    got = sum(part.filled for part in filled)
    sources = _by(candidates.source, candidates.sources, candidates.tokens, taken)
    return {
        "sampler": config.sampler,
        "seed": config.seed,
        "minimum_quality": config.minimum_quality,
        "minimum_rank": config.minimum_rank,
        "candidates": _amounts(sources, "candidates", "candidate_tokens"),
        "selected": _amounts(sources, "selected", "selected_tokens"),
        "reasons": {reason: count for reason, count in sorted(reasons.items()) if count},
        "sources": sources,
        "languages": _by(candidates.language, candidates.languages, candidates.tokens, taken),
        "budget": {
            "unit": config.budget.unit,
            "asked": asked,
            "filled": got,
            "shortfall": max(asked - got, 0),
            "parts": [_part(part) for part in filled],
        },
        "weights": _spread(weights),
        "expected_documents": math.fsum(probability),
        "notes": [note for part in filled if (note := _note(part, config.budget.unit))],
    }


def _amounts(parts: Mapping[str, Mapping[str, int]], documents: str, tokens: str) -> dict[str, int]:
    return {
        "documents": sum(part[documents] for part in parts.values()),
        "tokens": sum(part[tokens] for part in parts.values()),
    }


def _by(
    codes: NDArray[np.uint32], names: list[str], tokens: NDArray[np.int64], taken: NDArray[np.bool_]
) -> dict[str, dict[str, int]]:
    """Return candidates and selection for each name, in documents and tokens."""
    chosen = codes[taken]
    table = {
        "candidates": np.bincount(codes, minlength=len(names)),
        "candidate_tokens": _sums(codes, tokens, len(names)),
        "selected": np.bincount(chosen, minlength=len(names)),
        "selected_tokens": _sums(chosen, tokens[taken], len(names)),
    }
    order = sorted(range(len(names)), key=names.__getitem__)
    return {names[code]: {column: int(values[code]) for column, values in table.items()} for code in order}


def _sums(codes: NDArray[np.uint32], values: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Add up integers by code, exactly."""
    sums = np.zeros(length, np.int64)
    np.add.at(sums, codes, values)
    return sums


def _part(part: Filled) -> dict[str, Any]:
    return {
        "source": part.source,
        "asked": part.asked,
        "available": part.available,
        "filled": part.filled,
        "documents": part.documents,
        "threshold": part.threshold,
    }


def _spread(weights: NDArray[np.float64] | None) -> dict[str, float] | None:
    """Return how unequal the weights are: the effective sample size, and its share of the documents."""
    if weights is None or not len(weights):
        return None
    size = effective_sample_size(weights)
    return {"effective_sample_size": size, "effective_share": size / len(weights)}


def _note(part: Filled, unit: str) -> str | None:
    """Say in words that a budget could not be filled."""
    if part.available >= part.asked:
        return None
    name = "the sources without a share" if part.source is None else f"source {part.source!r}"
    return f"{name}: asked for {part.asked} {unit}, took all {part.available} that may be taken"
