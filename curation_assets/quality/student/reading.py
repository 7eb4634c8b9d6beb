"""Files of texts with a teacher's scores."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.quality.config import ASK_LLM, STUDENT
from curation_assets.survivors import survivors
from resources.lake import Lake


class Scored(NamedTuple):
    """Texts, their scores float64 [n], and the teacher's fingerprint: empty if the file does not say."""

    texts: list[str]
    scores: NDArray[np.float64]
    teacher: str


def read_scored(path: Path) -> Scored:
    """Read Parquet or JSON lines (.jsonl) with fields text and score, and perhaps teacher.

    Rows without a text or a score are passed over.

    Raises:
        ValueError: the file is of another kind, lacks a field, or has scores of several teachers.
        OSError: it cannot be read.
    """
    if path.suffix == ".parquet":
        rows = list(_parquet_rows(path))
    elif path.suffix == ".jsonl":
        rows = list(_line_rows(path))
    else:
        raise ValueError(f"{path}: neither .parquet nor .jsonl")
    teachers = sorted({teacher for _, _, teacher in rows})
    if len(teachers) > 1:
        raise ValueError(f"{path}: scores of several teachers ({', '.join(teachers[:3])})")
    scores = np.array([score for _, score, _ in rows], dtype=np.float64)
    return Scored([text for text, _, _ in rows], scores, teachers[0] if teachers else "")


def read_lake(lake: Lake, column: str, most: int) -> Scored:
    """Read a column of a lake's quality_scores with its texts: the ``most`` with the smallest text hashes.

    Raises:
        ValueError: there are no scores, or no such column.
    """
    parts = []
    for shard in lake.recorded_shards("quality_scores"):
        scores = lake.read("quality_scores", shard)
        if column == ASK_LLM and STUDENT in scores.columns:
            raise ValueError(
                f"{lake.root}: {ASK_LLM} has a student's scores outside its cascade's band, which a student"
                " cannot learn from; build the lake without quality.cascade first"
            )
        if column not in scores.columns:
            named = [name for name, dtype in scores.schema.items() if dtype == pl.Float64]
            raise ValueError(f"{lake.root}: quality_scores has no column {column!r}, but {', '.join(named)}")
        scores = scores.select("doc_id", score=column)
        hashes = survivors(lake, shard, ["doc_id", "shard", "text_hash"])
        parts.append(hashes.join(scores, on="doc_id", maintain_order="left"))
    if not parts:
        raise ValueError(f"{lake.root}: no quality_scores; curate run --until quality_scores makes them")
    chosen = pl.concat(parts).drop_nulls().unique("text_hash").sort("text_hash").head(most)
    found = [
        survivors(lake, str(shard), ["text_hash", "text"]).join(rows, on="text_hash")
        for (shard,), rows in chosen.partition_by("shard", as_dict=True).items()
    ]
    rows = pl.concat(found).unique("text_hash").sort("text_hash")
    return Scored(rows["text"].to_list(), rows["score"].to_numpy(), "")


def _parquet_rows(path: Path) -> Iterator[tuple[str, float, str]]:
    try:
        frame = pl.read_parquet(path)
        wanted = [pl.col("text").cast(pl.String), pl.col("score").cast(pl.Float64)]
        teacher = pl.col("teacher").cast(pl.String) if "teacher" in frame.columns else pl.lit("")
        kept = frame.select(*wanted, teacher.fill_null("").alias("teacher"))
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{path}: {error}") from error
    return kept.drop_nulls().iter_rows()


def _line_rows(path: Path) -> Iterator[tuple[str, float, str]]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                text, score = row["text"], row["score"]
                if text is not None and score is not None:
                    yield str(text), float(score), str(row.get("teacher") or "")
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise ValueError(f"{path}, line {number}: not an object with text and score") from error
