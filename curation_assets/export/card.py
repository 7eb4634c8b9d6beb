"""The dataset card: what the mixture is, how it was made, and what it is not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from curation_assets.export.markdown import fenced, number, plain, table, yaml_text
from curation_assets.export.options import Options
from curation_assets.export.source import Source
from resources.lake import Lake

MOST_ROWS = 50
_READ = {
    "parquet": 'import polars as pl\n\ndocuments = pl.scan_parquet("data/*.parquet")',
    "jsonl": (
        "import json\nfrom pathlib import Path\n\n"
        'for path in sorted(Path("data").glob("*.jsonl")):\n'
        '    documents = [json.loads(line) for line in path.open(encoding="utf-8")]'
    ),
    "jsonl.zst": (
        'from datasets import load_dataset\n\ndocuments = load_dataset(".", split="train", streaming=True)'
    ),
    "datasets": ('from datasets import load_dataset\n\ndocuments = load_dataset(".", split="train")'),
}
_LIMITS = (
    "Texts are as their sources have them, shortened by rules: errors, bias and falsehoods are in them."
    " Filters, scores of quality and names of languages are estimates of models and rules; personal data are"
    " masked only as far as the configuration says and the rules know them. Deduplication is approximate. The"
    " licence of a text is that of its source, which is not recorded here. `inclusion_probability` and"
    " `density` are rounded to six significant bits."
)


def card(
    source: Source, options: Options, head: str, phases: Mapping[str, Mapping[str, int]], files: Sequence[str]
) -> bytes:
    """Return README.md. No text of a document is in it.

    ``head`` is the YAML header, ``phases`` has rows, readings and tokens by phase in the order of training,
    ``files`` are beginnings of names for tokens.
    """
    manifest = source.manifest
    sections = [
        "# Training mixture",
        "",
        f"Mixture {plain(source.mixture_id)}, written by `curate export --format {options.format}`.",
        "",
        *_contents(manifest),
        *_phases(phases, options),
        *_reading(options, files),
        *_making(manifest),
        *_filters(source.lake),
        *_models(manifest, options),
        "## Limits",
        "",
        _LIMITS,
        "",
        "`manifest.json` has the whole configuration, the hashes of all inputs and files, and the plan's"
        " figures; `export.json` the hash of every file of this folder.",
        "",
    ]
    return (head + "\n".join(sections)).encode()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _contents(manifest: Mapping[str, Any]) -> list[str]:
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


def _phases(phases: Mapping[str, Mapping[str, int]], options: Options) -> list[str]:
    cells = [
        [plain(name), number(figures["rows"]), number(figures["readings"]), number(figures["tokens"])]
        for name, figures in phases.items()
    ]
    how = {
        "once": "A document has one row in a phase, and is to be read as often as its weight says.",
        "spread": "A document has a row for every reading, evenly spread over the phase.",
        "together": "A document has a row for every reading, one behind the other.",
    }[options.copies]
    order = "Phases are in the order of training."
    tokens = (
        "tokens of the rows, ends of documents included"
        if options.tokens
        else "tokens of the rows, by the lake's tokenizer"
    )
    heads = ("phase", "rows", "readings", "tokens")
    return ["## What is in this folder", "", f"{how} {order} Tokens: {tokens}.", "", *table(heads, cells)]


def _reading(options: Options, files: Sequence[str]) -> list[str]:
    code = _READ.get(options.format)
    if options.tokens:
        name = files[0] if files else "tokens/main-00000-of-00001"
        code = (
            "import numpy as np\n\n"
            f'tokens = np.memmap("{name}.bin", dtype="{options.tokens.dtype}", mode="r")\n'
            f'starts = np.load("{name}.index.npy", mmap_mode="r", allow_pickle=False)\n'
            "first_document = tokens[starts[0] : starts[1]]"
        )
    return ["## How to read it", "", *fenced(code or "", "python")]


def _making(manifest: Mapping[str, Any]) -> list[str]:
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


def _filters(lake: Lake) -> list[str]:
    """Count the documents that the lake left out by the first reason, of which its ledger has one each."""
    dropped: Counter[str] = Counter()
    whole = 0
    for shard in lake.recorded_shards("ledger"):
        record = lake.record("ledger", shard)
        if record and not record.error:
            dropped.update(record.counts.dropped)
            whole += record.counts.rows_in
    if not whole:
        return []
    ranked = sorted(dropped.items(), key=lambda item: (-item[1], item[0]))
    out = number(sum(dropped.values()))
    words = f"Of {number(whole)} documents that were read, {out} were left out, by reason:"
    cells = ([plain(reason), number(count)] for reason, count in ranked)
    return ["## What was left out", "", words, "", *table(("reason", "documents"), cells)]


def _models(manifest: Mapping[str, Any], options: Options) -> list[str]:
    models = {str(name): value for name, value in _mapping(manifest.get("models")).items()}
    if options.tokens:
        models["tokenizer of this export"] = options.tokens.fingerprint
    cells = ([plain(name), plain(value)] for name, value in models.items())
    return ["## Models", "", *table(("used for", "fingerprint"), cells)] if models else []
