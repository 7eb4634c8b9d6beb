"""The phases of training that a mixture is drawn for: parts of the budget with settings of their own."""

from dataclasses import dataclass

from curation_assets.mixture.allocation import phases as allocation
from curation_assets.mixture.allocation.config import AllocationConfig, Order, Requests
from curation_assets.mixture.allocation.shares_file import with_shares_of_file
from curation_assets.mixture.config import MixtureConfig

ONLY = "main"
"""The name of the phase where none is named."""


@dataclass(frozen=True)
class Phase:
    """A part of training.

    Attributes:
        place: in the order of training, from 0.
        config: the settings of the mixture with what the phase sets otherwise.
        requests: how its budget is spread.
        budget: in the unit of the budget.
        seed: of its draw; the phases draw independently of each other.
    """

    place: int
    name: str
    config: MixtureConfig
    requests: Requests
    order: Order
    budget: int
    seed: int


def phases_of(config: MixtureConfig, budget: int) -> list[Phase]:
    """Return the phases in the order in which they are drawn; their budgets add up to the whole."""
    return [
        Phase(
            place=phase.place,
            name=phase.name or ONLY,
            config=config.model_copy(update=phase.overrides),
            requests=with_shares_of_file(phase.requests),
            order=phase.order,
            budget=phase.budget,
            seed=phase.seed,
        )
        for phase in allocation.phases_of(config.allocation, budget, config.seed)
    ]


def with_shares_of_files(asked: AllocationConfig) -> AllocationConfig:
    """Return the same with the shares that files give in place of their names, for all phases.

    Raises ValueError for a file that cannot be used.
    """
    own = with_shares_of_file(asked)
    phases = [
        phase.model_copy(update={"allocation": with_shares_of_file(phase.allocation)})
        if phase.allocation is not None
        else phase
        for phase in asked.phases
    ]
    return asked.model_copy(update={"shares": own.shares, "shares_file": None, "phases": tuple(phases)})
