"""The asset ledger."""

from curation_assets.ledger.stage import LEDGER
from curation_assets.orchestration.asset_factory import Definition, Presentation, shard_asset
from curation_assets.workplace import Workplace

GROUP = "ledger"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *shard_asset(
            LEDGER,
            Presentation(
                group=GROUP,
                kinds=frozenset({"polars"}),
                description=(
                    "For every document that was read: kept, or the stage and reason that dropped it "
                    "first, the value that decided, the copy that was kept instead, its scores and its "
                    "chance of being taken."
                ),
            ),
            workplace,
        ),
    ]
