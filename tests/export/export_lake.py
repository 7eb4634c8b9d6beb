"""Lakes that hold nothing but a mixture and its manifest."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from curation_assets.text.hashing import content_hash
from resources.lake import Lake
from resources.records import BuildRecord, Counts

WITHOUT_PHASES = {
    "doc_id": pl.String,
    "shard": pl.String,
    "text": pl.String,
    "source": pl.String,
    "language": pl.String,
    "url": pl.String,
    "tokens": pl.Int64,
    "quality": pl.Float64,
    "density": pl.Float64,
    "inclusion_probability": pl.Float64,
    "weight": pl.Float64,
}
WITH_PHASES = {**WITHOUT_PHASES, "phase": pl.String, "position": pl.Float64}

Row = Mapping[str, Any]


def row(doc_id: str, text: str, **others: Any) -> dict[str, Any]:
    """Return a row of a mixture, without a phase unless one is given."""
    return {
        "doc_id": doc_id,
        "text": text,
        "source": "web",
        "language": "en",
        "url": None,
        "tokens": len(text.split()),
        "quality": 0.5,
        "density": None,
        "inclusion_probability": 1.0,
        "weight": 1.0,
        **others,
    }


def mixture_lake(
    root: Path, shards: Mapping[str, Sequence[Row]], config: Mapping[str, Any] | None = None, **manifest: Any
) -> Lake:
    """Write a lake as a run leaves it: tables, their records, and the manifest over them."""
    lake, files = Lake(root), {}
    with_phases = any("phase" in one for rows in shards.values() for one in rows)
    schema = WITH_PHASES if with_phases else WITHOUT_PHASES
    for shard, rows in shards.items():
        frame = pl.DataFrame([{"shard": shard, **one} for one in rows], schema)
        path = f"mixture/{shard}.parquet"
        files[path] = lake.write("mixture", shard, frame)
        counts = Counts(rows_in=len(rows), kept=len(rows))
        save(lake, "mixture", shard, {path: files[path]}, counts)
    for shard in set(lake.recorded_shards("mixture")) - set(shards):
        lake.discard("mixture", shard)
    made = {
        "config": {"mixture": {"seed": 1, **(config or {})}},
        "contents": contents([one for rows in shards.values() for one in rows]),
        "models": {},
        "summary": {},
        "files": files,
        **manifest,
    }
    made = {"mixture_id": content_hash(json.dumps(made)), **made}
    lake.write_file("mixture_manifest/manifest.json", json.dumps(made, ensure_ascii=False).encode())
    return lake


def save(lake: Lake, stage: str, shard: str, files: Mapping[str, str], counts: Counts) -> None:
    lake.save_record(
        BuildRecord(
            stage=stage, shard=shard, fingerprint="1", code_version="1", files=dict(files), counts=counts
        )
    )


def contents(rows: Sequence[Row]) -> list[dict[str, Any]]:
    pairs = sorted({(one["source"], one["language"]) for one in rows}, key=repr)
    return [
        {
            "source": source,
            "language": language,
            "documents": sum((one["source"], one["language"]) == (source, language) for one in rows),
            "tokens": sum(
                one["tokens"] for one in rows if (one["source"], one["language"]) == (source, language)
            ),
            "mean_quality": 0.5,
        }
        for source, language in pairs
    ]
