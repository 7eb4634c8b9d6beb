"""Documents with the lowest or highest score, the densest and sparsest, and those two scores disagree on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from curation_assets.catalogue.types import TYPES
from curation_assets.inspection.sampling.asking import (
    Request,
    about,
    cut,
    document,
    legend,
    marks,
    masked,
    nothing,
    number,
    unknown,
)
from curation_assets.inspection.sampling.example import Example, Sample
from curation_assets.inspection.sampling.picking import ORDER, finite
from curation_assets.inspection.sampling.reading import CLEAN, Documents

TABLES = (
    "quality_scores", "density_estimates", "outliers", "topics", "semantic_duplicates", "mixture_plan",
    "repeated_passages", "contained_documents", "dedup_clusters", CLEAN,
)  # fmt: skip
"""Where a column is looked for; the first table that has it is taken."""


def score_sample(documents: Documents, column: str, request: Request, *, highest: bool) -> Sample:
    """Return the documents with the highest, or else the lowest, values of a numeric column.

    Raises:
        LookupError: no table has such a column; the message lists what there is.
    """
    picker, table = request.picker(descending=highest), table_of(documents, column)
    for frame in documents.frames(table, [column]):
        values = finite(frame[column])
        rows = frame.select("doc_id", "shard").with_columns(values.alias(ORDER)).filter(values.is_not_null())
        picker.add(rows, frame.height)
    rows = picker.picked()
    told = [f"{column} = {number(value)}" for value in rows[ORDER]] if rows.height else []
    notes = [] if told else nothing(documents, picker, f"none has a value of {column} in {table}.")
    question = f"documents with the {'highest' if highest else 'lowest'} {column} ({table})"
    examples = list(plain_examples(documents, rows, told))
    return Sample(question, picker.looked_at, picker.matching, examples, notes)


def disagreement_sample(documents: Documents, one: str, other: str, request: Request) -> Sample:
    """Return the documents whose ranks by two columns differ most, among the documents of their language.

    A rank is the share of the documents of the language that lie below, those that tie shared out: 0 to 1.
    Two numbers of every document are in memory at once.

    Raises:
        LookupError: no table has such a column; the message lists what there is.
    """
    picker = request.picker(descending=True)
    parts = [_pairs(frame) for frame in _both(documents, one, other)]
    ranked = _ranks(parts)
    start = 0
    for frame in _both(documents, one, other):
        own = ranked.slice(start, frame.height)
        start += frame.height
        rows = frame.select("doc_id", "shard").hstack(own).filter(pl.col(ORDER).is_not_null())
        picker.add(rows, frame.height)
    rows = picker.picked()
    told = [
        f"{one} = {number(row['one'])} (rank {row['rank']:.3f}), {other} = {number(row['other'])} "
        f"(rank {row['other_rank']:.3f})"
        for row in rows.iter_rows(named=True)
    ]
    question = f"documents whose ranks by {one} and {other} within their language differ most"
    notes = [] if told else nothing(documents, picker, "none has both values.")
    examples = list(plain_examples(documents, rows, told))
    return Sample(question, picker.looked_at, picker.matching, examples, notes)


def table_of(documents: Documents, column: str) -> str:
    """Return the first table that has a numeric column.

    Raises:
        LookupError: none has.
    """
    there: dict[str, str] = {}
    for table in TABLES:
        for name, dtype in documents.columns_of(table).items():
            if dtype.is_numeric():
                there.setdefault(name, table)
    if column not in there:
        unbuilt = [table for table in TABLES if column in TYPES.get(table, ()) and not documents.has(table)]
        if column == "quality" and not documents.has("quality_scores"):
            unbuilt = ["quality_scores"]
        if unbuilt:
            raise LookupError(
                f"{column!r} is a column of {unbuilt[0]}, which is not built yet: curate run builds it"
            )
        raise unknown("numeric column of this lake", column, list(there))
    return there[column]


def plain_examples(documents: Documents, rows: pl.DataFrame, whys: Sequence[str]) -> Iterable[Example]:
    """Return examples of rows (doc_id, shard), with what was masked and cut in their texts."""
    read = about(documents, rows)
    for row, why in zip(rows.iter_rows(named=True), whys, strict=True):
        yield plain_example(documents, row, read[row["shard"], row["doc_id"]], why)


def plain_example(
    documents: Documents,
    row: Mapping[str, Any],
    told: Mapping[str, Any],
    why: str,
    facts: Mapping[str, Any] | None = None,
) -> Example:
    hidden, gone = masked(told), cut(documents, row["shard"], row["doc_id"])
    return Example(
        **document(row["doc_id"], row["shard"], told),
        why=why,
        facts=facts or {},
        marks=marks([], hidden, gone),
        legend=legend(hidden, gone),
    )


def _both(documents: Documents, one: str, other: str) -> Iterable[pl.DataFrame]:
    """Yield doc_id, shard, language, one and other, shard by shard."""
    tables = table_of(documents, one), table_of(documents, other)
    for frame in documents.frames(tables[0], [one]):
        shard = frame["shard"][0] if frame.height else ""
        if not shard:
            continue
        others = documents.lake.read(tables[1], shard, list(dict.fromkeys(["doc_id", other])))
        joined = frame.select("doc_id", "shard", "language", one=one).join(
            others.select("doc_id", other=other), on="doc_id", how="left", maintain_order="left"
        )
        yield joined.with_columns(finite(joined["one"]), finite(joined["other"]))


def _pairs(frame: pl.DataFrame) -> pl.DataFrame:
    language = pl.col("language").fill_null("unknown").hash().alias("language")
    return frame.select("one", "other", language)


def _ranks(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Return one, other, their ranks and the difference, of all documents; null without both values."""
    schema = {"one": pl.Float64, "other": pl.Float64, "language": pl.UInt64}
    every = pl.concat([pl.DataFrame(schema=schema), *parts])
    both = pl.col("one").is_not_null() & pl.col("other").is_not_null()
    every = every.with_columns(pl.when(both).then(pl.col("one", "other")))
    ranks = [
        ((pl.col(name).rank("average") - 0.5) / pl.col(name).count()).over("language").alias(rank)
        for name, rank in (("one", "rank"), ("other", "other_rank"))
    ]
    ranked = every.with_columns(ranks).drop("language")
    return ranked.with_columns((pl.col("rank") - pl.col("other_rank")).abs().alias(ORDER))
