"""The asset clean_documents."""

from curation_assets.cleaning.stage import CLEAN_DOCUMENTS
from curation_assets.orchestration.asset_factory import Definition, Presentation, shard_asset
from curation_assets.workplace import Workplace

GROUP = "cleaning"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *shard_asset(
            CLEAN_DOCUMENTS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"fasttext", "polars"}),
                description=(
                    "Main content of HTML, normalised text, language, personal data masked, and the value "
                    "behind every Gopher, C4 and FineWeb rule. No document leaves the table: drop_reason "
                    "says why it goes no further (null = kept)."
                ),
            ),
            workplace,
        ),
    ]
