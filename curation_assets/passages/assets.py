"""The assets passage_keys, repeated_passages and passage_labels."""

from curation_assets.orchestration.asset_factory import Definition, Presentation, lake_asset, shard_asset
from curation_assets.passages.stage import PASSAGE_KEYS, REPEATED_PASSAGES
from curation_assets.workplace import Workplace

GROUP = "passages"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *shard_asset(
            PASSAGE_KEYS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numba", "polars"}),
                description=(
                    "Winnowed fingerprints and hashes of lines of every document that deduplication and "
                    "containment kept; empty unless passages are switched on."
                ),
            ),
            workplace,
        ),
        *lake_asset(
            REPEATED_PASSAGES,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numba", "polars"}),
                description=(
                    "Passages and lines that an earlier document has already, across all shards, and the "
                    "texts without them. The labels lie in the table repeated_passages."
                ),
            ),
            workplace,
        ),
    ]
