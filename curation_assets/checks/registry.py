"""Which checks each stage has beside those of structure and conservation."""

from collections.abc import Mapping

from curation_assets.checks.amounts import BUDGET_FILLED, NOT_TOO_OFTEN, SHARES_WITHIN_BOUNDS
from curation_assets.checks.copies import NO_COPIES_LEFT
from curation_assets.checks.decontamination import NO_EVALUATION_ITEMS
from curation_assets.checks.drift import SCORES_AS_BEFORE
from curation_assets.checks.drops import drop_rates_as_before
from curation_assets.checks.sampling import ESTIMATES_HOLD, SAMPLE_SIZE
from curation_assets.stage import Check, Stage

_OF_STAGES: Mapping[str, tuple[Check, ...]] = {
    "dedup_clusters": (NO_COPIES_LEFT,),
    "quality_scores": (SCORES_AS_BEFORE,),
    "mixture_plan": (BUDGET_FILLED, SHARES_WITHIN_BOUNDS, NOT_TOO_OFTEN, SAMPLE_SIZE, ESTIMATES_HOLD),
    "mixture": (NO_EVALUATION_ITEMS,),
}
DROPPING = (
    "clean_documents", "dedup_clusters", "contained_documents", "repeated_passages", "contamination",
    "semantic_duplicates", "outliers", "mixture_plan",
)  # fmt: skip


def checks_of(stage: Stage) -> tuple[Check, ...]:
    """Return the checks of a stage that warn: its own, and those that look at several stages' tables."""
    drops = (drop_rates_as_before(stage.name),) if stage.name in DROPPING else ()
    return (*stage.checks, *_OF_STAGES.get(stage.name, ()), *drops)
