"""What was asked of parts of a budget, and what the sampler made of it.

An allocation knows how much there is of each part. A sampler may take less: one that keeps each document by
chance, or repeats them so and so often, leaves a part unfilled that has enough documents.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from curation_assets.infeasible import InfeasibleError
from curation_assets.mixture.phases import Phase
from curation_assets.mixture.summary import Filled


def told_of_requests(requests: Sequence[Mapping[str, Any]], filled: Sequence[Filled]) -> list[dict[str, Any]]:
    """Return the requests with what was filled of each in place of what it was given to spend."""
    return [{**request, "given": _filled_of(request["where"], filled)} for request in requests]


def require_filled(
    phase: Phase, requests: Sequence[Mapping[str, Any]], filled: Sequence[Filled]
) -> list[str]:
    """Return in words what requests lack by more than a document.

    Raises:
        ValueError: some lack it, and ``when_short`` is "fail".
    """
    unit, sampler = phase.config.budget.unit, phase.config.sampler
    lacking = []
    for request in requests:
        parts = _parts(request["where"], filled)
        missing = int(request["asked"]) - int(request["given"])
        if missing > sum(part.largest for part in parts):
            lacking.append(
                f"{request['request']} asks {request['asked']:,} {unit}, of which the sampler {sampler} took"
                f" {request['given']:,} though {sum(part.available for part in parts):,} may be taken"
            )
    if lacking and phase.requests.when_short == "fail":
        raise InfeasibleError(
            f"phase {phase.name!r}: {'; '.join(lacking)}. Ask less of it, take another sampler, or set"
            " when_short: leave_unfilled"
        )
    return lacking


def _parts(where: Mapping[str, str], filled: Sequence[Filled]) -> list[Filled]:
    return [part for part in filled if all(part.name.get(key) == value for key, value in where.items())]


def _filled_of(where: Mapping[str, str], filled: Sequence[Filled]) -> int:
    return sum(part.filled for part in _parts(where, filled))
