"""Phases of training, each with a budget, a seed and requests of its own.

A document may occur in several phases, but over all of them no more often than its cap on epochs allows.
Phases
are drawn one after another, each from what the caps leave: the phase that is drawn first has the first
choice. In an annealing mix that should be the last one, ``draw_phases: last_first``: in the order of
training the main phase would take the best documents away from it.

The seed of a phase follows from the seed of the mixture and the name of the phase, so that phases are drawn
independently of each other, and one that is added or moved changes no key of the others.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from curation_assets.mixture.allocation.config import AllocationConfig, Order, Requests
from curation_assets.mixture.allocation.rounding import whole_shares


@dataclass(frozen=True)
class PhaseBudget:
    """One draw.

    Attributes:
        place: which phase of training it is, from 0.
        name: "" where no phases are asked for.
        budget: units.
        seed: of the draw, below 2^63.
        requests: what is asked of its budget; shares are shares of this budget.
        overrides: keys of ``mixture`` that are other ones for this phase.
        order: of the documents within the phase.
    """

    place: int
    name: str
    budget: int
    seed: int
    requests: Requests
    overrides: dict[str, Any]
    order: Order


def phases_of(config: AllocationConfig, budget: int, seed: int) -> list[PhaseBudget]:
    """Return the phases in the order in which they are drawn; their budgets add up to the whole one.

    Without phases that is one, with the seed as it is.
    """
    asked = Requests(**{key: getattr(config, key) for key in Requests.model_fields})
    if not config.phases:
        return [PhaseBudget(0, "", budget, seed, asked, {}, config.order)]
    budgets = whole_shares([phase.share for phase in config.phases], budget)
    found = [
        PhaseBudget(
            place=place,
            name=phase.name,
            budget=part,
            seed=phase_seed(seed, phase.name),
            requests=asked if phase.allocation is None else phase.allocation,
            overrides=phase.overrides(),
            order=phase.order or config.order,
        )
        for place, (phase, part) in enumerate(zip(config.phases, budgets, strict=True))
    ]
    return found[::-1] if config.draw_phases == "last_first" else found


def phase_seed(seed: int, name: str) -> int:
    """Return a seed below 2^63 that depends on nothing but the seed of the mixture and the name of the
    phase."""
    digest = hashlib.blake2b(
        name.encode("utf-8", "surrogatepass"), digest_size=8, salt=seed.to_bytes(16, "little")
    )
    return int.from_bytes(digest.digest(), "little") >> 1
