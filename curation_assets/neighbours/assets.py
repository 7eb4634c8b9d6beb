"""The assets neighbours and neighbour_labels."""

from curation_assets.neighbours.stage import NEIGHBOURS
from curation_assets.orchestration.asset_factory import Definition, Presentation, lake_asset
from curation_assets.workplace import Workplace

GROUP = "neighbours"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *lake_asset(
            NEIGHBOURS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numpy", "polars"}),
                description=(
                    "The most similar documents of each one by the cosine of their embeddings: among all of "
                    "them in a small lake, among the candidates of NN-descent (pynndescent) in a larger one. "
                    "Off by default. The labels lie in the table neighbours."
                ),
            ),
            workplace,
        ),
    ]
