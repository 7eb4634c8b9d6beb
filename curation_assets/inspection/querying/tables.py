"""The tables of a lake: the files of finished shards, by its build records, and what columns mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from curation_assets.graph import STAGES
from curation_assets.stage import ShardStage
from resources.lake import WHOLE_LAKE, Lake

BESIDE: Mapping[str, Mapping[str, str]] = {
    "quarantine": {
        "shard": "the file of the inbox",
        "position": "where in the file it lies",
        "reason": "why it could not be read",
        "excerpt": "its beginning",
    },
    "duplicate_edges": {
        "doc_id_a": "one document",
        "shard_a": "its file of the inbox",
        "exact_hash_a": "hash of its normalised text",
        "doc_id_b": "the other document",
        "shard_b": "its file of the inbox",
        "exact_hash_b": "hash of its normalised text",
        "similarity": "verified Jaccard similarity of the two",
    },
    "containment_pairs": {
        "text_hash": "hash of the shorter text",
        "container_text_hash": "hash of the longer one",
        "containment": "share of the shorter one that the longer one has; null = refuted",
    },
    "density_sketch": {
        "cell": "number of the landmark cell",
        "text_hash": "hash of the landmark's text",
        "count": "documents in it",
        "landmark": "the landmark's vector, in fixed point",
        "sum": "sum of the vectors in the cell, in fixed point",
        "params": "what the sketch was made with (JSON)",
    },
}
"""Columns of the tables that lie beside the main one of their stage."""
_COMMON = {
    "url": "its address",
    "source": "where it is from",
    "language": "ISO 639 code",
    "title": "title of the page",
    "date": "its date, as far as it is known",
    "metadata": "the record's other fields (JSON)",
    "characters": "length in characters",
    "tokens": "length in tokens",
    "quality": "the score that the mixture goes by",
    "density": "how many documents say similar things, smoothed",
    "url_hash": "hash of its address",
    "representative_shard": "the file of the inbox that the representative is from",
    "kept_instead_shard": "the file of the inbox that that document is from",
}
_RULES = {
    "gopher_": "value of a rule of Gopher",
    "c4_": "value of a rule of C4",
    "fineweb_": "value of a rule of FineWeb",
    "refinedweb_": "value of a rule of RefinedWeb",
    "url_": "value of a filter on addresses",
    "pii_": "personal data that were masked, of this kind",
    "bad_word": "value of the list of bad words",
    "toxic_word": "value of the list of toxic words",
}


def meaning(table: "LakeTable", column: str) -> str:
    """Return a sentence on a column: its stage's, or what columns of that name hold everywhere, or ""."""
    found = table.columns.get(column) or _COMMON.get(column)
    return found or next((about for start, about in _RULES.items() if column.startswith(start)), "")


@dataclass(frozen=True)
class LakeTable:
    """A table, and the files of it that are there and finished; ``missing`` are recorded and not there."""

    name: str
    stage: str
    columns: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    missing: tuple[str, ...] = ()


def table_names(lake: Lake) -> list[str]:
    """Return every table that a lake has or would have, in the order of the stages."""
    return list(_owners(lake))


def read_tables(lake: Lake, names: set[str] | None = None) -> dict[str, LakeTable]:
    """Return the tables of these names (all, without) that have at least one finished file, by name.

    Of a table that is partly built there are the shards whose builds have finished.

    Raises:
        LookupError: there is no lake.
    """
    if not lake.root.is_dir():
        raise LookupError(f"there is no lake {lake.root}: curate run makes one")
    found = {}
    for name, (stage, columns) in _owners(lake).items():
        if names is None or name in names:
            recorded = list(_recorded(lake, stage, name))
            there = tuple(path for path in recorded if path.is_file())
            gone = tuple(path.name for path in recorded if path not in there)
            if there or gone:
                found[name] = LakeTable(name, stage, columns, there, gone)
    return found


def _owners(lake: Lake) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Return for each table the stage whose records name its files, and what its columns mean."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for stage in STAGES:
        if isinstance(stage, ShardStage):
            main, *others = stage.tables
            found[main] = (stage.name, stage.columns)
            found |= {name: (stage.name, BESIDE.get(name, {})) for name in others}
            continue
        if stage.labels:
            found[stage.label_table] = (stage.labels, stage.columns)
        record = lake.record(stage.name, WHOLE_LAKE)
        for path in record.files if record else ():
            table = path.split("/")[0]
            if path.endswith(".parquet") and not table.startswith("_"):
                found.setdefault(table, (stage.name, BESIDE.get(table, {})))
    return found


def _recorded(lake: Lake, stage: str, table: str) -> Iterator[Path]:
    for shard in lake.recorded_shards(stage):
        record = lake.record(stage, shard)
        if record and not record.error:
            yield from (
                lake.root / path
                for path in sorted(record.files)
                if path.startswith(f"{table}/") and path.endswith(".parquet")
            )
