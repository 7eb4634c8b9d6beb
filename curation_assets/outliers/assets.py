"""The assets outliers and outlier_labels."""

from curation_assets.orchestration.asset_factory import Definition, Presentation, lake_asset
from curation_assets.outliers.stage import OUTLIERS
from curation_assets.workplace import Workplace

GROUP = "outliers"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *lake_asset(
            OUTLIERS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"scikitlearn", "polars"}),
                description=(
                    "Documents that are rare and bad at once, which sampling by inverse density would seek "
                    "out: of the least dense tenth of the lake what is far out by two of LOF, Isolation "
                    "Forest and Mahalanobis' distance, and of low quality for its language. A rare document "
                    "of good quality is none. The labels lie in the table outliers."
                ),
            ),
            workplace,
        ),
    ]
