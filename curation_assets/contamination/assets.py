"""The asset contamination."""

from curation_assets.contamination.stage import CONTAMINATION
from curation_assets.orchestration.asset_factory import Definition, Presentation, shard_asset
from curation_assets.workplace import Workplace

GROUP = "contamination"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *shard_asset(
            CONTAMINATION,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numba", "polars"}),
                description=(
                    "Surviving documents that hold items of the evaluation sets named in curation.yaml, by "
                    "n-grams of words; no document does unless files are named."
                ),
            ),
            workplace,
        ),
    ]
