"""The way of one document through all stages, as data ready for JSON: what ``curate explain`` tells."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from curation_assets.inspection.explaining.copies import copies
from curation_assets.inspection.explaining.differences import differences
from curation_assets.inspection.explaining.finding import Found, text_of
from curation_assets.inspection.explaining.nearest import nearest
from curation_assets.inspection.explaining.rows import Entry, Rows, picked
from curation_assets.inspection.explaining.rules import judged
from resources.lake import Lake

RAW_CHARACTERS = 400
_EDITS = ("residue_removed", "c4_removed_lines", "c4_removed_citation_marks", "refinedweb_removed_lines")
_MEASURES = ("lof", "isolation", "mahalanobis")
Facts = dict[str, Any]

STAGES: tuple[tuple[str, str], ...] = (
    ("cleaning", "clean_documents"),
    ("copies", "dedup_clusters"),
    ("containment", "contained_documents"),
    ("passages", "repeated_passages"),
    ("quality", "quality_scores"),
    ("topics", "topics"),
    ("density", "density_estimates"),
    ("outliers", "outliers"),
    ("semantic_duplicates", "semantic_duplicates"),
    ("contamination", "contamination"),
    ("mixture", "mixture_plan"),
)
"""The parts of an explanation and their tables, in the order of the way."""


def explain(lake: Lake, found: Found) -> Facts:
    """Return all that the lake knows of a document.

    Every part has ``state``: "there", "dropped before" (an earlier stage let it go no further), "not built",
    "failed" (with ``error``), or "not there" (the table is older than the document). What is off in the
    settings of the build says ``enabled: false``.
    """
    rows = Rows(lake, found)
    raw = rows.of("raw_documents").row
    told: Facts = {"doc_id": found.doc_id, "shard": found.shard, "twins": list(found.twins)}
    told["verdict"] = {}
    told["read"] = {
        **picked(raw, ("position", "kind", "record_id", "url", "source", "metadata")),
        "characters": len(raw.get("text") or ""),
        "excerpt": (raw.get("text") or "")[:RAW_CHARACTERS],
    }
    gone: Facts | None = None
    for name, table in STAGES:
        entry = rows.of(table)
        part: Facts = {"state": entry.state}
        if entry.error:
            part["error"] = entry.error
        if entry.row:
            part |= _PARTS[name](rows, entry)
        elif entry.state == "not there" and gone:
            part["state"] = "dropped before"
        told[name] = part
        gone = gone or _drop_of(name, table, entry)
    told["verdict"] = _verdict(rows, told, gone)
    return told


def _drop_of(name: str, table: str, entry: Entry) -> Facts | None:
    """Return the stage and reason, if this stage let the document go no further."""
    row = entry.row
    reason = row.get("reason") if name == "mixture" else row.get("drop_reason")
    if reason is None or name in ("semantic_duplicates", "contamination"):  # the mixture decides on these
        return None
    return {"stage": table, "reason": reason}


def _verdict(rows: Rows, told: Facts, gone: Facts | None) -> Facts:
    """Return "kept", "dropped" or "undecided", and why; the ledger says so too once it is built."""
    ledger = rows.of("ledger").row
    same = ledger and (ledger["stage"], ledger["reason"]) == (
        (gone["stage"], gone["reason"]) if gone else (None, "kept")
    )
    instead = picked(ledger, ("kept_instead", "kept_instead_shard")) if same else {}
    decided = ledger.get("decided_by") if same else told["cleaning"].get("decided_by")
    if gone:
        return {"fate": "dropped", **gone, "decided_by": decided, **instead}
    if told["mixture"].get("selected"):
        return {"fate": "kept", "stage": None, "reason": "kept", "decided_by": decided}
    return {"fate": "undecided", "stage": None, "reason": None, "decided_by": None}


def _cleaning(rows: Rows, entry: Entry) -> Facts:
    row, raw = entry.row, rows.of("raw_documents").row
    page = raw.get("kind") == "html"
    rules = judged(entry.frame, entry.settings.get("cleaning"))
    edits = {name: row[name] for name in (*_EDITS, *_of(row, "pii_")) if row.get(name)}
    return {
        **picked(row, ("drop_reason", "decided_by", "error", "title", "date", "page_url", "characters")),
        **picked(row, ("language", "language_score")),
        "settings_known": rules is not None,
        "rules": [rule.as_json() for rule in rules or ()],
        "edits": edits,
        "extracted": page,
        "diff": None if page else asdict(differences(raw.get("text") or "", row.get("text") or "")),
        "excerpt": (row.get("text") or "")[:RAW_CHARACTERS],
    }


def _copies(rows: Rows, entry: Entry) -> Facts:
    row, found = entry.row, copies(rows)
    names = (
        "cluster_id", "cluster_size", "representative", "representative_shard", "similarity", "place",
        "weight", "kept", "drop_reason",
    )  # fmt: skip
    return {
        **picked(row, names),
        **_enabled(entry, "dedup"),
        "jaccard_threshold": entry.setting("dedup", "jaccard_threshold"),
        "policy": entry.setting("dedup", "policy"),
        "chosen_by": entry.setting("dedup", "representative"),
        "copies": found.others if found else [],
        "other_copies": found.found if found else 0,
        "kept_copy_differs": asdict(found.differs) if found and found.differs else None,
    }


def _containment(_rows: Rows, entry: Entry) -> Facts:
    names = ("contained_in", "container_shard", "containment", "kept", "drop_reason")
    threshold = entry.setting("containment", "threshold")
    return {**picked(entry.row, names), **_enabled(entry, "containment"), "threshold": threshold}


def _passages(rows: Rows, entry: Entry) -> Facts:
    names = (
        "repeated_tokens", "repeated_share", "repeated_lines", "kept", "drop_reason", "kept_in",
        "kept_in_shard",
    )  # fmt: skip
    text = rows.of("clean_documents").row.get("text") or ""
    spans = entry.row.get("spans") or []
    on = [entry.setting("passages", key) for key in ("substrings", "lines")]
    return {
        **picked(entry.row, names),
        **({} if None in on else {"enabled": any(on)}),
        "policy": entry.setting("passages", "policy"),
        "passages": len(spans),
        "excerpts": [text[span["start"] : span["end"]][:200] for span in spans[:3]],
    }


def _quality(rows: Rows, entry: Entry) -> Facts:
    row = entry.row
    names = [name for name, dtype in entry.frame.schema.items() if dtype.is_float()]
    return {
        "tokens": row.get("tokens"),
        "used": entry.setting("quality", "use"),
        "scores": _ranked(rows, "quality_scores", {name: row[name] for name in names}),
    }


def _ranked(rows: Rows, table: str, values: dict[str, float | None]) -> Facts:
    placed = rows.ranks.of(table, values)
    return {
        name: {"value": value, **({"rank": asdict(placed[name])} if name in placed else {})}
        for name, value in values.items()
    }


def _density(rows: Rows, entry: Entry) -> Facts:
    found = nearest(rows)
    told = _ranked(rows, "density_estimates", {"density": entry.row.get("density")})
    neighbours: Facts | None = None
    if found:
        listed = [
            {"doc_id": doc_id, "shard": shard, "cosine": cosine, "excerpt": _start(rows.lake, doc_id, shard)}
            for doc_id, shard, cosine in found.found
        ]
        neighbours = {"stored": found.stored, "among": found.among, "of": found.of, "documents": listed}
    return {
        **told["density"],
        "method": entry.setting("density", "method"),
        "outlier_score": entry.row.get("outlier_score"),
        "neighbours": neighbours,
    }


def _start(lake: Lake, doc_id: str, shard: str | None) -> str:
    text = text_of(lake, "clean_documents", doc_id, shard) if shard else None
    return (text or "")[:100]


def _topics(rows: Rows, entry: Entry) -> Facts:
    row = entry.row
    told = {**picked(row, ("topic", "topic_similarity", "format")), **_enabled(entry, "topics")}
    try:
        listed = json.loads((rows.lake.root / "topics" / "topics.json").read_bytes())["topics"]
        topic = next((one for one in listed if one["topic"] == row.get("topic")), None)
    except (OSError, ValueError, KeyError, TypeError):
        topic = None
    return told | (picked(topic, ("words", "documents")) if topic else {})


def _outliers(_rows: Rows, entry: Entry) -> Facts:
    settings = picked(entry.settings.get("outliers", {}), ("votes", "quality_below", "lowest_density"))
    return {**picked(entry.row, ("outlier", *_MEASURES)), **_enabled(entry, "outliers"), "settings": settings}


def _semantic(_rows: Rows, entry: Entry) -> Facts:
    names = (
        "cell", "representative", "representative_shard", "similarity", "nearest_similarity", "kept",
        "drop_reason",
    )  # fmt: skip
    threshold = entry.setting("semantic", "similarity")
    return {**picked(entry.row, names), **_enabled(entry, "semantic"), "threshold": threshold}


def _contamination(_rows: Rows, entry: Entry) -> Facts:
    names = ("contaminated", "sets", "matches", "longest", "item", "item_matches", "item_share", "ngram")
    files = entry.settings.get("contamination", {}).get("files")
    return {**picked(entry.row, names), **({} if files is None else {"enabled": bool(files)})}


def _mixture(_rows: Rows, entry: Entry) -> Facts:
    names = ("selected", "weight", "inclusion_probability", "phases", "reason")
    keys = ("sampler", "budget", "minimum_quality", "minimum_rank", "rank_within")
    return {**picked(entry.row, names), "settings": picked(entry.settings.get("mixture", {}), keys)}


def _enabled(entry: Entry, section: str) -> Facts:
    known = entry.setting(section, "enabled")
    return {} if known is None else {"enabled": known}


def _of(row: Facts, prefix: str) -> list[str]:
    return [name for name in row if name.startswith(prefix)]


_PARTS: dict[str, Callable[[Rows, Entry], Facts]] = {
    "cleaning": _cleaning,
    "copies": _copies,
    "containment": _containment,
    "passages": _passages,
    "quality": _quality,
    "topics": _topics,
    "density": _density,
    "outliers": _outliers,
    "semantic_duplicates": _semantic,
    "contamination": _contamination,
    "mixture": _mixture,
}
