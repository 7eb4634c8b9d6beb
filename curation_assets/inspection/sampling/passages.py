"""Documents that repeat passages of earlier ones, with what was cut, or only told of, highlighted."""

import polars as pl

from curation_assets.inspection.sampling.asking import Request, about, nothing, number
from curation_assets.inspection.sampling.example import Sample
from curation_assets.inspection.sampling.picking import ORDER
from curation_assets.inspection.sampling.reading import PASSAGES, Documents
from curation_assets.inspection.sampling.scores import plain_example


def passage_sample(documents: Documents, request: Request) -> Sample:
    """Return documents with repeated passages, those of which the largest share is repeated first."""
    picker = request.picker(descending=True)
    columns = ["repeated_share", "repeated_tokens", "kept", "kept_in", "kept_in_shard"]
    for frame in documents.frames(PASSAGES, [*columns, "spans"]):
        rows = frame.filter(pl.col("spans").list.len() > 0)
        picker.add(
            rows.select("doc_id", "shard", *columns, pl.col("repeated_share").alias(ORDER)), frame.height
        )
    rows = picker.picked()
    read = about(documents, rows)
    examples = [
        plain_example(
            documents,
            row,
            read[row["shard"], row["doc_id"]],
            f"{number(row['repeated_share'])} of its words, {row['repeated_tokens']:,}, stand in others"
            + ("" if row["kept"] else "; so it was dropped"),
            {"longest stands in": f"{row['kept_in']} of {row['kept_in_shard']}"},
        )
        for row in rows.iter_rows(named=True)
    ]
    why = (
        "none has a repeated passage. The search is off unless passages.substrings or passages.lines is set."
    )
    notes = [] if examples else nothing(documents, picker, why)
    return Sample("documents with repeated passages", picker.looked_at, picker.matching, examples, notes)
