"""What is told of scores, neighbourhood, topic, contamination and the mixture."""

from collections.abc import Mapping
from typing import Any

from curation_assets.inspection.explaining.tree import Node, leaves, number, ranked
from curation_assets.text.visible import excerpt

_REASONS = {
    "over_budget": "it might have been taken, but the draw filled the budget with others",
    "below_minimum_rank": "its quality ranks below mixture.minimum_rank among its group; see its rank above",
    "below_minimum_quality": "its quality is below mixture.minimum_quality",
    "no_score": "a score or a density that the sampler needs is missing",
    "semantic_duplicate": "another document says the same, see semantic duplicates",
    "contaminated": "it has an item of an evaluation set, see contamination",
    "outlier": "it is rare and bad at once, see outliers",
    "left_out_by_sampler": "the sampler takes none like it",
}
_MEASURES = {
    "lof": "local outlier factor",
    "isolation": "isolation forest",
    "mahalanobis": "squared Mahalanobis distance",
}
Facts = Mapping[str, Any]


def quality(part: Facts) -> Node:
    scores, used = dict(part["scores"]), part["used"]
    if used in scores and "quality" in scores:  # quality is a copy of the score that the mixture goes by
        del scores["quality"]
    told = [
        f"{name} = {ranked(score)}{', what the mixture goes by' if name in (used, 'quality') else ''}"
        for name, score in scores.items()
    ]
    return Node(f"quality: {number(part['tokens'])} tokens", leaves(told))


def topics(part: Facts) -> Node:
    if part.get("enabled") is False:
        return Node("topic: topics are off", tone="dim")
    if part["topic"] is None:
        return Node("topic: none, for it has no vector")
    words = f": {', '.join(part['words'])}" if part.get("words") else ""
    size = f" ({number(part['documents'])} documents)" if part.get("documents") else ""
    likeness = f", cosine to its centre {number(part['topic_similarity'])}"
    return Node(f"topic {part['topic']}{words}{size}{likeness}; format {part['format']}")


def density(part: Facts) -> Node:
    method = f" (method {part['method']})" if part["method"] else ""
    label = f"density: {ranked(part)}{method}"
    if part["outlier_score"] is not None:
        label += f"; outlier score {number(part['outlier_score'])}"
    near = part["neighbours"]
    if near is None:
        return Node(label, leaves(["nearest documents: it has no vector to compare"], "dim"))
    return Node(label, [Node(_how_near(near), [Node(_neighbour(one)) for one in near["documents"]])])


def _how_near(near: Facts) -> str:
    if near["stored"]:
        return "nearest documents, of the table neighbours:"
    if near["among"] >= near["of"]:
        return f"nearest documents, by exact cosine to all {number(near['of'])} with an embedding:"
    return (
        f"nearest documents, by exact cosine within a sample of {number(near['among'])} "
        f"of {number(near['of'])} (neighbours.enabled finds them in the whole lake):"
    )


def _neighbour(one: Facts) -> str:
    shard = f" in {one['shard']}" if one["shard"] else ""
    return f"{number(one['cosine'])}  {one['doc_id']}{shard}: {excerpt(one['excerpt'], 70)}"


def outliers(part: Facts) -> Node:
    if part.get("enabled") is False:
        return Node("outliers: not looked for", tone="dim")
    measured = {name: part[name] for name in _MEASURES if part.get(name) is not None}
    if part["outlier"]:
        label = "outliers: it is one, far out and of low quality for its language"
    elif measured:
        label = "outliers: looked at, and it is none"
    else:
        label = "outliers: not looked at, for it is not among the least dense"
    told = [f"{_MEASURES[name]} = {number(value)}" for name, value in measured.items()]
    return Node(label, leaves(told), "bad" if part["outlier"] else "good")


def semantic_duplicates(part: Facts) -> Node:
    if part.get("enabled") is False:
        return Node("semantic duplicates: not looked for (semantic is off)", tone="dim")
    limit = f" (threshold {number(part['threshold'])})" if part["threshold"] is not None else ""
    if not part["kept"]:
        label = (
            f"semantic duplicates: {part['representative']} of {part['representative_shard']} says the same"
        )
        return Node(f"{label}, cosine {number(part['similarity'])}{limit}", tone="bad")
    near = part["nearest_similarity"]
    nearest = f"; the nearest of its cell: cosine {number(near)}{limit}" if near is not None else ""
    return Node(f"semantic duplicates: none{nearest}", tone="good")


def contamination(part: Facts) -> Node:
    if part.get("enabled") is False:
        return Node("contamination: no evaluation sets are given", tone="dim")
    if not part["matches"]:
        return Node("contamination: nothing of the evaluation sets found", tone="good")
    sets = f" ({', '.join(part['sets'])})" if part["sets"] else ""
    label = "contamination: contaminated" if part["contaminated"] else "contamination: not enough to count"
    found = [
        f"{number(part['matches'])} n-grams of the sets, the longest run {number(part['longest'])} words"
    ]
    if part["item"]:
        found.append(f"{number(part['item_matches'])} n-grams of the item {part['item']}: {part['ngram']}")
    return Node(label + sets, leaves(found), "bad" if part["contaminated"] else "good")


def mixture(part: Facts) -> Node:
    chance = f"inclusion probability {number(part['inclusion_probability'])}"
    settings = part["settings"]
    drawn = (
        [f"sampler {settings['sampler']}, budget {_budget(settings.get('budget'))}"]
        if "sampler" in settings
        else []
    )
    limits = [
        f"{name} = {number(settings[name])}"
        for name in ("minimum_quality", "minimum_rank")
        if settings.get(name) is not None
    ]
    if limits and settings.get("rank_within"):
        limits[-1] += (
            f", ranked within {' and '.join(settings['rank_within'])}, among what nothing else excludes"
        )
    if not part["selected"]:
        why = _REASONS.get(part["reason"], "")
        label = f"mixture: dropped, {part['reason']}{': ' + why if why else ''}; {chance}"
        return Node(label, leaves([*drawn, *limits]), "bad")
    phases = [
        f"phase {one['phase']}: read {number(one['copies'])} times, first at {one['position']:.1%} of it"
        if one["copies"] != 1
        else f"phase {one['phase']}: read once, at {one['position']:.1%} of it"
        for one in part["phases"] or ()
    ]
    label = f"mixture: taken, weight {number(part['weight'])} (times read in training), {chance}"
    return Node(label, leaves([*phases, *drawn, *limits]), "good")


def _budget(budget: Facts | None) -> str:
    if not budget:
        return "not known"
    if budget.get("amount") is not None:
        return f"{number(budget['amount'])} {budget['unit']}"
    share = budget.get("fraction")
    return "everything" if share is None else f"{share:.0%} of the candidates' {budget['unit']}"
