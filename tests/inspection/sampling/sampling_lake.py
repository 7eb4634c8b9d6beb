"""A small lake with planted documents: cleaned for real, what stages behind it say written by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from small_inboxes import prose

from curation_assets.cleaning.clean import clean
from curation_assets.cleaning.config import CleaningConfig
from curation_assets.ledger.decisions import LEDGER_SCHEMA
from resources.lake import Lake

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07\x1b[31mred \u202egnp.exe\u202c \u2066x\u2069 \x00 \x7f \x9b31m \u200f \ufeff "
    "\u2028 [bold red]not markup[/bold red] [link=http://evil.example]x[/link]"
)
REPEATED = "\n".join(["A line that comes again and again."] * 6 + [prose(40)])
NEARLY = "\n".join(
    [prose(41, 30), *["This line is here twice."] * 2, prose(42, 60), prose(43, 30), prose(44, 40)]
)
MAIL = "Write to jane.doe@company.org about it. " + prose(45)
PLANTED = {"repeated": REPEATED, "nearly": NEARLY, "mail": MAIL, "short": "Too short."}


def write_clean(
    lake: Lake,
    shard: str,
    texts: dict[str, str],
    config: CleaningConfig | None = None,
    source: str = "web",
) -> pl.DataFrame:
    """Clean texts, given by doc_id, into a shard."""
    raw = pl.DataFrame(
        {
            "doc_id": list(texts),
            "shard": [shard] * len(texts),
            "text": list(texts.values()),
            "kind": ["text"] * len(texts),
            "url": [None] * len(texts),
            "source": [source] * len(texts),
            "metadata": ["{}"] * len(texts),
        },
        schema_overrides={"url": pl.String},
    )
    frame = clean(raw, config or CleaningConfig())
    lake.write("clean_documents", shard, frame)
    return frame


def write_hostile(lake: Lake, shard: str) -> None:
    """Write a document whose text, id, source and address are hostile, as no cleaning had been."""
    frame = write_clean(lake, shard, {"h": "x"})
    text = f"{HOSTILE}\n" * 4 + "first line\n" * 9
    changed = frame.with_columns(
        doc_id=pl.lit(HOSTILE), text=pl.lit(text), source=pl.lit(HOSTILE), url=pl.lit(HOSTILE),
        drop_reason=pl.lit("gopher_duplicate_lines"), gopher_duplicate_lines=pl.lit(0.9),
        decided_by=pl.lit(HOSTILE), pii_emails=pl.lit(1, pl.Int64),
    )  # fmt: skip
    lake.write("clean_documents", shard, changed)


def write_copies(lake: Lake, shard: str, clusters: Sequence[Sequence[tuple[str, float]]]) -> None:
    """Write clusters of (doc_id, similarity); the first of each is the one that is kept."""
    rows: list[dict[str, Any]] = []
    for cluster in clusters:
        for place, (doc_id, similarity) in enumerate(cluster, start=1):
            reason = None if place == 1 else ("exact_duplicate" if similarity == 1.0 else "near_duplicate")
            rows.append(
                {
                    "doc_id": doc_id, "shard": shard, "cluster_id": cluster[0][0],
                    "cluster_size": len(cluster),
                    "representative": cluster[0][0], "representative_shard": shard, "similarity": similarity,
                    "place": place, "kept": place == 1, "drop_reason": reason,
                }
            )  # fmt: skip
    lake.write("dedup_clusters", shard, pl.DataFrame(rows))


def write_ledger(lake: Lake, shard: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write lines of a ledger; what is left out is null."""
    filled = [{name: row.get(name) for name in LEDGER_SCHEMA} | {"shard": shard} for row in rows]
    lake.write("ledger", shard, pl.DataFrame(filled, schema=LEDGER_SCHEMA))


def planted(folder: Path) -> Lake:
    """Return a lake of two shards with the PLANTED documents and some prose."""
    lake = Lake(folder)
    write_clean(lake, "a.jsonl", PLANTED | {f"a{seed}": prose(seed) for seed in range(3)})
    write_clean(lake, "b.jsonl", {f"b{seed}": prose(seed) for seed in range(3, 9)}, source="books")
    return lake
