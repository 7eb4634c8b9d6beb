"""Which columns of earlier assets a column comes from."""

from collections.abc import Mapping, Sequence
from functools import cache

from curation_assets.cleaning.schema import CARRIED, VALUE_COLUMNS

Origins = Mapping[str, Sequence[str]]

_TEXTS = ("clean_documents.text", "passage_labels.text")
_OF_CLEANING: Origins = {
    **{name: (f"raw_documents.{name}",) for name in CARRIED},
    "page_url": ("raw_documents.text",),
    **dict.fromkeys(
        ("title", "date", "text", "text_hash", "language", "language_score", "language_lines"),
        ("raw_documents.text",),
    ),
    **dict.fromkeys([name for name in VALUE_COLUMNS if not name.startswith("url_")], ("raw_documents.text",)),
    **dict.fromkeys([name for name in VALUE_COLUMNS if name.startswith("url_")], ("raw_documents.url",)),
    **dict.fromkeys(("drop_reason", "decided_by", "error"), ("raw_documents.text", "raw_documents.url")),
}
_SIGNED = ("signatures.exact_hash", "signatures.band_keys", "clean_documents.text")
_CONTAINED = ("containment_keys.keys", "clean_documents.text")
_VECTORS = ("embeddings.embedding",)
_NEXT = ("embeddings.embedding", "quality_scores.quality")
_PLANNED = ("quality_scores.quality", "quality_scores.tokens", "density_estimates.density")
_REFUSED = (*_PLANNED, "semantic_labels.kept", "outlier_labels.outlier", "contamination.contaminated")


def _keys(asset: str) -> Origins:
    return {"doc_id": (f"{asset}.doc_id",), "shard": (f"{asset}.shard",)}


ORIGINS: Mapping[str, Origins] = {
    "clean_documents": _OF_CLEANING,
    "signatures": {
        **_keys("clean_documents"),
        "text_hash": ("clean_documents.text_hash",),
        **dict.fromkeys(("exact_hash", "characters", "tokens", "band_keys"), ("clean_documents.text",)),
        "date": ("clean_documents.date",),
        "quality": ("clean_documents.fineweb_terminal_lines",),
        "url_hash": ("clean_documents.url",),
        "source": ("clean_documents.source",),
    },
    "dedup_clusters": {
        **_keys("signatures"),
        "exact_hash": ("signatures.exact_hash",),
        "characters": ("signatures.characters",),
        "preference": ("signatures.characters", "signatures.date", "signatures.quality"),
        **dict.fromkeys(
            (
                "cluster_id", "cluster_size", "representative", "representative_shard", "similarity",
                "place", "weight", "kept", "drop_reason",
            ),
            _SIGNED,
        ),
    },
    "duplicate_edges": {
        **{f"doc_id_{end}": ("signatures.doc_id",) for end in "ab"},
        **{f"shard_{end}": ("signatures.shard",) for end in "ab"},
        **{f"exact_hash_{end}": ("signatures.exact_hash",) for end in "ab"},
        "similarity": _SIGNED,
    },
    "containment_keys": {
        **_keys("clean_documents"),
        "text_hash": ("clean_documents.text_hash",),
        "cluster_id": ("dedup_labels.cluster_id",),
        **dict.fromkeys(("shingles", "key_count", "keys"), ("clean_documents.text",)),
    },
    "contained_documents": {
        **_keys("containment_keys"),
        **dict.fromkeys(
            ("contained_in", "container_shard", "containment", "kept", "drop_reason"), _CONTAINED
        ),
    },
    "containment_pairs": {
        **dict.fromkeys(("text_hash", "container_text_hash"), ("containment_keys.text_hash",)),
        "containment": _CONTAINED,
    },
    "passage_keys": {
        **_keys("clean_documents"),
        "text_hash": ("clean_documents.text_hash",),
        **dict.fromkeys(("key_count", "keys"), ("clean_documents.text",)),
    },
    "repeated_passages": {
        **_keys("passage_keys"),
        **dict.fromkeys(
            (
                "repeated_tokens", "repeated_share", "repeated_lines", "spans", "text", "text_hash", "kept",
                "drop_reason", "kept_in", "kept_in_shard",
            ),
            ("passage_keys.keys", "clean_documents.text"),
        ),
    },
    "quality_scores": {
        **_keys("clean_documents"),
        **dict.fromkeys(("ask_llm", "quality", "tokens", "bytes"), _TEXTS),
    },
    "embeddings": {
        **_keys("clean_documents"),
        "text_hash": ("clean_documents.text_hash", "passage_labels.text_hash"),
        "embedding": _TEXTS,
    },
    "neighbours": {
        **_keys("embeddings"),
        "neighbours": ("embeddings.doc_id", *_VECTORS),
        "similarities": _VECTORS,
    },
    "semantic_duplicates": {
        **_keys("embeddings"),
        **dict.fromkeys(
            (
                "cell", "centre_similarity", "representative", "representative_shard", "similarity",
                "nearest_similarity", "prototype_similarity", "kept", "drop_reason",
            ),
            _NEXT,
        ),
    },
    "topics": {
        **_keys("embeddings"),
        **dict.fromkeys(("topic", "topic_similarity"), _VECTORS),
        "format": ("clean_documents.text",),
    },
    "density_sketch": {
        "text_hash": ("embeddings.text_hash",),
        **dict.fromkeys(("cell", "count", "landmark", "sum", "row", "bucket"), _VECTORS),
    },
    "density_estimates": {
        **_keys("embeddings"),
        "density": (*_VECTORS, "density_sketch.count", "neighbour_labels.similarities"),
        "outlier_score": (*_VECTORS, "density_sketch.count", "neighbour_labels.similarities"),
    },
    "outliers": {
        **_keys("embeddings"),
        **dict.fromkeys(("lof", "isolation", "mahalanobis"), _VECTORS),
        "outlier": (*_NEXT, "density_estimates.outlier_score"),
    },
    "contamination": {
        **_keys("clean_documents"),
        **dict.fromkeys(
            (
                "contaminated", "drop_reason", "sets", "matches", "longest", "item", "item_matches",
                "item_share", "ngram", "ngrams",
            ),
            _TEXTS,
        ),
    },
    "mixture_plan": {
        **_keys("quality_scores"),
        **dict.fromkeys(
            ("selected", "weight", "inclusion_probability", "phases"), (*_REFUSED, "dedup_labels.weight")
        ),
        "reason": _REFUSED,
        "source": ("clean_documents.source",),
        "language": ("clean_documents.language",),
        "tokens": ("quality_scores.tokens",),
        "quality": ("quality_scores.quality",),
        "density": ("density_estimates.density",),
    },
    "mixture": {
        **{
            name: (f"mixture_labels.{name}",)
            for name in (
                "doc_id", "shard", "source", "language", "tokens", "quality", "density",
                "inclusion_probability",
            )
        },
        "text": _TEXTS,
        "url": ("clean_documents.url",),
        **dict.fromkeys(("weight", "phase", "position"), ("mixture_labels.phases",)),
    },
    "ledger": {
        **_keys("raw_documents"),
        "position": ("raw_documents.position",),
        **dict.fromkeys(
            ("stage", "reason", "decided_by"),
            (
                "clean_documents.drop_reason", "dedup_labels.drop_reason", "containment_labels.drop_reason",
                "passage_labels.drop_reason", "semantic_labels.drop_reason", "outlier_labels.outlier",
                "contamination.drop_reason", "mixture_labels.reason",
            ),
        ),
        "cluster_id": ("dedup_labels.cluster_id",),
        **dict.fromkeys(
            ("kept_instead", "kept_instead_shard"),
            (
                "dedup_labels.representative", "containment_labels.contained_in", "passage_labels.kept_in",
                "semantic_labels.representative",
            ),
        ),
        "similarity": ("dedup_labels.similarity", "semantic_labels.similarity"),
        "quality": ("quality_scores.quality",),
        "scores": ("quality_scores.ask_llm",),
        "density": ("density_estimates.density",),
        "inclusion_probability": ("mixture_labels.inclusion_probability",),
    },
}  # fmt: skip
"""By table and column, ``asset.column`` of what it is computed from; what begins here has no entry."""


@cache
def origins(table: str, column: str) -> tuple[tuple[str, str], ...]:
    """Return the (asset, column) pairs that a column comes from; () where it begins, or nobody has said."""
    of_table = ORIGINS.get(table, {})
    named = of_table.get(column)
    if named is None:
        named = _TEXTS if table == "quality_scores" else ()
    pairs = (name.partition(".") for name in named)
    return tuple((asset, source) for asset, _, source in pairs)
