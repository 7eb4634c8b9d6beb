"""Small lakes for the tests of queries: tables and their records, without a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from resources.lake import WHOLE_LAKE, Lake
from resources.records import BuildRecord

LEDGER = {
    "doc_id": pl.String,
    "shard": pl.String,
    "position": pl.Int64,
    "stage": pl.String,
    "reason": pl.String,
    "decided_by": pl.String,
    "cluster_id": pl.String,
    "kept_instead": pl.String,
    "kept_instead_shard": pl.String,
    "similarity": pl.Float64,
    "quality": pl.Float64,
    "density": pl.Float64,
    "inclusion_probability": pl.Float64,
}


def put(
    lake: Lake, table: str, shard: str, frame: pl.DataFrame, stage: str | None = None, **record: Any
) -> None:
    """Write a shard of a table and the record that vouches for it."""
    digest = lake.write(table, shard, frame)
    files = {f"{table}/{shard}.parquet": digest}
    known = {"fingerprint": "1", "code_version": "1", "files": files, **record}
    lake.save_record(BuildRecord(stage=stage or table, shard=shard, **known))


def ledger(rows: Mapping[str, str], shard: str = "a.jsonl") -> pl.DataFrame:
    """Return a ledger of documents and their reasons."""
    return pl.DataFrame(
        [
            {"doc_id": doc_id, "shard": shard, "position": place, "reason": reason}
            for place, (doc_id, reason) in enumerate(rows.items())
        ],
        LEDGER,
    )


def small_lake(root: Path) -> Lake:
    """Two shards that were read and judged; scores of the first alone; topics of both; one sketch."""
    lake = Lake(root)
    for shard, names in {"a.jsonl": ("a1", "a2"), "b.jsonl": ("b1",)}.items():
        put(lake, "ledger", shard, ledger(dict.fromkeys(names, "kept"), shard))
        clean = {"doc_id": names, "shard": [shard] * len(names), "source": ["web"] * len(names)}
        put(lake, "clean_documents", shard, pl.DataFrame({**clean, "text": ["long text"] * len(names)}))
        topics = pl.DataFrame({"doc_id": names, "shard": [shard] * len(names), "topic": range(len(names))})
        put(lake, "topics", shard, topics, stage="topic_labels")
    scores = {"doc_id": ["a1", "a2"], "shard": ["a.jsonl"] * 2, "tokens": [3, 4], "ask_llm": [0.25, 0.5]}
    put(lake, "quality_scores", "a.jsonl", pl.DataFrame(scores))
    sketch = pl.DataFrame({"cell": [0], "params": pl.Series(["{}"], dtype=pl.Enum(["{}"]))})
    put(lake, "density_sketch", WHOLE_LAKE, sketch)
    return lake
