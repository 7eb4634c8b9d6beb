"""The cleaning stage: ``measure`` works on texts, ``judge`` compares what was measured with thresholds."""

import polars as pl

from curation_assets.cleaning.config import CleaningConfig
from curation_assets.cleaning.judging import ERROR, judge, reasons
from curation_assets.cleaning.measuring import measure
from curation_assets.cleaning.rules.rule import Rule, Value
from curation_assets.cleaning.schema import CARRIED, CLEAN_SCHEMA, VALUE_COLUMNS
from curation_assets.progress import Progress, silent


def clean(raw: pl.DataFrame, config: CleaningConfig, progress: Progress = silent) -> pl.DataFrame:
    """Clean the documents and say which are dropped, and why.

    raw: doc_id, shard, text, kind ("text" or "html"), url, source, metadata (JSON); more columns are ignored.
    Returns one row per row, in the same order, with the columns of CLEAN_SCHEMA; drop_reason is null for a
    document that is kept. The text of a dropped document is cleaned and masked too.
    """
    return judge(measure(raw, config.measuring(), progress), config)


__all__ = [
    "CARRIED",
    "CLEAN_SCHEMA",
    "ERROR",
    "VALUE_COLUMNS",
    "Rule",
    "Value",
    "clean",
    "judge",
    "measure",
    "reasons",
]
