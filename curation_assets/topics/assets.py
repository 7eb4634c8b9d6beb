"""The assets topics and topic_labels."""

from curation_assets.orchestration.asset_factory import Definition, Presentation, lake_asset
from curation_assets.topics.stage import TOPICS
from curation_assets.workplace import Workplace

GROUP = "topics"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *lake_asset(
            TOPICS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"numpy", "polars"}),
                description=(
                    "What documents are about, and what they look like: k-means cells of the embeddings and "
                    "of line lengths, list items and the like. WebOrganizer (arXiv 2502.10341) has trained "
                    "classifiers of named topics and formats; these are clusters, and topics/topics.json "
                    "says by which words and features each is known. The labels lie in the table topics."
                ),
            ),
            workplace,
        ),
    ]
