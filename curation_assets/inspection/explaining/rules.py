"""Every rule of cleaning on one document: its value, its threshold, and how near the one is to the other."""

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
from pydantic import ValidationError

from curation_assets.cleaning.config import CleaningConfig
from curation_assets.cleaning.judging import reasons
from curation_assets.cleaning.rules.rule import Rule


@dataclass(frozen=True)
class Judged:
    """One rule on one document.

    Attributes:
        threshold: that of the document's language, where a rule has several.
        passes: whether the document passes; it does where the value is None, which was not measured.
        decided: whether this is the rule that dropped the document.
        nearness: how much of the room that the threshold leaves is used, 0 to 1; at 1 the rule nearly drops.
            0 where that has no meaning.
    """

    rule: str
    column: str
    value: float | int | str | None
    comparison: str
    threshold: float | tuple[str, ...]
    passes: bool
    decided: bool
    nearness: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judged(row: pl.DataFrame, section: object) -> list[Judged] | None:
    """Return every rule that was on, in the order in which the first to fail names the reason.

    Args:
        row: one row of clean_documents.
        section: the settings ``cleaning`` that it was built with, as recorded.

    Returns:
        None where the settings are not known, or of another version of this program.
    """
    try:
        config = CleaningConfig.model_validate(section)
    except ValidationError:
        return None
    rules = [rule for rule in reasons(config) if rule.column in row.columns]
    if not rules:
        return []
    fails = row.select(rule.fails().alias(str(place)) for place, rule in enumerate(rules)).row(0)
    values = row.to_dicts()[0]
    reason = values.get("drop_reason")
    return [_judged(rule, values, not failed, reason) for rule, failed in zip(rules, fails, strict=True)]


def _judged(rule: Rule, values: dict[str, Any], passes: bool, reason: str | None) -> Judged:
    threshold: Any = rule.threshold
    if rule.by_language:
        threshold = dict(rule.by_language).get(str(values.get("language")), threshold)
    value = values[rule.column]
    return Judged(
        rule.name,
        rule.column,
        value,
        rule.comparison,
        threshold,
        passes,
        decided=not passes and rule.name == reason,
        nearness=_nearness(rule.comparison, value, threshold) if passes else 1.0,
    )


def _nearness(comparison: str, value: Any, threshold: Any) -> float:
    if isinstance(value, str) or value is None or comparison == "one of":
        return 0.0
    small, large = (threshold, value) if comparison == "at least" else (value, threshold)
    return float(small / large) if large > 0 and small > 0 else 0.0
