"""Settings of how the budget is spread: ``mixture.allocation``."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from curation_assets.section import ModelName, Section

Dimension = Literal["source", "language", "topic", "format"]
DIMENSIONS: tuple[Dimension, ...] = ("source", "language", "topic", "format")
Order = Literal[
    "random",
    "quality_ascending",
    "quality_descending",
    "length_ascending",
    "length_descending",
    "density_ascending",
    "density_descending",
]
_ROUNDING = 1e-9  # what decimal shares may miss 1 by when they are added up


class Rule(Section):
    """Shares that follow from how much there is of each group."""

    kind: Literal["none", "temperature", "unimax"] = Field(
        default="none",
        description="temperature: shares as amount^(1/temperature) (mT5); unimax: equal shares as far as"
        " maximum_epochs allows (arXiv 2304.09151); none: as the sampler draws",
    )
    by: Dimension = Field(default="source", description="what the groups are")
    temperature: float = Field(
        default=3.33, gt=0.0, description="1: in proportion to what there is; the larger, the more equal"
    )


class Quota(Section):
    """A share of the budget for the documents that have all the named values in common."""

    source: str | None = None
    language: str | None = None
    topic: str | None = None
    format: str | None = None
    share: float

    @field_validator("source", "language", "topic", "format", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        _refuse_truth(value, "quotas")
        return str(value) if isinstance(value, int) else value

    @model_validator(mode="after")
    def _complete(self) -> "Quota":
        if not self.where():
            raise ValueError(f"a quota names at least one of {', '.join(DIMENSIONS)}; this one: none")
        _require_share("quotas", self.name(), self.share)
        return self

    def where(self) -> dict[Dimension, str]:
        """Return the values that the documents have, by dimension."""
        return {name: value for name in DIMENSIONS if (value := getattr(self, name)) is not None}

    def name(self) -> str:
        """Return the values in words."""
        return " x ".join(f"{dimension} {value}" for dimension, value in self.where().items())


class Requests(Section):
    """What is asked of the spread of a budget; every share is one of the whole budget."""

    shares: dict[str, float] = Field(
        default={},
        description="share of the budget by source, e.g. {wiki: 0.3}; the others compete for the rest",
    )
    shares_file: ModelName | None = Field(
        default=None,
        description='JSON file {"source": share, ...} in place of shares, as a fit of mixtures writes it',
    )
    rule: Rule = Field(default=Rule(), description="shares that follow from how much there is of each group")
    floors: dict[str, float] = Field(
        default={}, description="minimum share of the budget by language, e.g. {ko: 0.05}"
    )
    quotas: tuple[Quota, ...] = Field(
        default=(),
        description="shares of the budget by any of source, language, topic and format,"
        " e.g. [{topic: 3, format: 1, share: 0.1}]",
    )
    when_short: Literal["fail", "leave_unfilled"] = Field(
        default="fail",
        description="when there is too little for shares, floors or quotas: fail says how much is missing,"
        " leave_unfilled takes what there is and makes the mixture smaller",
    )

    @field_validator("shares", "floors", mode="before")
    @classmethod
    def _named(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            for name in values:
                _refuse_truth(name, "shares and floors")
        return values

    @field_validator("shares", "floors")
    @classmethod
    def _feasible(cls, shares: dict[str, float], info: Any) -> dict[str, float]:
        require_shares(info.field_name, shares)
        return shares

    @model_validator(mode="after")
    def _consistent(self) -> "Requests":
        if self.shares and self.shares_file:
            raise ValueError(
                f"shares and shares_file ({self.shares_file}) are both given; only one of them may be"
            )
        for where, quotas in self.quotas_by_dimensions().items():
            key = f"quotas by {' x '.join(where)}"
            names = [quota.name() for quota in quotas]
            again = sorted({name for name in names if names.count(name) > 1})
            if again:
                raise ValueError(f"{key}: {again[0]} is there more than once; a quota is given once")
            require_shares(key, {quota.name(): quota.share for quota in quotas})
        return self

    def quotas_by_dimensions(self) -> dict[tuple[Dimension, ...], list[Quota]]:
        """Return the quotas by the dimensions that they name."""
        found: dict[tuple[Dimension, ...], list[Quota]] = {}
        for quota in self.quotas:
            found.setdefault(tuple(quota.where()), []).append(quota)
        return found

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return what the cells of an allocation are crossed of, in the order of DIMENSIONS."""
        named: set[Dimension] = {dimension for quota in self.quotas for dimension in quota.where()}
        if self.shares or self.shares_file:
            named.add("source")
        if self.floors:
            named.add("language")
        if self.rule.kind != "none":
            named.add(self.rule.by)
        return tuple(dimension for dimension in DIMENSIONS if dimension in named)


class Phase(Section):
    """A part of training with a mixture of its own; what is left out is as for the whole mixture."""

    name: str = Field(min_length=1)
    share: float
    sampler: str | None = None
    alpha: float | None = Field(default=None, ge=0.0, le=1.0)
    minimum_rank: float | None = Field(default=None, ge=0.0, lt=1.0)
    minimum_quality: float | None = None
    allocation: Requests | None = None
    order: Order | None = None

    @model_validator(mode="after")
    def _feasible(self) -> "Phase":
        _require_share("phases", self.name, self.share)
        return self

    def overrides(self) -> dict[str, Any]:
        """Return the keys of ``mixture`` that this phase sets otherwise, without allocation and order."""
        keys = ("sampler", "alpha", "minimum_rank", "minimum_quality")
        return {key: value for key in keys if (value := getattr(self, key)) is not None}


class AllocationConfig(Requests):
    """How the budget is spread over groups, phases and repetitions."""

    maximum_epochs: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="how often a document may occur over all phases; up to 4 costs nearly nothing"
        " (Muennighoff et al., 2023); null: once, or with a sampler that repeats as often as it says",
    )
    maximum_epochs_by_source: dict[str, int] = Field(
        default={}, description="the same for single sources, e.g. {wiki: 4}; 0: nothing of it is taken"
    )
    phases: tuple[Phase, ...] = Field(
        default=(),
        description="parts of training, e.g. [{name: main, share: 0.9}, {name: annealing, share: 0.1, alpha:"
        " 1.0}]; []: one",
    )
    draw_phases: Literal["in_order", "last_first"] = Field(
        default="in_order",
        description="which phase has the first choice of documents that may not occur in all of them",
    )
    order: Order = Field(default="random", description="order of the documents within a phase")

    @field_validator("maximum_epochs_by_source")
    @classmethod
    def _allowed(cls, epochs: dict[str, int]) -> dict[str, int]:
        for source, most in epochs.items():
            if not 0 <= most <= 1000:
                raise ValueError(
                    f"maximum_epochs_by_source: {source} is {most}; allowed are whole numbers from 0 to 1000"
                )
        return epochs

    @field_validator("phases")
    @classmethod
    def _whole(cls, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
        names = [phase.name for phase in phases]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"phases: the name {name!r} is there {names.count(name)} times; once is allowed"
                )
        total = sum(phase.share for phase in phases)
        if phases and abs(total - 1.0) > _ROUNDING:
            terms = " + ".join(f"{phase.name} {phase.share:g}" for phase in phases)
            raise ValueError(f"phases: shares have to add up to 1: {terms} = {total:g}")
        return phases


def require_shares(key: str, shares: Mapping[str, float]) -> None:
    """Refuse what is no share, and shares that add up to more than 1, by a ValueError that names
    ``key``."""
    for name, share in shares.items():
        _require_share(key, name, share)
    total = sum(shares.values())
    if total > 1.0 + _ROUNDING:
        terms = " + ".join(f"{name} {share:g}" for name, share in shares.items())
        raise ValueError(f"{key} add up to more than 1: {terms} = {total:g}")


def _require_share(key: str, name: str, share: float) -> None:
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"{key}: {name} is {share:g}; a share is between 0 and 1")


def _refuse_truth(name: Any, key: str) -> None:
    """YAML 1.1 reads the language code ``no`` as false."""
    if isinstance(name, bool):
        raise ValueError(
            f"{key}: YAML reads an unquoted {'yes or on' if name else 'no or off'} as {name};"
            " write it in quotes, e.g. 'no'"
        )
