"""All stages, in the order in which they are built."""

from curation_assets.cleaning.stage import CLEAN_DOCUMENTS
from curation_assets.containment.stage import CONTAINED_DOCUMENTS, CONTAINMENT_KEYS
from curation_assets.contamination.stage import CONTAMINATION
from curation_assets.dedup.stage import DEDUP_CLUSTERS, SIGNATURES
from curation_assets.density.stage import DENSITY_ESTIMATES, DENSITY_SKETCH
from curation_assets.embeddings.stage import EMBEDDINGS
from curation_assets.ledger.stage import LEDGER
from curation_assets.mixture.manifest import MIXTURE_MANIFEST
from curation_assets.mixture.stage import MIXTURE, MIXTURE_PLAN
from curation_assets.neighbours.stage import NEIGHBOURS
from curation_assets.outliers.stage import OUTLIERS
from curation_assets.passages.stage import PASSAGE_KEYS, REPEATED_PASSAGES
from curation_assets.quality.stage import QUALITY_SCORES
from curation_assets.semantic.stage import SEMANTIC_DUPLICATES
from curation_assets.shards.stage import RAW_DOCUMENTS
from curation_assets.stage import LakeStage, ShardStage, Stage
from curation_assets.topics.stage import TOPICS

STAGES: tuple[Stage, ...] = (
    RAW_DOCUMENTS,
    CLEAN_DOCUMENTS,
    SIGNATURES,
    DEDUP_CLUSTERS,
    CONTAINMENT_KEYS,
    CONTAINED_DOCUMENTS,
    PASSAGE_KEYS,
    REPEATED_PASSAGES,
    QUALITY_SCORES,
    EMBEDDINGS,
    NEIGHBOURS,
    SEMANTIC_DUPLICATES,
    TOPICS,
    DENSITY_SKETCH,
    DENSITY_ESTIMATES,
    OUTLIERS,
    CONTAMINATION,
    MIXTURE_PLAN,
    MIXTURE,
    LEDGER,
    MIXTURE_MANIFEST,
)


def stage_named(name: str) -> Stage:
    """Return a stage by its name.

    Raises:
        KeyError: there is none.
    """
    return {stage.name: stage for stage in STAGES}[name]


def shard_stages() -> list[ShardStage]:
    return [stage for stage in STAGES if isinstance(stage, ShardStage)]


def lake_stages() -> list[LakeStage]:
    return [stage for stage in STAGES if isinstance(stage, LakeStage)]


def stages_after(name: str) -> list[Stage]:
    """Return the stages that are built from the output of a stage, directly or not."""
    reached = {name}
    found: list[Stage] = []
    for stage in STAGES:
        if reached & set(stage.reads):
            found.append(stage)
            reached.add(stage.name)
            if isinstance(stage, LakeStage) and stage.labels:
                reached.add(stage.labels)
    return found
