"""One phase of a mixture: who competes, for what budget, and who is taken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.draw import (
    Draw,
    Pool,
    draw_by_chance,
    draw_by_log_weight,
    draw_by_weight,
    repeat,
    take_in_order,
)
from curation_assets.mixture.keys import exponentials, uniforms
from curation_assets.mixture.phases import Phase
from curation_assets.mixture.pools import BudgetPart, epochs_of, spread_of, whole
from curation_assets.mixture.positions import positions
from curation_assets.mixture.ranks import Ranking, groups, quality_ranks
from curation_assets.mixture.refusals import (
    CODES,
    ELIGIBLE,
    LEFT_OUT_BY_SAMPLER,
    NO_EPOCHS,
    OVER_BUDGET,
    refusals,
)
from curation_assets.mixture.samplers import SAMPLERS
from curation_assets.mixture.samplers.interface import Kind, Neighbours, Scores, scores_of
from curation_assets.mixture.samplers.tradeoff import Point, pareto_curve
from curation_assets.mixture.samplers.upsampling import possible, repetitions
from curation_assets.mixture.shortages import require_filled, told_of_requests
from curation_assets.mixture.summary import Filled, PhaseFigures

Numbers = NDArray[np.float64]
_ALPHAS = tuple(step / 10 for step in range(11))
_MOST_FOR_CURVE, _USUAL_FRACTION = 10_000, 0.4


@dataclass(frozen=True)
class Contest:
    """The documents that may be taken, in the order of doc_id, and how eagerly each should be.

    Attributes:
        rows: uint32 [m], of the candidates.
        values: float64 [m], in the terms of the sampler's kind; weights include those of copies.
        luck: float64 [m], -log(u) of each.
        kind: what the values are.
        reason: uint8 [n], by candidate, why it is not among them.
        curve: what quality and coverage cost each other among them.
    """

    rows: NDArray[np.uint32]
    values: Numbers
    luck: Numbers
    kind: Kind
    reason: NDArray[np.uint8]
    curve: Sequence[Point] = ()

    def only(self, members: NDArray[np.intp]) -> "Contest":
        """Return the same with some of them, by position."""
        return replace(self, rows=self.rows[members], values=self.values[members], luck=self.luck[members])


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


def contest(
    candidates: Candidates,
    order: NDArray[np.uint32],
    config: MixtureConfig,
    seed: int,
    rank: Ranking = quality_ranks,
) -> Contest:
    """Return who may be taken under a configuration. ``order`` is that of the candidates by doc_id."""
    reason, ranks = refusals(candidates, config, rank)
    rows = order[reason[order] == ELIGIBLE]
    sampler = SAMPLERS[config.sampler]
    scores = _scores(candidates, rows, ranks, config)
    values = sampler.measure(scores, config)
    out = np.isnan(values)
    reason[rows[out]] = CODES[LEFT_OUT_BY_SAMPLER]
    rows, values = rows[~out], values[~out]
    if sampler.kind == "weights":
        values = values * candidates.weight[rows]
    elif sampler.kind == "log_weights":
        values = values + np.log(candidates.weight[rows])
    luck = exponentials(uniforms(_names(candidates, rows), seed))
    return Contest(rows, values, luck, sampler.kind, reason, _curve(scores, config))


def _curve(scores: Scores, config: MixtureConfig) -> list[Point]:
    """Return the trade-off between quality and coverage of every n-th document by doc_id, a hash."""
    every = slice(None, None, -(-len(scores) // _MOST_FOR_CURVE) or 1)
    rank, density = scores.rank[every], scores.density[every]
    sample = scores_of(len(rank), rank=rank, density=density)
    fraction = min(config.budget.fraction or 1.0, 1.0) if config.budget.amount is None else _USUAL_FRACTION
    return pareto_curve(sample, _ALPHAS, fraction, config.density_floor)


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


def _scores(
    candidates: Candidates, rows: NDArray[np.uint32], ranks: Numbers, config: MixtureConfig
) -> Scores:
    further = {name: values[rows] for name, values in candidates.further.items()}
    missing = np.broadcast_to(np.nan, len(rows))
    return Scores(
        quality=candidates.quality[rows],
        density=candidates.density[rows],
        rank=ranks[rows],
        tokens=candidates.tokens[rows],
        group=groups(candidates, config.rank_within)[rows],
        named={
            name.removeprefix("scores."): values
            for name, values in further.items()
            if name.startswith("scores.")
        },
        cell=np.nan_to_num(further.get("cell", missing), nan=-1.0).astype(np.int32),
        centre_similarity=further.get("centre_similarity", missing),
        nearest_similarity=further.get("nearest_similarity", missing),
        prototype_similarity=further.get("prototype_similarity", missing),
        neighbours=_neighbours(candidates, rows),
    )


def _neighbours(candidates: Candidates, rows: NDArray[np.uint32]) -> Neighbours:
    """Return the pairs of which both may be taken, by their positions among those."""
    pairs = candidates.pairs
    place = np.full(len(candidates), -1, np.int64)
    place[rows] = np.arange(len(rows))
    one, other = place[pairs.one], place[pairs.other]
    both = (one >= 0) & (other >= 0)
    return Neighbours(one[both].astype(np.uint32), other[both].astype(np.uint32), pairs.similarity[both])


def _names(candidates: Candidates, rows: NDArray[np.uint32]) -> NDArray[np.bytes_]:
    """Return what each draw depends on: the doc_id, and the shard for further records that are identical.

    Such records reach the plan where deduplication is off; which of them is drawn is of no consequence.
    """
    names = candidates.doc_id[rows]
    again = candidates.repeated(rows)
    if len(again):
        longer = [names[place] + b"/" + candidates.shard_of(int(rows[place])).encode() for place in again]
        names = names.astype(f"S{max(names.dtype.itemsize, *map(len, longer))}")
        names[again] = longer
    return names
