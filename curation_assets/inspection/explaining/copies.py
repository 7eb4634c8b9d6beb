"""The cluster of copies that a document is in: which one was kept, and the others."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from curation_assets.inspection.explaining.differences import Differences, differences
from curation_assets.inspection.explaining.finding import readable, text_of
from curation_assets.inspection.explaining.rows import RECORDS, Rows

MOST_COPIES = 10
_COLUMNS = ("doc_id", "shard", "similarity", "kept", "drop_reason")


@dataclass(frozen=True)
class Copies:
    """The other documents of a cluster, the kept ones first, then by similarity.

    ``found`` counts them all; ``differs`` is what the kept copy has otherwise than this one, None for the
    kept copy itself.
    """

    others: list[dict[str, Any]]
    found: int
    differs: Differences | None


def copies(rows: Rows) -> Copies | None:
    """Return the copies of a document, or None where it was not compared or has none."""
    entry = rows.of("dedup_clusters")
    row, found = entry.row, rows.found
    if not row or (row["cluster_size"] or 1) < 2:
        return None
    paths = readable(rows.lake, "dedup_clusters", RECORDS["dedup_clusters"])
    itself = (pl.col("doc_id") == found.doc_id) & (pl.col("shard") == found.shard)
    same = (pl.col("cluster_id") == row["cluster_id"]) & ~itself
    others = (
        pl.scan_parquet(paths, glob=False)
        .filter(same)
        .select(_COLUMNS)
        .sort("kept", "similarity", "doc_id", "shard", descending=[True, True, False, False], nulls_last=True)
        .collect()
    )
    return Copies(others.head(MOST_COPIES).to_dicts(), others.height, _differs(rows, row))


def _differs(rows: Rows, row: dict[str, Any]) -> Differences | None:
    kept, shard = row["representative"], row["representative_shard"]
    if row["kept"] or kept is None:
        return None
    mine = rows.of("clean_documents").row.get("text")
    theirs = text_of(rows.lake, "clean_documents", kept, shard)
    return None if mine is None or theirs is None else differences(mine, theirs)
