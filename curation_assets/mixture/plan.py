"""The plan of a mixture: for every candidate, how often it is taken, with what probability, or why not."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.phase_draw import PhaseDraw, draw_phase, sizes_of
from curation_assets.mixture.phases import phases_of
from curation_assets.mixture.ranks import remembered
from curation_assets.mixture.refusals import CODES, ELIGIBLE, OVER_BUDGET, refusals
from curation_assets.mixture.summary import summarise


@dataclass(frozen=True)
class Plan:
    """What was chosen, by candidate, and the figures of it, ready for JSON.

    Attributes:
        phases: in the order of training.
        copies: int32 [n], over all phases.
        probability: float64 [n], of being taken in any phase, unrounded.
        reason: uint8 [n], 0 for what was taken, else its code in ``refusals.CODES``.
    """

    candidates: Candidates
    phases: tuple[PhaseDraw, ...]
    copies: NDArray[np.int32]
    probability: NDArray[np.float64]
    reason: NDArray[np.uint8]
    summary: dict[str, Any]

    @property
    def taken(self) -> NDArray[np.bool_]:
        return self.copies > 0


def plan(candidates: Candidates, config: MixtureConfig) -> Plan:
    """Choose the documents of the mixture among the candidates.

    The result depends on the set of candidates and the configuration, not on the order of rows or on how
    they are spread over shards. Phases are drawn one after the other, and how often a document may be read
    holds over all of them.
    Raises ValueError for a doc_id that occurs twice in a shard, and for a request that cannot be met.
    """
    order = candidates.order()
    phases = phases_of(config, budget_of(candidates, config))
    copies = np.zeros(len(candidates), np.int32)
    reason = np.zeros(len(candidates), np.uint8)
    drawn: dict[str, PhaseDraw] = {}
    over, rank = 0, remembered()
    for phase in phases:
        made = draw_phase(candidates, order, phase, copies, over, rank)
        over = made.figures.over
        copies += made.copies
        wanted = (reason == ELIGIBLE) | (made.reason == CODES[OVER_BUDGET])
        reason = np.where(wanted, made.reason, reason)  # what any phase would have taken was over budget
        drawn[phase.name] = made
    reason[copies > 0] = ELIGIBLE
    in_order = tuple(drawn[phase.name] for phase in sorted(phases, key=lambda phase: phase.place))
    probability = _in_any(in_order)
    figures = [made.figures for made in in_order]
    summary = summarise(candidates, copies, probability, reason, figures, config)
    return Plan(candidates, in_order, copies, probability, reason, summary)


def budget_of(candidates: Candidates, config: MixtureConfig) -> int:
    """Return the budget of the whole mixture, in its unit.

    A fraction is one of what no stage refuses; without any it is all that may be taken.
    """
    budget = config.budget
    if budget.amount is not None:
        return budget.amount
    refused = candidates.refused if budget.fraction is not None else refusals(candidates, config)[0]
    rows = np.flatnonzero(refused == ELIGIBLE).astype(np.uint32)
    available = int(sizes_of(candidates, rows, budget.unit).sum())
    return available if budget.fraction is None else round(budget.fraction * available)


def _in_any(phases: tuple[PhaseDraw, ...]) -> NDArray[np.float64]:
    """Return the probability of being taken in one of the phases.

    That of a phase is the one that a document has if no other phase has taken it.
    """
    missed = 1.0 - phases[0].probability
    for phase in phases[1:]:
        missed *= 1.0 - phase.probability
    return phases[0].probability if len(phases) == 1 else 1.0 - missed
