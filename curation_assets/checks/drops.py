"""Whether a stage drops as much as it did in earlier builds with the same settings."""

import math
from functools import partial

from curation_assets.checks import history
from curation_assets.checks.history import Entry
from curation_assets.stage import Check, Figures
from curation_assets.workplace import Workplace

STANDARD_ERRORS = 4.0
MOST_TOLD = 10


def look_at_drop_rates(stage: str, workplace: Workplace, _shard: str) -> tuple[bool, Figures]:
    """Compare the share that each reason drops, and what all of them do, with the range of earlier builds.

    On either side ``checks.drop_rate_margin`` and four standard errors of a share are added to it.
    """
    current = history.now(workplace, stage)
    if current is None or not current.counts.rows_in:
        return True, {"note": "no documents came in"}
    known = history.earlier(workplace, current, stage)
    if not known:
        return True, {"note": "no earlier build with these settings to compare with"}
    figures: dict[str, int | float | str] = {
        "documents_in": current.counts.rows_in,
        "earlier_builds": len(known),
    }
    outside = _outside(current, known, workplace.config.checks.drop_rate_margin)
    if outside:
        figures["outside_the_range"] = "; ".join(outside[:MOST_TOLD])
    return not outside, figures


def _outside(current: Entry, known: list[Entry], margin: float) -> list[str]:
    rates = [_rates(entry) for entry in known]
    now = _rates(current)
    found = []
    for reason in sorted({*now, *(name for rate in rates for name in rate)}):
        before, rate = [one.get(reason, 0.0) for one in rates], now.get(reason, 0.0)
        low, high = min(before), max(before)
        below = margin + _errors(low, current.counts.rows_in)
        above = margin + _errors(high, current.counts.rows_in)
        if not low - below <= rate <= high + above:
            found.append(
                (abs(rate - min(max(rate, low), high)), f"{reason}: {rate:.1%}, was {low:.1%} to {high:.1%}")
            )
    return [told for _, told in sorted(found, reverse=True)]


def _errors(share: float, documents: int) -> float:
    return STANDARD_ERRORS * math.sqrt(share * (1 - share) / documents)


def _rates(entry: Entry) -> dict[str, float]:
    rates = dict(history.shares(entry.counts))
    return {**rates, "(all reasons)": sum(rates.values())}


def drop_rates_as_before(stage: str) -> Check:
    """Return the check for a stage."""
    return Check(
        "drop_rates_as_before",
        "Each reason drops about the share of documents that it dropped in earlier builds with the same "
        "settings.",
        partial(look_at_drop_rates, stage),
        advice="Look at the newest files of the inbox, and at what was dropped in the ledger: their source, "
        "format or language may have changed. If the change is meant, do nothing: the range widens with "
        "this build.",
        whole=True,
    )
