"""The whole explanation as one tree: the verdict, and the way to it stage by stage."""

from typing import Any

from curation_assets.inspection.explaining import early_parts, late_parts
from curation_assets.inspection.explaining.explanation import STAGES
from curation_assets.inspection.explaining.tree import Node, shortened

_NAMES = {
    "containment": "excerpts of larger documents",
    "passages": "repeated passages",
    "topics": "topic",
    "semantic_duplicates": "semantic duplicates",
}
_TELL = {
    "copies": early_parts.copies,
    "containment": early_parts.containment,
    "passages": early_parts.passages,
    "quality": late_parts.quality,
    "topics": late_parts.topics,
    "density": late_parts.density,
    "outliers": late_parts.outliers,
    "semantic_duplicates": late_parts.semantic_duplicates,
    "contamination": late_parts.contamination,
    "mixture": late_parts.mixture,
}


def tree_of(told: dict[str, Any], every_rule: bool = False) -> Node:
    """Return the tree of what ``explain`` told; all rules, not the closest only, where ``every_rule``."""
    root = Node(f"{told['doc_id']}: {_verdict(told['verdict'])}", tone=_tone(told["verdict"]))
    root.children = [early_parts.read(told)]
    passed_by = []
    for name, table in STAGES:
        part = told[name]
        if part["state"] == "dropped before":
            passed_by.append(_NAMES.get(name, name))
        elif part["state"] != "there":
            root.children.append(_missing(_NAMES.get(name, name), table, part))
        elif name == "cleaning":
            root.children.append(early_parts.cleaning(part, every_rule))
        else:
            root.children.append(_TELL[name](part))
    if passed_by:
        root.children.append(Node(f"went no further; not looked at: {', '.join(passed_by)}", tone="dim"))
    return root


def _verdict(verdict: dict[str, Any]) -> str:
    if verdict["fate"] == "undecided":
        return "not decided yet: a later stage is not built"
    if verdict["fate"] == "kept":
        return "in the mixture"
    told = f"dropped by {verdict['stage']}: {verdict['reason']}"
    told += f" ({shortened(verdict['decided_by'])})" if verdict["decided_by"] else ""
    if verdict.get("kept_instead"):
        told += f"; kept instead: {verdict['kept_instead']} in {verdict['kept_instead_shard']}"
    return told


def _tone(verdict: dict[str, Any]) -> Any:
    return {"kept": "good", "dropped": "bad"}.get(verdict["fate"], "plain")


def _missing(name: str, table: str, part: dict[str, Any]) -> Node:
    if part["state"] == "failed":
        return Node(f"{name}: {table} failed ({part.get('error')}); curate run tries it again", tone="bad")
    if part["state"] == "not built":
        return Node(f"{name}: {table} is not built yet; curate run builds it", tone="dim")
    return Node(f"{name}: {table} is older than this document; curate run brings it up to date", tone="dim")
