"""The ranks of one document's values among the documents of its language and source."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from curation_assets.inspection.explaining.finding import readable
from resources.lake import Lake

_GROUP = ("language", "source")
_KEY = ("doc_id", "shard")


@dataclass(frozen=True)
class Rank:
    """Where a value stands, exactly, among all documents of the lake of the same language and source.

    Attributes:
        place: 1 for the greatest value; equal values share the better place.
        of: documents of the group that have a value.
        share: share of the group that lies below, equals counting half: what mixture.minimum_rank is
            compared with.
    """

    place: int
    of: int
    share: float


def ranks(
    lake: Lake, table: str, values: Mapping[str, float | None], language: str | None, source: str | None
) -> dict[str, Rank]:
    """Return the rank of each value that is a number.

    Read are two columns of clean_documents and, of the table, ids and the columns asked for; no text.

    Args:
        table: quality_scores or density_estimates; a shard that lacks a column counts as without values.
        values: those of the document, by column of the table.
    """
    known = {name: value for name, value in values.items() if value is not None and value == value}
    paths, cleaned = readable(lake, table), readable(lake, "clean_documents")
    if not known or not paths or not cleaned:
        return {}
    columns = {name: pl.Float64() for name in known}
    schema = pl.Schema({**dict.fromkeys(_KEY, pl.String()), **columns})
    scores = pl.scan_parquet(
        paths, glob=False, schema=schema, extra_columns="ignore", missing_columns="insert"
    )
    alike = [
        pl.col(name).eq_missing(pl.lit(value)) for name, value in zip(_GROUP, (language, source), strict=True)
    ]
    group = pl.scan_parquet(cleaned, glob=False).filter(*alike).select(_KEY)
    counted = [
        expression.alias(f"{place} {what}")
        for place, (name, value) in enumerate(known.items())
        for what, expression in _counts(pl.col(name).fill_nan(None), value).items()
    ]
    found = (
        scores.join(group, on=_KEY, how="semi").select(counted).collect(engine="streaming").row(0, named=True)
    )
    ranked = {}
    for place, name in enumerate(known):
        above, equal, of = (found[f"{place} {what}"] for what in ("above", "equal", "of"))
        if of:
            ranked[name] = Rank(above + 1, of, (of - above - equal + equal / 2) / of)
    return ranked


def _counts(column: pl.Expr, value: float) -> dict[str, pl.Expr]:
    return {"above": (column > value).sum(), "equal": (column == value).sum(), "of": column.count()}
