"""What is asked of an allocation, in whole units, and the bounds of groups of cells that come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.allocation.cells import Cells, sums
from curation_assets.mixture.allocation.config import Dimension, Requests
from curation_assets.mixture.allocation.families import Family
from curation_assets.mixture.allocation.filling import pour, rule_weights
from curation_assets.mixture.allocation.rounding import largest_remainder, whole_shares

RULE = "allocation.rule"


@dataclass(frozen=True)
class Request:
    """``units`` of the budget, exactly or at least, for the cells that have the values ``where``."""

    key: str
    where: Mapping[Dimension, str]
    kind: Literal["exactly", "at least"]
    share: float
    units: int

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        return tuple(self.where)

    def name(self) -> str:
        """Return the key and whom it is for."""
        if self.key == "allocation.quotas":
            return f"{self.key}: {' x '.join(f'{name} {value}' for name, value in self.where.items())}"
        return f"{self.key}: {' x '.join(self.where.values())}"


@dataclass(frozen=True)
class Asked:
    """A family of bounds, with the requests that set the lower and the upper bound of each group."""

    family: Family
    lower_by: list[Request | None]
    upper_by: list[Request | None]


def requests_of(config: Requests, budget: int) -> list[Request]:
    """Return shares, quotas and floors in units of the budget; the rule follows from these later."""
    groups: list[tuple[str, Literal["exactly", "at least"], list[tuple[Mapping[Dimension, str], float]]]] = [
        (
            "allocation.shares",
            "exactly",
            [({"source": name}, share) for name, share in config.shares.items()],
        ),
        (
            "allocation.floors",
            "at least",
            [({"language": name}, share) for name, share in config.floors.items()],
        ),
    ]
    for quotas in config.quotas_by_dimensions().values():
        groups.append(("allocation.quotas", "exactly", [(quota.where(), quota.share) for quota in quotas]))
    found: list[Request] = []
    for key, kind, shares in groups:
        shares.sort(key=lambda pair: list(pair[0].values()))
        units = whole_shares([share for _, share in shares], budget)
        found += [
            Request(key, where, kind, share, part) for (where, share), part in zip(shares, units, strict=True)
        ]
    return found


def members(cells: Cells, where: Mapping[Dimension, str]) -> NDArray[np.bool_]:
    """Return which cells, bool [c], have these values."""
    found = np.ones(len(cells), np.bool_)
    for dimension, value in where.items():
        names = list(cells.names[dimension])
        found &= cells.values[dimension] == (names.index(value) if value in names else -1)
    return found


def rule_requests(
    cells: Cells, config: Requests, asked: list[Request], budget: int, most: int
) -> list[Request]:
    """Return what the rule gives every group, exactly: as published, within the other requests for the
    group.

    Shares, floors and quotas that name the dimension of the rule are met first. What the caps on epochs
    block goes to the other groups, so a rule by itself is never short.
    """
    rule = config.rule
    if rule.kind == "none" or not len(cells):
        return []
    names = list(cells.names[rule.by])
    label = cells.values[rule.by]
    capacity = sums(label, cells.capacity, len(names))
    lower, upper = _implied(asked, rule.by, names, capacity)
    total = min(most, int(upper.sum()))
    weights = rule_weights(rule.kind, sums(label, cells.available, len(names)), rule.temperature)
    order = np.array(sorted(range(len(names)), key=names.__getitem__))
    held = pour(weights[order], lower[order], upper[order], total)
    total = max(total, int(lower.sum()))
    units = largest_remainder(held, total, lower[order], upper[order])
    key = f"{RULE} ({rule.kind} by {rule.by})"
    return [
        Request(key, {rule.by: names[place]}, "exactly", part / max(budget, 1), part)
        for place, part in zip(order.tolist(), units.tolist(), strict=True)
    ]


def _implied(
    asked: list[Request], by: Dimension, names: list[str], capacity: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the bounds of groups of one dimension that follow from requests that name it."""
    place = {name: number for number, name in enumerate(names)}
    upper = capacity.copy()
    inside: dict[tuple[str, tuple[Dimension, ...]], NDArray[np.int64]] = {}
    for request in asked:
        if by in request.where:
            parts = inside.setdefault((request.key, request.dimensions), np.zeros(len(names), np.int64))
            parts[place[request.where[by]]] += request.units
            if request.dimensions == (by,) and request.kind == "exactly":
                at = place[request.where[by]]
                upper[at] = min(int(upper[at]), request.units)
    lower = np.zeros(len(names), np.int64)
    for parts in inside.values():
        np.maximum(lower, parts, out=lower)
    return np.minimum(lower, upper), upper


def bounds_of(cells: Cells, asked: list[Request], budget: int, at_most: bool) -> list[Asked]:
    """Return a family for each set of dimensions, its last group being the cells that no request names.

    With ``at_most`` what is asked exactly is asked at most, and the cells that are not named get no more
    than if all of it were there; what is asked at least is asked as far as it is there.
    """
    by_dimensions: dict[tuple[Dimension, ...], list[Request]] = {}
    for request in asked:
        by_dimensions.setdefault(request.dimensions, []).append(request)
    found = []
    for dimensions, requests in sorted(by_dimensions.items()):
        label, groups = _label(cells, dimensions, requests)
        count = len(groups) + 1
        lower, upper = np.zeros(count, np.int64), np.full(count, budget, np.int64)
        lower_by: list[Request | None] = [None] * count
        upper_by: list[Request | None] = [None] * count
        held = sums(label, cells.capacity, count)
        for request in requests:
            at = groups[tuple(request.where.values())]
            least = min(request.units, int(held[at])) if at_most else request.units
            bound = request.kind == "at least" or not at_most
            if bound and (lower_by[at] is None or least > lower[at]):
                lower[at], lower_by[at] = least, request
            if request.kind == "exactly" and (upper_by[at] is None or request.units < upper[at]):
                upper[at], upper_by[at] = request.units, request
        if at_most:
            fixed = sum(int(most) for most, by in zip(upper, upper_by, strict=True) if by is not None)
            upper[-1] = max(budget - fixed, 0)
        found.append(Asked(Family(label, lower, upper), lower_by, upper_by))
    return found


def _label(
    cells: Cells, dimensions: tuple[Dimension, ...], requests: list[Request]
) -> tuple[NDArray[np.int64], dict[tuple[str, ...], int]]:
    """Return the group of every cell, and the number of each group; cells without a request come last."""
    groups: dict[tuple[str, ...], int] = {}
    for request in requests:
        groups.setdefault(tuple(request.where.values()), len(groups))
    crossing = np.zeros(len(cells), np.int64)
    wanted = np.zeros(len(groups), np.int64)
    for place, dimension in enumerate(dimensions):
        names = {name: number for number, name in enumerate(cells.names[dimension])}
        crossing = crossing * (len(names) + 1) + cells.values[dimension]
        codes = [names.get(values[place], len(names)) for values in groups]
        wanted = wanted * (len(names) + 1) + np.array(codes, np.int64)
    order = np.argsort(wanted)
    at = np.minimum(np.searchsorted(wanted[order], crossing), len(groups) - 1)
    return np.where(wanted[order][at] == crossing, order[at], len(groups)), groups
