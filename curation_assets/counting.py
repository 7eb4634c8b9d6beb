"""The conservation law: documents in = kept + dropped by reason + quarantined, at every stage.

Counts are always taken from the tables as written, never from what a build says of itself.
"""

from collections.abc import Sequence

import polars as pl

from curation_assets.survivors import surviving_ids
from resources.lake import Lake
from resources.records import Counts


def count_verdicts(
    lake: Lake, table: str, shard: str, rows_in: pl.Series, *, reason: str | None = None
) -> Counts:
    """Count one shard of a table against the documents that should be in it.

    Args:
        rows_in: the doc_ids that came in, one a document.
        reason: the column that says why a document was dropped (null = kept); None if none are.

    A document that is missing, doubled or invented makes the counts unbalanced, and together too: rows
    too many are counted as kept on top of all that came in, so that they cannot stand in for missing ones.
    """
    columns = ["doc_id", reason] if reason else ["doc_id"]
    table_rows = lake.read(table, shard, columns)
    kept = table_rows if reason is None else table_rows.filter(pl.col(reason).is_null())
    dropped = {} if reason is None else count_reasons(table_rows[reason])
    found = table_rows.filter(pl.col("doc_id").is_in(rows_in.implode()))["doc_id"].n_unique()
    missing = len(rows_in) - found if table_rows.height > found else 0
    return Counts(rows_in=len(rows_in), kept=kept.height + missing, dropped=dropped)


def count_labels(lake: Lake, table: str, shards: Sequence[str], came_from: str) -> Counts:
    """Count the label tables of some shards against the documents of another table, each of which has one."""
    by_shard = (
        count_verdicts(
            lake, table, shard, lake.read(came_from, shard, ["doc_id"])["doc_id"], reason="drop_reason"
        )
        for shard in shards
    )
    return sum(by_shard, Counts())


def count_survivors(lake: Lake, table: str, shards: Sequence[str], *, reason: str | None = None) -> Counts:
    """Count some shards of a table that has one row for each document that is still in, see ``survivors``."""
    by_shard = (
        count_verdicts(lake, table, shard, surviving_ids(lake, shard), reason=reason) for shard in shards
    )
    return sum(by_shard, Counts())


def count_reasons(reasons: pl.Series) -> dict[str, int]:
    """Count the values that are not null, by name."""
    counts = reasons.drop_nulls().value_counts().sort(reasons.name)
    return dict(counts.iter_rows())
