"""The tables that quality_scores and embeddings read, for tests of these stages alone."""

from collections.abc import Sequence

import polars as pl

from curation_assets.text.hashing import content_hash
from curation_assets.workplace import Workplace

SHARD = "a.jsonl"


def write_survivors(workplace: Workplace, texts: Sequence[str]) -> None:
    """Write a shard of which nothing before has dropped or edited a document."""
    ids = [f"d{number}" for number in range(len(texts))]
    hashes = [content_hash(text) for text in texts]
    columns = {"doc_id": ids, "shard": [SHARD] * len(ids), "text": list(texts), "text_hash": hashes}
    columns["language"] = ["en"] * len(ids)
    schema = dict.fromkeys(columns, pl.String())
    workplace.lake.write("clean_documents", SHARD, pl.DataFrame(columns, schema=schema))
    labels = pl.DataFrame({"doc_id": ids, "kept": [True] * len(ids)}, schema={"doc_id": str, "kept": bool})
    workplace.lake.write("dedup_clusters", SHARD, labels)
    workplace.lake.write("contained_documents", SHARD, labels)
    unedited = labels.with_columns(text=pl.lit(None, pl.String), text_hash=pl.lit(None, pl.String))
    workplace.lake.write("repeated_passages", SHARD, unedited)
