"""A small lake with all that a report looks at, and with documents that mean harm."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from curation_assets.inspection.versions import keep
from curation_assets.text.hashing import content_hash
from resources.lake import WHOLE_LAKE, Lake
from resources.records import BuildRecord

HOSTILE = (
    "</script><script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'> \"quoted\" & 'told'",
    "bidi \u202e desrever \u2066 isolated \u200f",
    "a NUL \x00, a bell \x07, an escape \x1b[31m, U+FFFE \ufffe",
    "<!-- <style>body { display: none }</style> ]]> {{ 7 * 7 }} ${7}",
    "\u2028 line \u2029 paragraph \\u003c/script\\u003e",
    "<a href='https://attacker.example/'>" + "<" * 300,
)
SOURCES = ("wiki", "web <b>bold</b>", "books", "news", "\u202ecode", None)
LANGUAGES = ("en", "de", "ja", None)
STAGES = (
    ("clean_documents", "gopher_short_words"),
    ("clean_documents", "language_unrecognised"),
    ("dedup_clusters", "near_duplicate"),
    ("contained_documents", "contained"),
    ("mixture_plan", "over_budget"),
    ("mixture_plan", "outlier"),
)


def report_lake(root: Path, shards: int = 4, each: int = 90, seed: int = 3) -> Lake:
    """Write the tables of a lake whose documents are drawn at random, and two versions of its mixture."""
    lake = Lake(root)
    for number in range(shards):
        write_shard(lake, f"part-{number}.jsonl", each, np.random.default_rng([seed, number]))
    names = [f"part-{number}.jsonl" for number in range(shards)]
    topics = [{"topic": topic, "words": ["word", HOSTILE[topic], "other"]} for topic in range(5)]
    lake.write_file("topics/topics.json", json.dumps({"topics": topics}).encode())
    plan = {"sampler": "quality_coverage", "weights": {"effective_sample_size": 123.4}}
    lake.write_file("mixture_plan/plan.json", json.dumps(plan).encode())
    rows = {shard: lake.read("ledger", shard) for shard in names}
    for shard in names:  # the mixture before held others
        stage = pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise(pl.lit("mixture_plan"))
        reason = pl.when(stage.is_null()).then(pl.lit("kept")).otherwise(pl.lit("over_budget"))
        lake.write("ledger", shard, rows[shard].with_columns(stage=stage, reason=reason))
    finish(lake, names, {"mixture": {"seed": 1}})
    for shard in names:
        lake.write("ledger", shard, rows[shard])
    finish(lake, names, {"mixture": {"seed": 2}})
    return lake


def finish(lake: Lake, shards: Sequence[str], config: dict[str, Any]) -> None:
    """Write the manifest of the ledgers as they are, and keep the version."""
    ledger = lake.read_all("ledger", shards).filter(pl.col("stage").is_null())
    clean = lake.read_all("clean_documents", shards, ["doc_id", "shard", "source", "language"])
    tokens = lake.read_all("quality_scores", shards, ["doc_id", "shard", "tokens"])
    kept = ledger.join(clean, ["doc_id", "shard"]).join(tokens, ["doc_id", "shard"], how="left")
    contents = kept.group_by("source", "language").agg(documents=pl.len(), tokens=pl.col("tokens").sum())
    mixture_id = content_hash(json.dumps(config), *kept["doc_id"].sort())
    manifest = {
        "mixture_id": mixture_id,
        "inputs": dict.fromkeys(shards, "0"),
        "config": config,
        "contents": contents.sort("source", "language").to_dicts(),
    }
    lake.write_file("mixture_manifest/manifest.json", json.dumps(manifest).encode())
    figures = {
        "mixture_id": mixture_id,
        "documents": kept.height,
        "tokens": int(kept["tokens"].sum()),
    }
    lake.save_record(
        BuildRecord(
            stage="mixture_manifest",
            shard=WHOLE_LAKE,
            fingerprint=mixture_id,
            code_version="1",
            shards=dict.fromkeys(shards, "0"),
            figures=figures,  # type: ignore[arg-type]
        )
    )
    keep(SimpleNamespace(lake=lake))  # type: ignore[arg-type]


def write_shard(lake: Lake, shard: str, rows: int, random: np.random.Generator) -> None:
    """Write a shard of every table; documents pass stages in their order until one drops them."""
    texts = [f"Document {at} of {shard}. " + HOSTILE[at % len(HOSTILE)] for at in range(rows)]
    texts = [HOSTILE[at % len(HOSTILE)] if at % 10 == 0 else text for at, text in enumerate(texts)]
    fates = random.choice(len(STAGES) + 2, rows)
    stage = [STAGES[fate][0] if fate < len(STAGES) else None for fate in fates]
    frame = pl.DataFrame(
        {
            "doc_id": [content_hash(shard, str(at)) for at in range(rows)],
            "shard": shard,
            "position": range(rows),
            "record_id": [f"record-{at}" for at in range(rows)],
            "text": [text.replace("\n", " ") for text in texts],
            "source": pl.Series([SOURCES[at] for at in random.choice(len(SOURCES), rows)], dtype=pl.String),
            "language": pl.Series(
                [LANGUAGES[at] for at in random.choice(len(LANGUAGES), rows)], dtype=pl.String
            ),
            "characters": np.maximum(random.lognormal(6.5, 1.6, rows), 1).astype(np.int64),
            "date": [
                ("2019-04-01", "2023", None, "soon", "2021-12-31T10:00:00Z")[at % 5] for at in range(rows)
            ],
            "stage": pl.Series(stage, dtype=pl.String),
            "reason": [STAGES[fate][1] if fate < len(STAGES) else "kept" for fate in fates],
        },
        strict=False,
    )
    lake.write("raw_documents", shard, frame.select("doc_id", "shard", "position", "record_id", "text"))
    clean = ("doc_id", "shard", "text", "source", "language", "characters", "date")
    lake.write("clean_documents", shard, frame.select(clean))
    quarantine = {
        "shard": [shard] * 2,
        "position": [rows, rows + 1],
        "reason": ["invalid_json", "<b>odd</b>"],
    }
    lake.write("quarantine", shard, pl.DataFrame(quarantine))
    survivors = frame.filter(~pl.col("stage").is_in(["clean_documents"]) | pl.col("stage").is_null())
    sizes = [1] * (survivors.height % 3) + [3] * (survivors.height // 3 * 3)
    lake.write(
        "dedup_clusters",
        shard,
        survivors.select("doc_id", "shard").with_columns(cluster_size=pl.Series(sizes)),
    )
    late = pl.col("stage").is_null() | (pl.col("stage") == "mixture_plan")
    candidates = frame.filter(late).select("doc_id", "shard")
    write_scores(lake, shard, frame, candidates, random)


def write_scores(
    lake: Lake, shard: str, frame: pl.DataFrame, candidates: pl.DataFrame, random: np.random.Generator
) -> None:
    """Write what only candidates have: scores, vectors, topics, their place in the plan; and the ledger."""
    count = candidates.height
    ask = random.random(count).round(2)
    scores = candidates.with_columns(
        ask_llm=pl.Series(ask),
        perplexity=pl.Series(
            np.where(random.random(count) < 0.1, math.nan, random.normal(size=count).round(1))
        ),
        quality=pl.Series((ask + random.random(count)) / 2),
        tokens=pl.Series(random.integers(10, 3000, count)),
        bytes=pl.Series(random.integers(10, 9000, count)),
    )
    lake.write("quality_scores", shard, scores)
    lake.write("mixture_plan", shard, candidates)
    vectors = random.normal(size=(count, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    column = pl.Series(vectors.tolist(), dtype=pl.Array(pl.Float32, 8))
    lake.write("embeddings", shard, candidates.with_columns(embedding=column))
    topic = pl.Series(random.integers(0, 5, count), dtype=pl.Int32)
    lake.write("topics", shard, candidates.with_columns(topic=topic))
    density = candidates.with_columns(density=pl.Series(random.lognormal(-4, 1, count)))
    ledger = frame.select("doc_id", "shard", "position", "stage", "reason").join(
        scores.select("doc_id", "quality"), "doc_id", how="left", maintain_order="left"
    )
    ledger = ledger.join(density.select("doc_id", "density"), "doc_id", how="left", maintain_order="left")
    others = dict.fromkeys(("decided_by", "kept_instead", "kept_instead_shard"), pl.lit("<i>0.123456789</i>"))
    lake.write("ledger", shard, ledger.with_columns(**others))


def write_labels(path: Path, shards: Sequence[str]) -> Path:
    """Write labels of some documents, of a row that was not read, and of one that there is not."""
    lines: list[dict[str, Any]] = [
        {"case": ("spam", "<b>copy</b>")[at % 2], "shard": shard, "record_id": f"record-{at}"}
        for shard in shards
        for at in range(0, 40)
    ]
    lines += [{"case": "broken_row", "shard": shards[0], "position": 90, "reason": "invalid_json"}]
    lines += [{"case": "spam", "shard": "gone.jsonl", "record_id": "record-1"}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path
