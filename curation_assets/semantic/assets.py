"""The assets semantic_duplicates and semantic_labels."""

from curation_assets.orchestration.asset_factory import Definition, Presentation, lake_asset
from curation_assets.semantic.stage import SEMANTIC_DUPLICATES
from curation_assets.workplace import Workplace

GROUP = "semantic"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *lake_asset(
            SEMANTIC_DUPLICATES,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numpy", "polars"}),
                description=(
                    "Documents that say the same in other words (SemDeDup, arXiv 2303.09540): k-means cells "
                    "of the embeddings, and within each cell what is closer than a threshold to a document "
                    "that stays. Off by default. The labels lie in the table semantic_duplicates."
                ),
            ),
            workplace,
        ),
    ]
