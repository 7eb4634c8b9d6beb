"""The dataset card: what the mixture is, how it was made, and what it is not."""

from collections import Counter
from collections.abc import Mapping, Sequence

from curation_assets.cards.config import card_of
from curation_assets.cards.markdown import fenced, number, plain, table
from curation_assets.cards.sections import contents, left_out, limits, making, models, title
from curation_assets.export.options import Options
from curation_assets.export.source import Source
from resources.lake import Lake

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


def card(
    source: Source, options: Options, head: str, phases: Mapping[str, Mapping[str, int]], files: Sequence[str]
) -> bytes:
    """Return README.md. No text of a document is in it.

    ``head`` is the YAML header, ``phases`` has rows, readings and tokens by phase in the order of training,
    ``files`` are beginnings of names for tokens.
    """
    manifest = source.manifest
    sections = [
        *title(card_of(manifest), source.mixture_id, f"`curate export --format {options.format}`"),
        *contents(manifest),
        *_phases(phases, options),
        *_reading(options, files),
        *making(manifest),
        *_filters(source.lake),
        *models(manifest, {"tokenizer of this export": options.tokens.fingerprint} if options.tokens else {}),
        *limits(),
        "`manifest.json` has the whole configuration, the hashes of all inputs and files, and the plan's"
        " figures; `export.json` the hash of every file of this folder; `croissant.json` describes them in"
        " Croissant's JSON-LD.",
        "",
    ]
    return (head + "\n".join(sections)).encode()


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


def _filters(lake: Lake) -> list[str]:
    """Count the documents that the lake left out by the first reason, of which its ledger has one each."""
    dropped: Counter[str] = Counter()
    whole = 0
    for shard in lake.recorded_shards("ledger"):
        record = lake.record("ledger", shard)
        if record and not record.error:
            dropped.update(record.counts.dropped)
            whole += record.counts.rows_in
    return left_out(dropped, whole)
