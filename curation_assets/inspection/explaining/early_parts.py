"""What is told of the stages up to repeated passages: where a document was read, cleaning, and copies."""

from collections.abc import Mapping
from typing import Any

from curation_assets.inspection.explaining.tree import Node, changes, leaves, number, shortened
from curation_assets.text.visible import excerpt

EXCERPT, CLOSEST = 240, 5
_EDITS = {
    "residue_removed": "pieces of mark-up removed",
    "c4_removed_lines": "lines removed by the rules of C4",
    "c4_removed_citation_marks": "citation marks removed",
    "refinedweb_removed_lines": "lines removed by the rules of RefinedWeb",
}
Facts = Mapping[str, Any]


def read(told: Facts) -> Node:
    part = told["read"]
    place = f"read: {told['shard']}, position {number(part.get('position'))}"
    where = f"{place} (counted from 0): {part.get('kind')}, {number(part['characters'])} characters"
    about = [f"{name}: {part[name]}" for name in ("source", "url", "record_id", "metadata") if part.get(name)]
    twins = [f"the same record is in {', '.join(told['twins'])}, too"] if told["twins"] else []
    return Node(where, leaves([*about, *twins, f"as read: {excerpt(part['excerpt'], EXCERPT)}"]))


def cleaning(part: Facts, every_rule: bool) -> Node:
    dropped = part["drop_reason"]
    label = f"cleaning: dropped, {dropped}" if dropped else "cleaning: passed"
    if part["error"]:
        label += f" ({part['error']})"
    elif dropped and part["decided_by"]:
        label += f" ({shortened(part['decided_by'])})"
    language = f"language: {part['language'] or 'not identified'}"
    if part["language_score"] is not None:
        language += f", certainty {number(part['language_score'])}"
    children = [Node(language), _edited(part), *_rules(part, every_rule)]
    return Node(label, children, "bad" if dropped else "good")


def _edited(part: Facts) -> Node:
    """Return what cleaning changed in the text."""
    edits = [
        f"{number(count)} {_EDITS.get(name) or 'masked: ' + name.removeprefix('pii_').replace('_', ' ')}"
        for name, count in part["edits"].items()
    ]
    size = (
        f"{number(part['characters'])} characters are left" if part["characters"] is not None else "no text"
    )
    if part["extracted"]:
        page = [f"{name}: {part[name]}" for name in ("title", "date", "page_url") if part[name]]
        start = f"starts: {excerpt(part['excerpt'], EXCERPT)}"
        return Node(f"main content taken out of the page: {size}", leaves([*page, *edits, start]))
    diff = part["diff"]
    if not diff["changes"]:
        same = (
            "changed blanks and line breaks alone" if diff["blanks_only"] else "changed nothing in the text"
        )
        return Node(same, leaves(edits))
    return Node(f"changed the text: {size}", [*leaves(edits), *changes(diff)])


def _rules(part: Facts, every_rule: bool) -> list[Node]:
    if not part["settings_known"]:
        return leaves(["the thresholds of that build are not on record: curate run builds it again"], "dim")
    rules = part["rules"]
    failed = [rule for rule in rules if not rule["passes"]]
    passed = [rule for rule in rules if rule["passes"]]
    nodes = []
    if failed:
        others = sorted(failed, key=lambda rule: not rule["decided"])
        nodes.append(Node(f"rules that it fails: {len(failed)}", [_rule(one) for one in others], "bad"))
    if every_rule:
        return [*nodes, Node(f"rules that it passes: {len(passed)}", [_rule(one) for one in passed])]
    closest = sorted((one for one in passed if one["nearness"] > 0), key=lambda rule: -rule["nearness"])[
        :CLOSEST
    ]
    label = f"rules that it passes: {len(passed)}, the closest to their thresholds first (all: --rules)"
    return [*nodes, Node(label, [_rule(one) for one in closest])]


def _rule(rule: Facts) -> Node:
    limit = rule["threshold"]
    told = ", ".join(limit) if isinstance(limit, list | tuple) else number(limit)
    value = "not measured" if rule["value"] is None else number(rule["value"])
    named = rule["rule"] if rule["rule"] == rule["column"] else f"{rule['rule']}: {rule['column']}"
    decided = "  <- this decided" if rule["decided"] else ""
    words = f"{named} = {value}, {'' if rule['passes'] else 'not '}{rule['comparison']} {told}{decided}"
    return Node(words, tone="plain" if rule["passes"] else "bad")


def copies(part: Facts) -> Node:
    if part.get("enabled") is False:
        return Node("copies: deduplication is off", tone="dim")
    size, others = part["cluster_size"] or 1, part["copies"]
    if size < 2:
        return Node("copies: none found", tone="good")
    threshold = part["jaccard_threshold"]
    by = f", chosen by: {part['chosen_by']}" if part["chosen_by"] else ""
    children = [Node(_copy(one)) for one in others]
    if part["other_copies"] > len(others):
        children.append(Node(f"… and {number(part['other_copies'] - len(others))} more", tone="dim"))
    limit = (
        f"; copies are those with a Jaccard similarity of at least {number(threshold)}" if threshold else ""
    )
    group = f"cluster of {number(size)}{by}{limit}"
    if part["kept"]:
        return Node(f"copies: this one was kept of a {group}", children, "good")
    label = (
        f"copies: dropped, {part['drop_reason']}; kept instead: {part['representative']} in "
        f"{part['representative_shard']}, similarity {_similarity(part['similarity'])}"
    )
    return Node(label, [Node(group, children), *_differs(part["kept_copy_differs"])], "bad")


def _copy(one: Facts) -> str:
    fate = "kept" if one["kept"] else f"dropped, {one['drop_reason']}"
    likeness = "" if one["kept"] else f", similarity to the kept copy {_similarity(one['similarity'])}"
    return f"{one['doc_id']} in {one['shard']}: {fate}{likeness}"


def _similarity(value: float | None) -> str:
    return "not measured" if value is None else number(value)


def _differs(diff: Facts | None) -> list[Node]:
    if diff is None:
        return []
    if not diff["changes"]:
        return leaves(["the kept copy has the same words"])
    return [Node("the kept copy, beside this one:", changes(diff))]


def containment(part: Facts) -> Node:
    if part.get("enabled") is False:
        return Node("excerpts of larger documents: not looked for (containment is off)", tone="dim")
    if part["contained_in"] is None:
        return Node("excerpts of larger documents: it is none", tone="good")
    share = f"{number(part['containment'])} of it is in {part['contained_in']} of {part['container_shard']}"
    fate = "kept" if part["kept"] else f"dropped, {part['drop_reason']}"
    limit = f" (threshold {number(part['threshold'])})" if part["threshold"] is not None else ""
    return Node(
        f"excerpts of larger documents: {fate}; {share}{limit}", tone="good" if part["kept"] else "bad"
    )


def passages(part: Facts) -> Node:
    if part.get("enabled") is False:
        return Node("repeated passages: not looked for (passages are off)", tone="dim")
    if not part["repeated_tokens"] and not part["repeated_lines"]:
        return Node("repeated passages: none", tone="good")
    label = (
        f"repeated passages: {number(part['repeated_tokens'])} words in {number(part['passages'])} passages "
        f"({part['repeated_share'] or 0:.0%}), {number(part['repeated_lines'])} lines"
    )
    if not part["kept"]:
        label += f"; dropped, {part['drop_reason']}"
    place = [f"most of it is in {part['kept_in']} of {part['kept_in_shard']}"] if part["kept_in"] else []
    shown = [f"passage: {excerpt(words, EXCERPT)}" for words in part["excerpts"]]
    return Node(label, leaves([*place, *shown]), "good" if part["kept"] else "bad")
