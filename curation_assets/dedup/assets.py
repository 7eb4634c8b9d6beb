"""The assets signatures, dedup_clusters and dedup_labels."""

from curation_assets.dedup.stage import DEDUP_CLUSTERS, SIGNATURES
from curation_assets.orchestration.asset_factory import Definition, Presentation, lake_asset, shard_asset
from curation_assets.workplace import Workplace

GROUP = "dedup"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *shard_asset(
            SIGNATURES,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numba", "polars"}),
                description=("Exact hash and MinHash band keys of every document that cleaning kept."),
            ),
            workplace,
        ),
        *lake_asset(
            DEDUP_CLUSTERS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numba", "polars"}),
                description=(
                    "Clusters of exact and near duplicates across all shards: candidates share a band, "
                    "pairs are verified by true Jaccard similarity of their shingles, and the preferred copy "
                    "represents its cluster. The labels lie in the table dedup_clusters."
                ),
            ),
            workplace,
        ),
    ]
