"""Composes everything that Dagster serves: assets, checks, the job, the sensor and the schedule."""

import dagster as dg

from curation_assets.cleaning.assets import assets as cleaning
from curation_assets.containment.assets import assets as containment
from curation_assets.contamination.assets import assets as contamination
from curation_assets.dedup.assets import assets as dedup
from curation_assets.density.assets import assets as density
from curation_assets.embeddings.assets import assets as embeddings
from curation_assets.ledger.assets import assets as ledger
from curation_assets.mixture.assets import assets as mixture
from curation_assets.neighbours.assets import assets as neighbours
from curation_assets.orchestration.asset_factory import Definition, WorkplaceResource
from curation_assets.orchestration.automation import inbox_sensor, nightly_reconcile
from curation_assets.orchestration.job import curate, run_scope
from curation_assets.outliers.assets import assets as outliers
from curation_assets.passages.assets import assets as passages
from curation_assets.quality.assets import assets as quality
from curation_assets.semantic.assets import assets as semantic
from curation_assets.shards.assets import assets as shards
from curation_assets.topics.assets import assets as topics
from curation_assets.workplace import Workplace

STAGE_ASSETS = (
    shards, cleaning, dedup, containment, passages, quality, embeddings, neighbours, semantic, topics,
    density, outliers, contamination, mixture, ledger,
)  # fmt: skip


def definitions(workplace: Workplace) -> dg.Definitions:
    """Return the definitions for a workplace; code versions follow from its configuration."""
    made: list[Definition] = [definition for assets in STAGE_ASSETS for definition in assets(workplace)]
    environment = workplace.environment()
    return dg.Definitions(
        assets=[definition for definition in made if not isinstance(definition, dg.AssetChecksDefinition)],
        asset_checks=[definition for definition in made if isinstance(definition, dg.AssetChecksDefinition)],
        jobs=[curate],
        sensors=[inbox_sensor],
        schedules=[nightly_reconcile],
        resources={
            "workplace": WorkplaceResource(
                inbox=environment["CURATION_INBOX"],
                lake=environment["CURATION_LAKE"],
                config=environment["CURATION_CONFIG"],
            ),
            "run_scope": run_scope,
        },
        executor=dg.in_process_executor,
    )


defs = definitions(Workplace.from_environment())
