"""What a rule of cleaning dropped, or nearly dropped, by the distance of its value to the threshold."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from curation_assets.cleaning.config import CleaningConfig
from curation_assets.cleaning.judging import ERROR, grouped_reasons
from curation_assets.cleaning.rules.presets import PRESETS
from curation_assets.cleaning.rules.rule import Rule
from curation_assets.inspection.sampling.asking import (
    Request,
    about,
    document,
    legend,
    marks,
    masked,
    nothing,
    number,
    unknown,
)
from curation_assets.inspection.sampling.example import Example, Sample
from curation_assets.inspection.sampling.highlights.registry import Subject, highlight, threshold_of
from curation_assets.inspection.sampling.picking import ORDER
from curation_assets.inspection.sampling.reading import CLEAN, Documents


def rule_names() -> set[str]:
    """Return the names of all rules and groups that there can be, whether they are on or not."""
    configs = [CleaningConfig.model_validate({"preset": preset}) for preset in PRESETS]
    groups = [grouped_reasons(config) for config in configs]
    return {ERROR, *groups[0], *(rule.name for group in groups for rules in group.values() for rule in rules)}


def cleaning_sample(documents: Documents, reason: str | None, request: Request) -> Sample:
    """Return documents that a rule or a group of rules dropped; all rules without a reason.

    With ``request.near`` those that all of cleaning kept, the nearest to a threshold first. The distance is
    |value - threshold| / threshold, or the value where the threshold is 0. Rules are those by which each
    shard was cleaned.

    Raises:
        LookupError: no rule or group has that name, or the rule is off; the message lists what there is.
    """
    picker = request.picker()
    checked = False
    for frame in _frames(documents):
        rules = _rules(documents.cleaning(frame["shard"][0]), reason) if frame.height else None
        if rules is None:
            continue
        checked = True
        chosen = _near(frame, rules) if request.near else _dropped(frame, rules, reason)
        picker.add(chosen, frame.height)
    if not checked and documents.shards(CLEAN):
        _rules(documents.cleaning(documents.shards(CLEAN)[0]), reason)
    rows = picker.picked()
    read = about(documents, rows, every=True)
    examples = [
        _example(documents, row, read[row["shard"], row["doc_id"]]) for row in rows.iter_rows(named=True)
    ]
    named = f"the rules of {reason}" if reason in grouped_reasons(CleaningConfig()) else reason or "any rule"
    question = f"documents that {named} {'nearly ' if request.near else ''}dropped"
    why = (
        "none has a value for these rules."
        if request.near
        else (f"none was dropped by {named}; --near shows what it nearly dropped.")
    )
    notes = [] if examples else nothing(documents, picker, why)
    return Sample(question, picker.looked_at, picker.matching, examples, notes)


def _frames(documents: Documents) -> Iterable[pl.DataFrame]:
    there = documents.columns_of(CLEAN)
    wanted = {rule.column for rules in _every_rule() for rule in rules} | {"drop_reason"}
    return documents.frames(CLEAN, [name for name in there if name in wanted])


def _every_rule() -> Iterable[list[Rule]]:
    for preset in PRESETS:
        yield from grouped_reasons(CleaningConfig.model_validate({"preset": preset})).values()


def _rules(config: CleaningConfig, reason: str | None) -> list[Rule]:
    groups = grouped_reasons(config)
    if reason is None:
        return [rule for rules in groups.values() for rule in rules]
    if reason == ERROR:
        return []
    if reason in groups:
        if groups[reason]:
            return groups[reason]
        raise LookupError(f"all rules of {reason} are off in the settings of this lake")
    named = [rule for rules in groups.values() for rule in rules if rule.name == reason]
    if named:
        return named
    if reason in rule_names():
        raise LookupError(f"the rule {reason} is off in the settings of this lake, so it has dropped nothing")
    names = [rule.name for rules in groups.values() for rule in rules]
    raise unknown(
        "rule or group of rules of cleaning", reason, [*(group for group in groups if groups[group]), *names]
    )


def _distance(rule: Rule) -> pl.Expr:
    """Return how far a value is from the threshold, relative to it; null for rules that compare names."""
    if isinstance(rule.threshold, tuple):
        return pl.lit(None, pl.Float64)
    limit, value = rule.limit().cast(pl.Float64), pl.col(rule.column).cast(pl.Float64)
    return (value - limit).abs() / pl.when(limit == 0).then(1.0).otherwise(limit.abs())


def _dropped(frame: pl.DataFrame, rules: list[Rule], reason: str | None) -> pl.DataFrame:
    names = [rule.name for rule in rules] + ([ERROR] if reason in (None, ERROR) else [])
    dropped = frame.filter(pl.col("drop_reason").is_in(names))
    by_rule = [pl.when(pl.col("drop_reason") == rule.name).then(_distance(rule)) for rule in rules]
    order = pl.coalesce(*by_rule, pl.lit(None, pl.Float64)).alias(ORDER)
    return dropped.select("doc_id", "shard", order, rule=pl.col("drop_reason"))


def _near(frame: pl.DataFrame, rules: list[Rule]) -> pl.DataFrame:
    numbers = [
        rule for rule in rules if not isinstance(rule.threshold, tuple) and rule.column in frame.columns
    ]
    kept = frame.filter(pl.col("drop_reason").is_null())
    if not numbers or not kept.height:
        return kept.select(
            "doc_id", "shard", pl.lit(None, pl.Float64).alias(ORDER), rule=pl.lit(None, pl.String)
        ).clear()
    nearest = pl.min_horizontal(_distance(rule) for rule in numbers)
    first = [pl.when(_distance(rule) == pl.col(ORDER)).then(pl.lit(rule.name)) for rule in numbers]
    told = kept.with_columns(nearest.alias(ORDER)).filter(pl.col(ORDER).is_not_null())
    return told.select("doc_id", "shard", ORDER, rule=pl.coalesce(*first))


def _example(documents: Documents, row: Mapping[str, Any], values: Mapping[str, Any]) -> Example:
    config = documents.cleaning(row["shard"])
    rules = [rule for group in grouped_reasons(config).values() for rule in group]
    rule = next((rule for rule in rules if rule.name == row["rule"]), None)
    hidden = masked(values)
    facts: dict[str, Any] = {"distance": row[ORDER]}
    if rule is None:
        why = f"{row['rule']}: {values['error'] or values['decided_by']}"
        found, explained = [], {}
    else:
        seen = highlight(Subject(values["text"], values["language"], rule, config))
        why, found, explained = _compared(rule, values), seen.spans, {"counted": seen.legend}
        others = [other for other in rules if other is not rule and _fails(other, values)]
        if others:
            facts["fails too"] = [_compared(other, values) for other in others]
    return Example(
        **document(row["doc_id"], row["shard"], values),
        why=why,
        facts=facts,
        marks=marks(found, hidden, []),
        legend={**explained, **legend(hidden, [])},
    )


def _compared(rule: Rule, values: Mapping[str, Any]) -> str:
    """Return value and threshold of a rule in words."""
    value, name = values.get(rule.column), rule.name
    told = name if name == rule.column else f"{name} ({rule.column})"
    if isinstance(rule.threshold, tuple):
        return f"{told} = {value}; wanted: one of {', '.join(rule.threshold)}"
    limit = number(threshold_of(rule, values["language"]))
    return f"{told} = {number(value)}; wanted: {rule.comparison} {limit}"


def _fails(rule: Rule, values: Mapping[str, Any]) -> bool:
    value = values.get(rule.column)
    if value is None:
        return False
    if isinstance(rule.threshold, tuple):
        return value not in rule.threshold
    limit = threshold_of(rule, values["language"])
    return value < limit if rule.comparison == "at least" else value > limit
