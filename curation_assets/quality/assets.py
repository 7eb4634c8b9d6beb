"""The asset quality_scores."""

from curation_assets.orchestration.asset_factory import Definition, Presentation, shard_asset
from curation_assets.quality.stage import QUALITY_SCORES
from curation_assets.workplace import Workplace

GROUP = "quality"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *shard_asset(
            QUALITY_SCORES,
            Presentation(
                group=GROUP,
                kinds=frozenset({"huggingface", "pytorch"}),
                description=(
                    "Ask-LLM scores (arXiv 2402.09668) of the documents that survived, one column a "
                    "scorer, and their length in tokens. A score is computed once for a text and a model, "
                    "and kept."
                ),
            ),
            workplace,
        ),
    ]
