"""The dataset card and croissant.json that lie beside the manifest in the lake."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from curation_assets.cards.config import card_of
from curation_assets.cards.croissant import FILE, DataFile, Records, croissant, in_words
from curation_assets.cards.header import header
from curation_assets.cards.markdown import fenced
from curation_assets.cards.sections import contents, left_out, limits, making, models, title
from curation_assets.mixture.stage import MIXTURE_COLUMNS
from resources.files import sha256_file
from resources.lake import Lake

FOLDER = "mixture_manifest"
MANIFEST_FILE = f"{FOLDER}/manifest.json"
CARD_FILE = f"{FOLDER}/README.md"
CROISSANT_FILE = f"{FOLDER}/{FILE}"
_ALL_FILES = "../mixture/*.parquet"
_READ = f'import polars as pl\n\ndocuments = pl.scan_parquet("{_ALL_FILES}")'


def descriptions(
    lake: Lake, shards: Sequence[str], manifest: Mapping[str, Any], checksums: Mapping[str, str]
) -> dict[str, bytes]:
    """Return card and croissant.json by path; ``checksums`` are the SHA-256 of files that need no reading."""
    tables = [path for path in manifest["files"] if path.endswith(".parquet")]
    files = [_data_file(lake, path, checksums.get(path)) for path in sorted(tables)]
    about, rows = card_of(manifest), manifest["contents"]
    counted = in_words(
        sum(row["documents"] for row in rows),
        sum(row["tokens"] for row in rows),
        len({row["source"] for row in rows}),
        len({row["language"] for row in rows}),
    )
    columns = pl.read_parquet_schema(lake.root / tables[0]) if tables else {}
    records = Records(_ALL_FILES, columns, MIXTURE_COLUMNS)
    return {
        CARD_FILE: _card(lake, shards, manifest),
        CROISSANT_FILE: croissant(about, counted, manifest["mixture_id"], files, records),
    }


def known_checksums(lake: Lake, left: Mapping[str, str]) -> dict[str, str]:
    """Return the SHA-256 of the mixture's files that are as they were when the manifest was last built.

    ``left`` are the files of that build; {} where it wrote no croissant.json, or it says nothing.
    """
    if not {MANIFEST_FILE, CROISSANT_FILE} <= left.keys():
        return {}
    try:
        before = json.loads((lake.root / MANIFEST_FILE).read_bytes())["files"]
        listed = json.loads((lake.root / CROISSANT_FILE).read_bytes())["distribution"]
        found = {one["name"]: one["sha256"] for one in listed if "sha256" in one}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    now = {
        path: digest
        for shard in lake.recorded_shards("mixture")
        if (record := lake.record("mixture", shard))
        for path, digest in record.files.items()
    }
    return {
        path: found[name]
        for path, digest in before.items()
        if (name := path.removeprefix("mixture/")) in found and now.get(path) == digest
    }


def _data_file(lake: Lake, path: str, known: str | None) -> DataFile:
    place = lake.root / path
    return DataFile(f"../{path}", known or sha256_file(place), place.stat().st_size)


def _card(lake: Lake, shards: Sequence[str], manifest: Mapping[str, Any]) -> bytes:
    rows = manifest["contents"]
    documents = sum(row["documents"] for row in rows)
    files = [{"config_name": "default", "data_files": [{"split": "train", "path": _ALL_FILES}]}]
    head = header(
        [row["language"] for row in rows], documents, files if documents else (), (), card_of(manifest)
    )
    records = [record for shard in shards if (record := lake.record("ledger", shard)) and not record.error]
    dropped = sum((Counter(record.counts.dropped) for record in records), Counter())
    sections = [
        *title(card_of(manifest), manifest["mixture_id"], "`curate run`"),
        *contents(manifest),
        *("## How to read it", "", *fenced(_READ, "python")),
        "`curate export` writes it for a trainer, in the order of training.",
        "",
        *making(manifest),
        *left_out(dropped, sum(record.counts.rows_in for record in records)),
        *models(manifest),
        *limits(),
        "`manifest.json` has the whole configuration, the hashes of all inputs and files, and the plan's"
        " figures; `croissant.json` describes the files in Croissant's JSON-LD.",
        "",
    ]
    return (head + "\n".join(sections)).encode()
