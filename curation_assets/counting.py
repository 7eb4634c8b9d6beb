"""The conservation law: documents in = kept + dropped by reason + quarantined, at every stage.

Counts are always taken from the tables as written, never from what a build says of itself.
"""

import polars as pl

from resources.lake import Lake
from resources.records import Counts

ROW_KEY = ("doc_id", "shard")


def count_verdicts(
    lake: Lake, table: str, shard: str, rows_in: pl.Series, *, reason: str | None = None
) -> Counts:
    """Count one shard of a table against the documents that should be in it.

    Args:
        rows_in: the doc_ids that came in, one a document.
        reason: the column that says why a document was dropped (null = kept); None if none are.

    A document that is missing, doubled or invented makes the counts unbalanced: a document that
    did not come in is counted as kept, but not in ``rows_in``.
    """
    columns = ["doc_id", reason] if reason else ["doc_id"]
    table_rows = lake.read(table, shard, columns)
    kept = table_rows if reason is None else table_rows.filter(pl.col(reason).is_null())
    dropped = {} if reason is None else count_reasons(table_rows[reason])
    strangers = table_rows.filter(~pl.col("doc_id").is_in(rows_in.implode())).height
    doubled = table_rows.height - table_rows["doc_id"].n_unique()
    return Counts(rows_in=len(rows_in), kept=kept.height + strangers + doubled, dropped=dropped)


def count_reasons(reasons: pl.Series) -> dict[str, int]:
    """Count the values that are not null, by name."""
    counts = reasons.drop_nulls().value_counts().sort(reasons.name)
    return dict(counts.iter_rows())
