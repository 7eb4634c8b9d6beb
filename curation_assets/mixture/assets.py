"""The assets mixture_plan, mixture_labels, mixture and mixture_manifest."""

from curation_assets.mixture.manifest import MIXTURE_MANIFEST
from curation_assets.mixture.stage import MIXTURE, MIXTURE_PLAN
from curation_assets.orchestration.asset_factory import Definition, Presentation, lake_asset, shard_asset
from curation_assets.workplace import Workplace

GROUP = "mixture"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *lake_asset(
            MIXTURE_PLAN,
            Presentation(
                group=GROUP,
                kinds=frozenset({"polars"}),
                description=(
                    "Which documents the training mixture holds: the sampler, the budget and the shares "
                    "of sources, applied to scores that are already there. Cheap to change."
                ),
            ),
            workplace,
        ),
        *shard_asset(
            MIXTURE,
            Presentation(
                group=GROUP,
                kinds=frozenset({"parquet", "polars"}),
                description=("The documents of the training mixture, as Parquet and as JSONL."),
            ),
            workplace,
        ),
        *lake_asset(
            MIXTURE_MANIFEST,
            Presentation(
                group=GROUP,
                kinds=frozenset({"duckdb", "pandas"}),
                description=(
                    "What the mixture holds by source and language, and what it was made from: hashes of "
                    "all inputs, the configuration, fingerprints of the models."
                ),
            ),
            workplace,
        ),
    ]
