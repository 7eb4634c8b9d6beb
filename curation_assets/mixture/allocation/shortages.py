"""What cannot be had, in words and figures."""

import math
from collections.abc import Sequence

import numpy as np

from curation_assets.infeasible import InfeasibleError
from curation_assets.mixture.allocation.cells import Cells
from curation_assets.mixture.allocation.requests import RULE, Request, members

_MOST_PROBLEMS = 20
_MOST_OVERLAPS = 4  # of more requests the amounts that each two have in common are a page


def require_known(cells: Cells, requests: Sequence[Request]) -> None:
    """Raise ValueError for a request that names a value without candidates: most likely it is misspelt."""
    problems = []
    occurring = {
        dimension: {cells.names[dimension][code] for code in np.unique(codes[cells.available > 0]).tolist()}
        for dimension, codes in cells.values.items()
    }
    for request in requests:
        for dimension, value in request.where.items():
            present = occurring[dimension]
            if value not in present:
                known = ", ".join(sorted(present)[:50]) or "none"
                problems.append(
                    f"{request.name()} asks {percent(request.share)} of the budget from"
                    f" {dimension} {value!r}, which has no candidates; with candidates: {known}"
                )
    _raise(problems)


def require_enough(cells: Cells, requests: Sequence[Request], budget: int, unit: str) -> None:
    """Raise ValueError for every request that asks for more than there is, however the rest is spread."""
    problems = []
    for request in requests:
        inside = members(cells, request.where)
        if request.units > int(cells.capacity[inside].sum()):
            problems.append(_shortage(cells, request, budget, unit))
    _raise(problems)


def _raise(problems: list[str]) -> None:
    if len(problems) > _MOST_PROBLEMS:
        problems = [*problems[:_MOST_PROBLEMS], f"and {len(problems) - _MOST_PROBLEMS} more requests"]
    if problems:
        raise InfeasibleError("\n".join(problems))


def describe_conflict(cells: Cells, requests: Sequence[Request], missing: int, budget: int, unit: str) -> str:
    """Return the message for requests that exclude each other, with what each asks and what they share."""
    lines = [f"allocation: these requests exclude each other by at least {missing:,} of {budget:,} {unit}:"]
    requests = sorted(requests, key=lambda request: -request.units)
    for request in requests[:_MOST_PROBLEMS]:
        asks = "gives" if request.key.startswith(RULE) else "asks"
        lines.append(
            f"  {request.name()} {asks} {request.kind} {percent(request.share)} of {budget:,} {unit} ="
            f" {request.units:,}, and has {_holding(cells, request, unit)}"
        )
    if len(requests) > _MOST_PROBLEMS:
        lines.append(f"  and {len(requests) - _MOST_PROBLEMS} more requests")
    if 1 < len(requests) <= _MOST_OVERLAPS:
        for place, one in enumerate(requests):
            for other in requests[place + 1 :]:
                both = members(cells, one.where) & members(cells, other.where)
                lines.append(
                    f"  {one.name()} and {other.name()} have"
                    f" {int(cells.capacity[both].sum()):,} {unit} in common"
                )
    lines += _complete(cells, requests, unit)
    share = math.ceil(missing / max(budget, 1) * 1e4) / 1e4
    lines.append(
        f"  lower one of them by {missing:,} {unit} (about {share:g} of the budget), raise maximum_epochs,"
        " or take one out"
    )
    return "\n".join(lines)


def _complete(cells: Cells, requests: Sequence[Request], unit: str) -> list[str]:
    """Say which kinds of requests leave nothing out, so that they are all there can be of the mixture."""
    lines = []
    for dimensions in dict.fromkeys(request.dimensions for request in requests):
        alike = [request for request in requests if request.dimensions == dimensions]
        left = cells.capacity.copy()
        for request in alike:
            left[members(cells, request.where)] = 0
        if not left.any() and all(request.kind == "exactly" for request in alike):
            total = sum(request.units for request in alike)
            lines.append(
                f"  there is nothing but these {' x '.join(dimensions)}s, and they get {total:,} {unit}"
            )
    return lines


def percent(share: float) -> str:
    """Return a share in per cent with at most four digits."""
    return f"{share * 100:.4g} %"


def _shortage(cells: Cells, request: Request, budget: int, unit: str) -> str:
    inside = members(cells, request.where)
    available, capacity = int(cells.available[inside].sum()), int(cells.capacity[inside].sum())
    who = " x ".join(request.where.values())
    lower = math.floor(capacity / budget * 1e6) / 1e6
    what = {"allocation.shares": "share", "allocation.floors": "floor"}.get(request.key, "quota")
    ways = [f"lower the {what} to {lower:.6f}".rstrip("0").rstrip(".")]
    if available:
        taken = int(cells.allowed[inside].sum()) - capacity  # by earlier phases
        epochs = math.ceil((request.units + taken) / available)
        ways.append(f"raise maximum_epochs to {epochs}")
    ways += ["lower the budget", "or set when_short: leave_unfilled"]
    least = "at least " if request.kind == "at least" else ""
    return (
        f"{request.name()} asks {least}{percent(request.share)} of {budget:,} {unit} = {request.units:,},"
        f" but {who} has {_holding(cells, request, unit)}; {', '.join(ways)}"
    )


def _holding(cells: Cells, request: Request, unit: str) -> str:
    """Say how much there is for a request: amount x epochs = what may be taken, less earlier phases."""
    inside = members(cells, request.where)
    available, allowed = int(cells.available[inside].sum()), int(cells.allowed[inside].sum())
    capacity = int(cells.capacity[inside].sum())
    epochs, rest = divmod(allowed, available) if available else (1, 0)
    if rest:
        text = f"{available:,} {unit}, with the caps on epochs {allowed:,}"
    else:
        text = f"{available:,} {unit} x {epochs} {'epoch' if epochs == 1 else 'epochs'} = {allowed:,}"
    if capacity < allowed:
        text += f", of which earlier phases left {capacity:,}"
    return text
