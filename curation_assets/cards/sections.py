"""Sections of a dataset card that follow from the manifest, whatever files it lies beside."""

from collections.abc import Mapping
from typing import Any

from curation_assets.cards.config import CardConfig
from curation_assets.cards.markdown import fenced, number, plain, table, yaml_text

MOST_ROWS = 50
_LONGEST_DESCRIPTION = 10_000
LIMITS = (
    "Texts are as their sources have them, shortened by rules: errors, bias and falsehoods are in them."
    " Filters, scores of quality and names of languages are estimates of models and rules; personal data are"
    " masked only as far as the configuration says and the rules know them. Deduplication is approximate. The"
    " licence of a text is that of its source, which is not recorded here. `inclusion_probability` and"
    " `density` are rounded to six significant bits."
)


def title(about: CardConfig, mixture_id: object, written: str) -> list[str]:
    """Return the heading, what the owner says, and which mixture it is; ``written`` is Markdown."""
    words = [plain(line, _LONGEST_DESCRIPTION) for line in about.description.splitlines() if line.strip()]
    told = [f"By {plain(about.creator, 500)}."] if about.creator else []
    told += [f"Its page: {plain(about.url, 2000)}"] if about.url else []
    told += [f"Licence: {plain(about.license, 500)}"] if about.license else []
    paragraphs = [*words, *told, f"Mixture {plain(mixture_id)}, written by {written}."]
    return [f"# {plain(about.name, 200)}", "", *(part for text in paragraphs for part in (text, ""))]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def contents(manifest: Mapping[str, Any]) -> list[str]:
    """Return the table of sources and languages."""
    rows = sorted(
        _rows(manifest.get("contents")),
        key=lambda row: (-int(row.get("tokens") or 0), str(row.get("source")), str(row.get("language"))),
    )
    columns = ("documents", "tokens", "mean_quality")
    cells = [
        [plain(row.get("source")), plain(row.get("language")), *(number(row.get(name)) for name in columns)]
        for row in rows[:MOST_ROWS]
    ]
    more = [f"And {len(rows) - MOST_ROWS} more, in `manifest.json`.", ""] if len(rows) > MOST_ROWS else []
    note = "The whole mixture, each document once; tokens by the lake's tokenizer (`quality.tokenizer`)."
    heads = ("source", "language", "documents", "tokens", "mean quality")
    return ["## What is in it", "", note, "", *table(heads, cells), *more]


def making(manifest: Mapping[str, Any]) -> list[str]:
    """Return the settings of the draw, its budget and what it took."""
    summary = _mapping(manifest.get("summary"))
    budget, chosen = _mapping(summary.get("budget")), _mapping(summary.get("selected"))
    offered = _mapping(summary.get("candidates"))
    lines = [
        f"- Sampler: {plain(summary.get('sampler'))}; seed {plain(summary.get('seed'))}",
        f"- Budget: {number(budget.get('asked'))} {plain(budget.get('unit'))},"
        f" filled {number(budget.get('filled'))}, short of it by {number(budget.get('shortfall'))}",
        f"- Taken: {number(chosen.get('documents'))} of {number(offered.get('documents'))} documents,"
        f" {number(chosen.get('tokens'))} of {number(offered.get('tokens'))} tokens",
    ]
    notes = summary.get("notes")
    lines += [f"- {plain(note, 400)}" for note in (notes if isinstance(notes, list) else [])[:MOST_ROWS]]
    settings = _mapping(_mapping(manifest.get("config")).get("mixture"))
    words = "Raw shards were cleaned, deduplicated, scored and drawn from. Settings of the draw:"
    return ["## How it was made", "", words, "", *fenced(yaml_text(dict(settings)), "yaml"), *lines, ""]


def left_out(dropped: Mapping[str, int], whole: int) -> list[str]:
    """Return the table of first reasons of the ``whole`` documents that were read."""
    if not whole:
        return []
    ranked = sorted(dropped.items(), key=lambda item: (-item[1], item[0]))
    out = number(sum(dropped.values()))
    words = f"Of {number(whole)} documents that were read, {out} were left out, by reason:"
    cells = ([plain(reason), number(count)] for reason, count in ranked)
    return ["## What was left out", "", words, "", *table(("reason", "documents"), cells)]


def models(manifest: Mapping[str, Any], others: Mapping[str, str] | None = None) -> list[str]:
    """Return the table of models and their fingerprints, ``others`` (by use) at its end."""
    found = {str(name): value for name, value in _mapping(manifest.get("models")).items()} | dict(
        others or {}
    )
    cells = ([plain(name), plain(value)] for name, value in found.items())
    return ["## Models", "", *table(("used for", "fingerprint"), cells)] if found else []


def limits() -> list[str]:
    """Return what nobody should take a mixture for."""
    return ["## Limits", "", LIMITS, ""]
