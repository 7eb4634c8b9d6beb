"""The cleaning stage: ``measure`` works on texts, ``judge`` compares what was measured with thresholds."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from curation_assets.cleaning import c4, fineweb, gopher, pii, repetition
from curation_assets.cleaning.config import CleaningConfig, LanguageConfig
from curation_assets.cleaning.document import read
from curation_assets.cleaning.extraction import extract
from curation_assets.cleaning.language import identify, load_model
from curation_assets.cleaning.normalise import normalise
from curation_assets.cleaning.rules import Rule, Value, at_least
from curation_assets.progress import Progress, silent
from curation_assets.text.hashing import content_hash

_CARRIED = ("doc_id", "shard", "url", "source", "metadata")
VALUE_COLUMNS: dict[str, type[pl.DataType]] = {
    "characters": pl.Int64,
    **repetition.COLUMNS,
    **gopher.COLUMNS,
    **c4.COLUMNS,
    **fineweb.COLUMNS,
    **pii.COLUMNS,
}
"""What is measured of a document: ``gopher_``, ``c4_`` and ``fineweb_`` values behind rules, ``pii_`` counts."""

CLEAN_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(_CARRIED, pl.String),
        "title": pl.String,
        "text": pl.String,
        "text_hash": pl.String,
        "language": pl.String,
        "language_score": pl.Float64,
        "drop_reason": pl.String,
        "decided_by": pl.String,
        "error": pl.String,
        **VALUE_COLUMNS,
    }
)
"""Columns and dtypes of the clean_documents table, in order."""

ERROR = "cleaning_error"
_REPORT_EVERY = 64


def clean(raw: pl.DataFrame, config: CleaningConfig, progress: Progress = silent) -> pl.DataFrame:
    """Clean the documents and say which are dropped, and why.

    raw: doc_id, shard, text, kind ("text" or "html"), url, source, metadata (JSON), and more, which is ignored.
    Returns one row per row, in the same order, with the columns of CLEAN_SCHEMA; drop_reason is null for a
    document that is kept. The text of a dropped document is cleaned and masked too.
    """
    return judge(measure(raw, config, progress), config)


def measure(raw: pl.DataFrame, config: CleaningConfig, progress: Progress = silent) -> pl.DataFrame:
    """Do the work on texts: extract, normalise, identify the language, edit, measure and mask.

    Returns the columns of CLEAN_SCHEMA, drop_reason being null. Thresholds of rules do not matter here.
    A document on which a step fails has an empty text, no values and the message in ``error``.
    Raises FileNotFoundError where the language model is missing, and polars' ColumnNotFoundError for a missing column.
    """
    if config.language.enabled and raw.height:
        load_model()
    columns = raw.select(pl.col("text", "kind").cast(pl.String)).iter_rows()
    rows = list(_reporting((_measure_row(text, kind, config) for text, kind in columns), progress))
    measured = pl.DataFrame(rows, schema={name: CLEAN_SCHEMA[name] for name in CLEAN_SCHEMA if name not in _CARRIED})
    return pl.concat([raw.select(pl.col(_CARRIED).cast(pl.String)), measured], how="horizontal")


def judge(frame: pl.DataFrame, config: CleaningConfig) -> pl.DataFrame:
    """Return the frame with drop_reason set to the first rule that fails, in the order of ``reasons``.

    ``decided_by`` is the value that failed beside its threshold, as text. Only looks at stored values:
    a changed threshold needs no new measuring.
    """
    reason = pl.when(pl.col("error").is_not_null()).then(pl.lit(ERROR))
    value = pl.when(pl.col("error").is_not_null()).then(pl.col("error"))
    for rule in reasons(config):
        reason = reason.when(rule.fails()).then(pl.lit(rule.name))
        value = value.when(rule.fails()).then(rule.described())
    return frame.with_columns(
        reason.otherwise(None).cast(pl.String).alias("drop_reason"),
        value.otherwise(None).cast(pl.String).alias("decided_by"),
    )


def reasons(config: CleaningConfig) -> list[Rule]:
    """Return the rules that are on, in the order in which the first to fail names the reason.

    Order: no text, language, Gopher repetition, Gopher quality, C4, FineWeb (the order of FineWeb's pipeline).
    An error comes before all of them and is no rule.
    """
    return [
        Rule("empty_text", "characters", "at least", 1),
        *_language_rules(config.language),
        *repetition.rules(config.gopher_repetition),
        *gopher.rules(config.gopher_quality),
        *c4.rules(config.c4),
        *fineweb.rules(config.fineweb),
    ]


def _language_rules(config: LanguageConfig) -> list[Rule]:
    if not config.enabled:
        return []
    recognised = at_least("language_unrecognised", "language_score", config.minimum_recognition)
    if not config.allowed:
        return recognised
    exceptions = tuple(sorted(config.minimum_scores.items()))
    return [
        *recognised,
        Rule("language_unsupported", "language", "one of", tuple(config.allowed)),
        Rule("language_uncertain", "language_score", "at least", config.minimum_score, exceptions),
    ]


def _reporting(rows: Iterable[dict[str, Any]], progress: Progress) -> Iterable[dict[str, Any]]:
    waiting = 0
    for row in rows:
        yield row
        waiting += 1
        if waiting == _REPORT_EVERY:
            progress(waiting)
            waiting = 0
    if waiting:
        progress(waiting)


def _measure_row(text: str | None, kind: str | None, config: CleaningConfig) -> dict[str, Any]:
    try:
        return _measure_text(text or "", kind, config)
    except Exception as error:  # one document must not stop a shard
        return {"text": "", "text_hash": content_hash(""), "error": f"{type(error).__name__}: {error}"}


def _measure_text(text: str, kind: str | None, config: CleaningConfig) -> dict[str, Any]:
    title: str | None = None
    if kind == "html":
        text, title = extract(text, config.extraction)
    text = normalise(text, config.normalisation)
    language, score = identify(text, config.language.characters) if config.language.enabled else (None, None)
    text, values = c4.edit(text, config.c4)
    document = read(text, language)
    values |= repetition.measure(document) | gopher.measure(document) | c4.measure(document)
    values |= fineweb.measure(document, config.fineweb.short_line)
    text, masked = pii.mask(text, config.pii)
    return {
        "title": title,
        "text": text,
        "text_hash": content_hash(text),
        "language": language,
        "language_score": score,
        "characters": len(text),
        **values,
        **masked,
    }


__all__ = ["CLEAN_SCHEMA", "ERROR", "VALUE_COLUMNS", "Rule", "Value", "clean", "judge", "measure", "reasons"]
