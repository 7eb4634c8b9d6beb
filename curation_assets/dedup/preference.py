"""Which of the copies of a text stays: what a document tells of itself, and how that becomes an order.

Scores of models are not among it: they are computed after deduplication, for one copy alone.
"""

import polars as pl

from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.tables import Tables
from curation_assets.text.addresses import canonical_address
from curation_assets.text.hashing import content_hash

FACTS = {"date": pl.String(), "quality": pl.Float64(), "url_hash": pl.String(), "source": pl.String()}
"""What a document tells beside its text; null where it does not."""
_READ = ("date", "fineweb_terminal_lines", "url", "source")
ROW = ["doc_id", "exact_hash", "characters", "preference"]
"""All of a document that its own cluster, and its place in it, depend on; the shard is known."""
_UNKNOWN = -(1 << 62)
_DECIMALS = 1_000_000_000


def facts(documents: pl.DataFrame) -> pl.DataFrame:
    """Return FACTS of documents; columns that are missing count as null.

    documents: ``date`` (ISO 8601, to the day, month or year), ``url``, ``source`` and
    ``fineweb_terminal_lines``, the share of lines that end a sentence (Penedo et al. 2024, arXiv 2406.17557,
    section 3.6), which stands for quality. ``url_hash``: 128 bits in hexadecimal, equal for spellings of the
    same address.
    """
    told = {
        name: documents[name] if name in documents.columns else [None] * documents.height for name in _READ
    }
    columns = {
        "date": told["date"],
        "quality": told["fineweb_terminal_lines"],
        "source": told["source"],
        "url_hash": [None if url is None else _address_hash(url) for url in told["url"]],
    }
    return pl.DataFrame(columns, schema=FACTS)


def _address_hash(url: str) -> str | None:
    address = canonical_address(url)
    return None if address is None else content_hash("address", address)


def ranked(tables: Tables, shard: str, config: DedupConfig) -> pl.DataFrame:
    """Return ROW of the documents of a shard, in the order of its signatures."""
    rows = tables.signatures(shard, ["doc_id", "exact_hash", "characters", *FACTS])
    return rows.with_columns(preference(rows, config)).select(ROW)


def preference(rows: pl.DataFrame, config: DedupConfig) -> pl.Series:
    """Return Int64 [rows], the greater the better; documents that do not tell come last.

    rows: ``characters`` (Int64), ``date`` and ``quality``. Ties are for the caller to break: by length, then
    by doc_id.
    """
    if config.representative == "longest":
        return rows["characters"].alias("preference")
    if config.representative == "quality":
        order = (pl.col("quality") * _DECIMALS).round()
    else:
        day = _day(pl.col("date"))
        order = day if config.representative == "newest" else -day
    return rows.select(preference=order.cast(pl.Int64, strict=False).fill_null(_UNKNOWN)).to_series()


def _day(date: pl.Expr) -> pl.Expr:
    """Return year, month and day as one number; what is not told counts as before all that is."""
    parts = [
        date.str.slice(start, length).cast(pl.Int64, strict=False)
        for start, length in ((0, 4), (5, 2), (8, 2))
    ]
    year, month, day = parts
    return year * 10_000 + month.fill_null(0) * 100 + day.fill_null(0)
