"""The plan of a mixture: for every candidate, whether it is taken, with what probability, or why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.candidates import Candidates
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.draw import Draw, exponential_keys, fill
from curation_assets.mixture.ranks import quality_ranks
from curation_assets.mixture.samplers import SAMPLERS, required_scores, scores_of
from curation_assets.mixture.summary import Filled, summarise

NO_SCORE = "no_score"
BELOW_MINIMUM_QUALITY = "below_minimum_quality"
OVER_BUDGET = "over_budget"
SEMANTIC_DUPLICATE = "semantic_duplicate"
BELOW_MINIMUM_RANK = "below_minimum_rank"
REASONS = (NO_SCORE, BELOW_MINIMUM_QUALITY, OVER_BUDGET, SEMANTIC_DUPLICATE, BELOW_MINIMUM_RANK)
_ELIGIBLE, _NO_SCORE, _BELOW, _OVER, _SEMANTIC, _LOW_RANK = range(len(REASONS) + 1)


@dataclass(frozen=True)
class Plan:
    """What was chosen, by candidate, and the figures of it, ready for JSON.

    Attributes:
        taken: bool [n].
        probability: float64 [n], of being taken, unrounded.
        reason: uint8 [n], 0 for what was taken, else one more than the place of the reason in REASONS.
    """

    candidates: Candidates
    taken: NDArray[np.bool_]
    probability: NDArray[np.float64]
    reason: NDArray[np.uint8]
    summary: dict[str, Any]


def plan(candidates: Candidates, config: MixtureConfig) -> Plan:
    """Choose the documents of the mixture among the candidates.

    The result depends on the set of candidates and the configuration, not on the order of rows or on how
    they are spread over shards. A source named in ``source_shares`` has its share of the budget to itself;
    all others compete for the rest. What a source cannot fill is left unfilled and told in the summary.
    Raises ValueError for a doc_id that occurs twice in a shard, and for a share of a source that has none.
    """
    _require_known_sources(candidates, config)
    order = candidates.order()
    reason, ranks = _refusals(candidates, config)
    places = order[reason[order] == _ELIGIBLE]
    del order
    sampler = SAMPLERS[config.sampler]
    drawn = sampler.kind == "weights"
    scores = scores_of(
        len(places),
        quality=candidates.quality[places],
        density=candidates.density[places],
        rank=ranks[places],
        tokens=candidates.tokens[places],
    )
    measure = sampler.measure(scores, config)
    del scores
    if drawn:
        measure = measure * candidates.weight[places]
    keys = exponential_keys(_names(candidates, places), measure, config.seed) if drawn else measure

    taken = np.zeros(len(candidates), np.bool_)
    probability = np.zeros(len(candidates))
    filled: list[Filled] = []
    for name, members, budget in _pools(candidates, places, config):
        rows = places[members]
        sizes = _sizes(candidates, config, rows)
        draw = fill(keys[members], sizes, budget, measure[members] if drawn else None)
        taken[rows], probability[rows] = draw.taken, draw.probability
        filled.append(_filled(name, budget, sizes, draw))

    reason[(reason == _ELIGIBLE) & ~taken] = _OVER
    weights = measure if drawn else None
    reasons = dict(zip(REASONS, np.bincount(reason, minlength=len(REASONS) + 1)[1:].tolist(), strict=True))
    summary = summarise(candidates, taken, probability, reasons, filled, weights, config)
    return Plan(candidates, taken, probability, reason, summary)


def _names(candidates: Candidates, places: NDArray[np.uint32]) -> Iterator[str]:
    """Yield what each draw depends on: the doc_id, and the shard for further records that are identical.

    Such records reach the plan where deduplication is off; which of them is drawn is of no consequence.
    """
    again = set(candidates.repeated(places).tolist())
    for place, name in enumerate(candidates.names(places)):
        yield f"{name}/{candidates.shard_of(int(places[place]))}" if place in again else name


def _require_known_sources(candidates: Candidates, config: MixtureConfig) -> None:
    """Refuse a share for a source without candidates: most likely its name is misspelt."""
    known = sorted(candidates.sources)
    for source, share in config.source_shares.items():
        if source not in known:
            raise ValueError(
                f"source_shares asks {share:g} of the budget from {source!r}, which has no candidates; "
                f"sources with candidates: {', '.join(known) or 'none'}"
            )


def _refusals(candidates: Candidates, config: MixtureConfig) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return why a document cannot be taken whatever the budget, 0 where it can, and the ranks of quality.

    A score that is not a finite number is missing, and so is a density that is not positive. Ranked are the
    documents that nothing else excludes.
    """
    quality, density = candidates.quality, candidates.density
    usable = {"quality": np.isfinite(quality), "density": np.isfinite(density) & (density > 0)}
    refusals = np.zeros(len(candidates), np.uint8)
    if config.minimum_quality is not None:
        refusals[quality < config.minimum_quality] = _BELOW
    for name in required_scores(config):
        refusals[~usable[name]] = _NO_SCORE
    refusals[candidates.semantic_duplicate] = _SEMANTIC
    ranks = quality_ranks(candidates, (refusals == _ELIGIBLE) & usable["quality"], config.rank_within)
    refusals[ranks < config.minimum_rank] = _LOW_RANK
    return refusals, ranks


def _sizes(candidates: Candidates, config: MixtureConfig, rows: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return what each of some documents takes of the budget."""
    if config.budget.unit == "documents":
        return np.ones(len(rows), np.int64)
    return candidates.tokens[rows]


def _pools(
    candidates: Candidates, places: NDArray[np.uint32], config: MixtureConfig
) -> Iterator[tuple[str | None, NDArray[np.intp] | slice, int]]:
    """Yield (source, its positions in ``places``, budget) by named source, then (None, ...) for the rest.

    Budgets are rounded to whole units, and add up to the whole budget.
    """
    budget = config.budget
    distinct = ~candidates.semantic_duplicate
    available = int(distinct.sum()) if budget.unit == "documents" else int(candidates.tokens[distinct].sum())
    fraction = 1.0 if budget.fraction is None else budget.fraction
    rest = budget.amount if budget.amount is not None else round(fraction * available)
    total = rest
    if not config.source_shares:
        yield None, slice(None), rest
        return
    codes = {source: candidates.sources.index(source) for source in config.source_shares}
    sources = candidates.source[places]
    for source, share in sorted(config.source_shares.items()):
        part = min(round(share * total), rest)
        rest -= part
        yield source, np.flatnonzero(sources == codes[source]), part
    yield None, np.flatnonzero(~np.isin(sources, list(codes.values()))), rest


def _filled(name: str | None, budget: int, sizes: NDArray[np.int64], draw: Draw) -> Filled:
    return Filled(
        source=name,
        asked=budget,
        available=int(sizes.sum()),
        filled=int(sizes[draw.taken].sum()),
        documents=int(draw.taken.sum()),
        threshold=draw.threshold,
    )
