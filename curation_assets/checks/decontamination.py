"""Whether the mixture as it was written holds anything of the evaluation sets."""

from curation_assets.contamination.documents import find, judge
from curation_assets.contamination.stage import load_index
from curation_assets.stage import Check, Figures
from curation_assets.workplace import Workplace

MOST_NAMED = 3


def look_for_items(workplace: Workplace, shard: str) -> tuple[bool, Figures]:
    """Look for the evaluation sets in the texts of a shard's part of the mixture, all of them."""
    if not looks_for_items(workplace):
        return True, {"note": "no evaluation sets are declared in contamination.files"}
    rows = workplace.lake.read("mixture", shard, ["doc_id", "text"]).unique("doc_id", maintain_order=True)
    index = load_index(workplace)
    reached = judge(find(rows["text"].fill_null(""), index), index).reached
    hits = rows["doc_id"].filter(reached.tolist())
    figures: dict[str, int | float | str] = {
        "documents": rows.height, "evaluation_items": len(index.names), "hits": len(hits),
    }  # fmt: skip
    if len(hits):
        figures["documents_with_items"] = ", ".join(hits.head(MOST_NAMED))
    return not len(hits), figures


def looks_for_items(workplace: Workplace) -> bool:
    return workplace.config.contamination.enabled


NO_EVALUATION_ITEMS = Check(
    "no_evaluation_items",
    "No document of the mixture holds an item of the evaluation sets; all texts are looked through "
    "again as they were written.",
    look_for_items,
    advice="Do not train on this mixture. curate run --verify builds again what is not as it was "
    "written; then curate contamination says which items were found.",
    applies=looks_for_items,
)
