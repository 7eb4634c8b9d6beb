"""One phase of a mixture: for what budget documents compete, and who is taken."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.contest import Contest, contest
from curation_assets.mixture.draw import (
    Draw,
    Pool,
    draw_by_chance,
    draw_by_log_weight,
    draw_by_weight,
    repeat,
    take_in_order,
)
from curation_assets.mixture.phases import Phase
from curation_assets.mixture.pools import BudgetPart, epochs_of, spread_of, whole
from curation_assets.mixture.positions import positions
from curation_assets.mixture.ranks import Ranking, quality_ranks
from curation_assets.mixture.refusals import (
    CODES,
    ELIGIBLE,
    LEFT_OUT_BY_SAMPLER,
    NO_EPOCHS,
    OVER_BUDGET,
)
from curation_assets.mixture.samplers.upsampling import possible, repetitions
from curation_assets.mixture.shortages import require_filled, told_of_requests
from curation_assets.mixture.summary import Filled, PhaseFigures

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class PhaseDraw:
    """What one phase of training reads, by candidate [n].

    Attributes:
        copies: int32, how often.
        probability: float64, of being taken at least once, unrounded.
        position: float64, in [0, 1), where in the phase; NaN for what it does not read.
        reason: uint8, 0 for what was taken, else the code of why not.
    """

    name: str
    copies: NDArray[np.int32]
    probability: Numbers
    position: Numbers
    reason: NDArray[np.uint8]
    figures: PhaseFigures


def draw_phase(
    candidates: Candidates,
    order: NDArray[np.uint32],
    phase: Phase,
    before: NDArray[np.int32],
    over: int = 0,
    rank: Ranking = quality_ranks,
) -> PhaseDraw:
    """Draw what a phase reads.

    Args:
        order: of the candidates by doc_id.
        before: int32 [n], how often other phases read each candidate.
        over: by how much they have gone beyond their budgets. The last document of a part of the budget may
            go beyond it, but has to stay within it if those before went: the whole is met within a document.
        rank: gives the ranks of quality.
    """
    config = phase.config
    entered = contest(candidates, order, config, phase.seed, rank)
    rows, sizes = entered.rows, sizes_of(candidates, entered.rows, config.budget.unit)
    epochs = epochs_of(candidates, rows, config)
    most = np.maximum(epochs - before[rows], 0).astype(np.int32)
    spread = whole(len(rows), phase.budget)
    if phase.requests.dimensions():
        free = draw(entered, Pool(entered.luck, sizes, most, phase.budget), config, is_a_part=True)
        demand = sizes * np.maximum(free.copies - 1, 0) + sizes * free.probability
        spread = spread_of(candidates, rows, sizes, demand, epochs, before[rows].astype(np.int64), phase)
    copies, probability = np.zeros(len(candidates), np.int32), np.zeros(len(candidates))
    filled: list[Filled] = []
    for part in spread.parts:
        members = part.members
        pool = Pool(entered.luck[members], sizes[members], most[members], part.budget, beyond=over <= 0)
        is_a_part = bool(part.name or config.allocation.phases)
        made = draw(entered.only(members), pool, config, is_a_part)
        copies[rows[members]], probability[rows[members]] = made.copies, made.probability
        filled.append(_filled(part, pool, made))
        over += filled[-1].filled - part.budget if filled[-1].missing <= 0 else 0
    probability[rows[epochs < 1]] = 0.0
    requests = told_of_requests(spread.requests, filled)
    notes = [*spread.notes, *require_filled(phase, requests, filled)]
    read = np.flatnonzero(copies).astype(np.uint32)
    position = np.full(len(candidates), np.nan)
    position[read] = positions(candidates, read, phase)
    reason = entered.reason.copy()
    reason[rows] = CODES[LEFT_OUT_BY_SAMPLER if sum(part.missing for part in filled) > 0 else OVER_BUDGET]
    reason[rows[epochs < 1]] = CODES[NO_EPOCHS]
    reason[read] = ELIGIBLE
    figures = PhaseFigures(
        name=phase.name,
        sampler=config.sampler,
        kind=entered.kind,
        asked=phase.budget,
        filled=filled,
        values=entered.values,
        requests=requests,
        notes=notes,
        curve=entered.curve,
        over=over,
    )
    return PhaseDraw(phase.name, copies, probability, position, reason, figures)


def _filled(part: BudgetPart, pool: Pool, made: Draw) -> Filled:
    return Filled(
        name=part.name,
        asked=part.budget,
        available=int((pool.sizes * pool.most).sum()),
        filled=int((pool.sizes * made.copies).sum()),
        documents=int(made.taken.sum()),
        largest=int(pool.sizes[pool.most > 0].max(initial=0)),
        threshold=made.threshold,
    )


def draw(entered: Contest, pool: Pool, config: MixtureConfig, is_a_part: bool) -> Draw:
    """Spend a pool's budget on those who compete for it.

    A curve that cannot spend the whole budget fails; that of a part of it has the nearest cap that can.
    """
    values = entered.values
    if entered.kind == "weights":
        return draw_by_weight(pool, values)
    if entered.kind == "log_weights":
        return draw_by_log_weight(pool, values)
    if entered.kind == "chances":
        return draw_by_chance(pool, values)
    if entered.kind == "places":
        return take_in_order(pool, values)
    if entered.kind == "curve":
        curve = config.upsampling
        cap, budget = curve.cap, float(pool.budget)
        if is_a_part:
            cap, budget = possible(int(pool.sizes.sum()), budget, curve.start, cap, curve.buckets)
        values = repetitions(values, pool.sizes, budget, curve.start, cap, curve.buckets)
    return repeat(pool, values)


def sizes_of(candidates: Candidates, rows: NDArray[np.uint32], unit: str) -> NDArray[np.int64]:
    """Return what each of some documents takes of a budget in this unit."""
    if unit == "documents":
        return np.ones(len(rows), np.int64)
    return (candidates.bytes if unit == "bytes" else candidates.tokens)[rows]
