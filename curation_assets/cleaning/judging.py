"""Which documents cleaning drops, and why: measured values compared with thresholds, no text looked at.

In a module of its own because all that works on texts takes a while to import.
"""

import polars as pl

from curation_assets.cleaning.config import CleaningConfig, LanguageConfig
from curation_assets.cleaning.rules import (
    c4,
    ccnet,
    fineweb,
    gopher,
    notices,
    refinedweb,
    repetition,
    urls,
    word_lists,
)
from curation_assets.cleaning.rules.rule import Rule, at_least, at_most

ERROR = "cleaning_error"


def judge(frame: pl.DataFrame, config: CleaningConfig) -> pl.DataFrame:
    """Return the frame with drop_reason set to the first rule that fails, in the order of ``reasons``.

    ``decided_by`` is the value that failed beside its threshold, as text. Only looks at stored values:
    a changed threshold needs no new measuring.
    """
    rules = reasons(config)
    error = pl.when(pl.col("error").is_not_null())
    names = [pl.when(rule.fails()).then(pl.lit(rule.name)) for rule in rules]
    values = [pl.when(rule.fails()).then(rule.described()) for rule in rules]
    return frame.with_columns(
        pl.coalesce(error.then(pl.lit(ERROR)), *names).alias("drop_reason"),
        pl.coalesce(error.then(pl.col("error")), *values).alias("decided_by"),
    )


def reasons(config: CleaningConfig) -> list[Rule]:
    """Return the rules that are on, in the order in which the first to fail names the reason.

    Order, that of the pipelines they are from: no text, address, CCNet, links, language, Gopher repetition,
    Gopher quality, RefinedWeb, C4, FineWeb, word lists, notices. An error comes before all of them and is no
    rule.
    """
    return [rule for rules in grouped_reasons(config).values() for rule in rules]


def grouped_reasons(config: CleaningConfig) -> dict[str, list[Rule]]:
    """Return the same rules by the section of the settings that they are from, in the same order."""
    links = config.extraction.maximum_link_density
    return {
        "text": [Rule("empty_text", "characters", "at least", 1)],
        "urls": urls.rules(config.urls),
        "ccnet": ccnet.rules(config.ccnet),
        "extraction": at_most("link_density", "page_link_density", links),
        "language": _language_rules(config.language),
        "gopher_repetition": repetition.rules(config.gopher_repetition),
        "gopher_quality": gopher.rules(config.gopher_quality),
        "refinedweb": refinedweb.rules(config.refinedweb),
        "c4": c4.rules(config.c4),
        "fineweb": fineweb.rules(config.fineweb),
        "word_lists": word_lists.rules(config.word_lists),
        "notices": notices.rules(config.notices),
    }


def _language_rules(config: LanguageConfig) -> list[Rule]:
    if not config.enabled:
        return []
    recognised = at_least("language_unrecognised", "language_score", config.minimum_recognition)
    mixed = at_least("language_mixed", "language_lines", config.minimum_line_share)
    if not config.allowed:
        return [*recognised, *mixed]
    exceptions = tuple(sorted(config.minimum_scores.items()))
    return [
        *recognised,
        Rule("language_unsupported", "language", "one of", tuple(config.allowed)),
        Rule("language_uncertain", "language_score", "at least", config.minimum_score, exceptions),
        *mixed,
    ]
