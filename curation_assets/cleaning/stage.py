"""Builds clean_documents from raw_documents, one shard at a time."""

from functools import partial

from curation_assets.cleaning.clean import clean
from curation_assets.cleaning.config import CleaningConfig
from curation_assets.counting import count_verdicts
from curation_assets.plots import bars, histogram
from curation_assets.progress import Progress
from curation_assets.stage import Built, ShardStage
from curation_assets.workplace import Workplace
from resources.records import Counts


def build(workplace: Workplace, shard: str, progress: Progress) -> Built:
    raw = workplace.lake.read("raw_documents", shard)
    documents = clean(raw, workplace.config.cleaning, progress)
    kept = documents.filter(documents["drop_reason"].is_null())
    languages = dict(kept["language"].fill_null("unknown").value_counts(sort=True).iter_rows())
    lengths = kept["text"].str.len_chars()
    return Built(
        tables={"clean_documents": documents},
        figures={
            "kept_share": kept.height / documents.height if documents.height else 0.0,
            "median_characters": float(lengths.median() or 0.0),  # type: ignore[arg-type]
            "languages": len(languages),
        },
        plots={
            "length of kept documents": partial(
                histogram, lengths.to_numpy(), "Kept documents", "characters", log=True
            ),
            "languages of kept documents": partial(
                bars, languages, "Kept documents by language", "documents"
            ),
        },
        bytes_in=int(raw["text"].str.len_bytes().sum()),
    )


def count(workplace: Workplace, shard: str) -> Counts:
    came_in = workplace.lake.read("raw_documents", shard, ["doc_id"])["doc_id"]
    return count_verdicts(workplace.lake, "clean_documents", shard, came_in, reason="drop_reason")


def settings(workplace: Workplace) -> CleaningConfig:
    return workplace.config.cleaning


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "text": "cleaned, personal data masked",
    "text_hash": "hash of the cleaned text",
    "language": "ISO 639 code",
    "language_score": "certainty of the language, 0 to 1",
    "drop_reason": "why it goes no further; null = kept",
    "decided_by": "the value that failed, and its threshold",
    "error": "what went wrong in cleaning it",
}

CLEAN_DOCUMENTS = ShardStage(
    name="clean_documents",
    reads=("raw_documents",),
    version="1",
    settings=settings,
    build=build,
    count=count,
    tables=("clean_documents",),
    heavy=True,
    columns=COLUMNS,
)
