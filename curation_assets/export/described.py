"""croissant.json of an export."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from curation_assets.cards.config import card_of
from curation_assets.cards.croissant import DataFile, Records, croissant
from curation_assets.export.by_shard import SUFFIXES
from curation_assets.export.options import Options
from curation_assets.export.source import SCHEMA, Source
from curation_assets.mixture.stage import MIXTURE_COLUMNS

_READABLE = {"parquet": SUFFIXES["parquet"], "jsonl": SUFFIXES["jsonl"], "datasets": ".parquet"}
"""Formats whose rows Croissant can speak of; of the others it has the files alone."""


def described(
    source: Source,
    options: Options,
    files: Mapping[str, Mapping[str, Any]],
    phases: Mapping[str, Mapping[str, int]],
) -> bytes:
    """Return croissant.json: every file with its SHA-256, and the columns where rows can be read."""
    objects = [DataFile(path, file["sha256"], file["bytes"]) for path, file in sorted(files.items())]
    suffix = _READABLE.get(options.format)
    records = Records(f"data/*{suffix}", _columns(source), MIXTURE_COLUMNS) if suffix else None
    rows, readings = (sum(figures[key] for figures in phases.values()) for key in ("rows", "readings"))
    counted = (
        f"A training mixture for language models, as {options.format}: {rows:,} rows, to be read {readings:,}"
        f" times, in {len(phases)} phase{'' if len(phases) == 1 else 's'}."
    )
    return croissant(card_of(source.manifest), counted, source.mixture_id, objects, records)


def _columns(source: Source) -> Mapping[str, pl.DataType | type[pl.DataType]]:
    if not source.files:
        return SCHEMA
    return next(source.frames(next(iter(source.files)))).schema
