"""The assets density_sketch and density_estimates."""

from curation_assets.density.stage import DENSITY_ESTIMATES, DENSITY_SKETCH
from curation_assets.orchestration.asset_factory import Definition, Presentation, lake_asset, shard_asset
from curation_assets.workplace import Workplace

GROUP = "density"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *lake_asset(
            DENSITY_SKETCH,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numpy", "parquet"}),
                description=(
                    "Kernel density of all embeddings (density sampling, arXiv 2402.09668) as a sketch of "
                    "whole numbers: cells around landmark vectors, or counters of hash buckets (race). "
                    "Sketches are added up, and shards can be subtracted again."
                ),
            ),
            workplace,
        ),
        *shard_asset(
            DENSITY_ESTIMATES,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numpy", "polars"}),
                description=("How crowded the neighbourhood of each document is, read from the sketch."),
            ),
            workplace,
        ),
    ]
