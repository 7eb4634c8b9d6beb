"""The columns of the clean_documents table."""

import polars as pl

from curation_assets.cleaning.normalisation import residue
from curation_assets.cleaning.personal_data import pii
from curation_assets.cleaning.rules import features, notices, refinedweb, urls, word_lists
from curation_assets.cleaning.rules.rule import DType

CARRIED = ("doc_id", "shard", "kind", "url", "source", "metadata")
"""Columns that are taken from the raw documents as they are."""
VALUE_COLUMNS: dict[str, DType] = {
    "characters": pl.Int64,
    "page_link_density": pl.Float64,
    **urls.COLUMNS,
    **residue.COLUMNS,
    **features.COLUMNS,
    **refinedweb.COLUMNS,
    **word_lists.COLUMNS,
    **notices.COLUMNS,
    **pii.COLUMNS,
}
"""What is measured: values behind the rules (``gopher_``, ``c4_``, ``fineweb_``) and counts (``pii_``)."""

CLEAN_SCHEMA = pl.Schema(
    [
        *(
            (name, pl.String)
            for name in (*CARRIED, "title", "date", "page_url", "text", "text_hash", "language")
        ),
        ("language_score", pl.Float64),
        ("language_lines", pl.Float64),
        *((name, pl.String) for name in ("drop_reason", "decided_by", "error")),
        *VALUE_COLUMNS.items(),
    ]
)
"""Columns and dtypes of the clean_documents table, in order."""
