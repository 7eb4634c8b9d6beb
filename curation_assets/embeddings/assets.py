"""The asset embeddings."""

from curation_assets.embeddings.stage import EMBEDDINGS
from curation_assets.orchestration.asset_factory import Definition, Presentation, shard_asset
from curation_assets.workplace import Workplace

GROUP = "embeddings"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *shard_asset(
            EMBEDDINGS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"huggingface", "pytorch"}),
                description=("One unit vector a surviving document, from a sentence-transformers model."),
            ),
            workplace,
        ),
    ]
