"""The assets containment_keys, contained_documents and containment_labels."""

from curation_assets.containment.stage import CONTAINED_DOCUMENTS, CONTAINMENT_KEYS
from curation_assets.orchestration.asset_factory import Definition, Presentation, lake_asset, shard_asset
from curation_assets.workplace import Workplace

GROUP = "containment"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *shard_asset(
            CONTAINMENT_KEYS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numba", "polars"}),
                description=(
                    "Winnowed shingles of every document that deduplication kept; empty unless containment "
                    "is switched on."
                ),
            ),
            workplace,
        ),
        *lake_asset(
            CONTAINED_DOCUMENTS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numba", "polars"}),
                description=(
                    "Documents that are excerpts of a larger one, across all shards: candidates share keys, "
                    "pairs are verified by the shingles that they have in common. Off by default. The labels "
                    "lie in the table contained_documents."
                ),
            ),
            workplace,
        ),
    ]
