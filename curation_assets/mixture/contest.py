"""Who competes in a phase of a mixture: who may be taken, and how eagerly each should be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.keys import exponentials, uniforms
from curation_assets.mixture.ranks import Ranking, groups, quality_ranks
from curation_assets.mixture.refusals import CODES, ELIGIBLE, LEFT_OUT_BY_SAMPLER, refusals
from curation_assets.mixture.samplers import SAMPLERS
from curation_assets.mixture.samplers.interface import Kind, Neighbours, Scores, scores_of
from curation_assets.mixture.samplers.tradeoff import Point, pareto_curve

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
