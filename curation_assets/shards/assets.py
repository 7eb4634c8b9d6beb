"""The asset raw_documents."""

from curation_assets.orchestration.asset_factory import Definition, Presentation, shard_asset
from curation_assets.shards.stage import RAW_DOCUMENTS
from curation_assets.workplace import Workplace

GROUP = "ingest"


def assets(workplace: Workplace) -> list[Definition]:
    return [
        *shard_asset(
            RAW_DOCUMENTS,
            Presentation(
                group=GROUP,
                kinds=frozenset({"parquet", "polars"}),
                description=(
                    "Documents as read, one file of the inbox a shard: JSONL, Parquet, WARC or plain "
                    "text. A row that cannot be read goes to the table quarantine with its position and "
                    "the reason; a file that cannot be read fails this shard alone."
                ),
            ),
            workplace,
        ),
    ]
