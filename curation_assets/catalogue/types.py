"""The type of every column of every table, as the structure check holds tables against it."""

from collections.abc import Mapping

import polars as pl

from curation_assets.cleaning.schema import CLEAN_SCHEMA
from curation_assets.contamination.documents import SCHEMA as CONTAMINATION_SCHEMA
from curation_assets.dedup.labels import EDGE_SCHEMA
from curation_assets.dedup.labels import LABEL_SCHEMA as DEDUP_SCHEMA
from curation_assets.dedup.signatures import SIGNATURE_SCHEMA
from curation_assets.ledger.decisions import LEDGER_SCHEMA
from curation_assets.mixture.labels import LABEL_SCHEMA as PLAN_SCHEMA
from curation_assets.semantic.labels import LABEL_SCHEMA as SEMANTIC_SCHEMA

Type = pl.DataType | type[pl.DataType]
Types = Mapping[str, Type]

_KEY: Types = {"doc_id": pl.String, "shard": pl.String}
_LEDGER: Types = LEDGER_SCHEMA
_KEYS = pl.List(pl.UInt64)
TYPES: Mapping[str, Types] = {
    "raw_documents": {
        **_KEY,
        "position": pl.Int64,
        **dict.fromkeys(("text", "kind", "record_id", "url", "source", "metadata"), pl.String),
    },
    "quarantine": {"shard": pl.String, "position": pl.Int64, "reason": pl.String, "excerpt": pl.String},
    "clean_documents": CLEAN_SCHEMA,
    "signatures": SIGNATURE_SCHEMA,
    "dedup_clusters": DEDUP_SCHEMA,
    "duplicate_edges": EDGE_SCHEMA,
    "containment_keys": {
        **_KEY,
        "text_hash": pl.String,
        "cluster_id": pl.String,
        "shingles": pl.Int64,
        "key_count": pl.Int64,
        "keys": _KEYS,
    },
    "contained_documents": {
        **_KEY,
        "contained_in": pl.String,
        "container_shard": pl.String,
        "containment": pl.Float64,
        "kept": pl.Boolean,
        "drop_reason": pl.String,
    },
    "containment_pairs": {
        "text_hash": pl.String,
        "container_text_hash": pl.String,
        "containment": pl.Float64,
    },
    "passage_keys": {**_KEY, "text_hash": pl.String, "key_count": pl.Int64, "keys": _KEYS},
    "repeated_passages": {
        **_KEY,
        "repeated_tokens": pl.Int64,
        "repeated_share": pl.Float64,
        "repeated_lines": pl.Int64,
        "spans": pl.List(pl.Struct({"start": pl.Int64, "end": pl.Int64})),
        "text": pl.String,
        "text_hash": pl.String,
        "kept": pl.Boolean,
        "drop_reason": pl.String,
        "kept_in": pl.String,
        "kept_in_shard": pl.String,
    },
    "quality_scores": {
        **_KEY,
        "ask_llm": pl.Float64,
        "quality": pl.Float64,
        "tokens": pl.Int64,
        "bytes": pl.Int64,
    },
    "embeddings": {**_KEY, "text_hash": pl.String, "embedding": pl.Array},
    "neighbours": {**_KEY, "neighbours": pl.List(pl.String), "similarities": pl.List(pl.Float32)},
    "semantic_duplicates": SEMANTIC_SCHEMA,
    "topics": {**_KEY, "topic": pl.Int32, "topic_similarity": pl.Float64, "format": pl.Int32},
    "density_estimates": {**_KEY, "density": pl.Float64, "outlier_score": pl.Float64},
    "outliers": {
        **_KEY,
        **dict.fromkeys(("lof", "isolation", "mahalanobis"), pl.Float64),
        "outlier": pl.Boolean,
    },
    "contamination": CONTAMINATION_SCHEMA,
    "mixture_plan": PLAN_SCHEMA,
    "mixture": {
        **_KEY,
        **dict.fromkeys(("text", "source", "language", "url"), pl.String),
        "tokens": pl.Int64,
        **dict.fromkeys(("quality", "density", "inclusion_probability", "weight"), pl.Float64),
        "phase": pl.String,
        "position": pl.Float64,
    },
    "ledger": _LEDGER,
}
"""By table; those that are not here, such as the sketch, have columns that follow from their settings."""

FURTHER: Types = {"quality_scores": pl.Float64}
"""Tables that have further columns, named by the settings, and the type of these."""

ROW_KEYS: Mapping[str, tuple[str, ...]] = {
    "quarantine": (),
    "duplicate_edges": ("doc_id_a", "shard_a", "doc_id_b", "shard_b"),
    "containment_pairs": ("text_hash", "container_text_hash"),
    "mixture": ("doc_id", "phase"),
}
"""What no two rows of a table of a shard have in common, where that is not the doc_id."""
