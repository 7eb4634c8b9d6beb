"""The rows that the tables of the lake have of one document, and what it means where one is missing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal

import polars as pl

from curation_assets.inspection.explaining.finding import Found
from curation_assets.inspection.explaining.ranks import Ranks
from resources.lake import WHOLE_LAKE, Lake

State = Literal["there", "not there", "not built", "failed"]
RECORDS = {
    "dedup_clusters": "dedup_labels",
    "contained_documents": "containment_labels",
    "repeated_passages": "passage_labels",
    "neighbours": "neighbour_labels",
    "semantic_duplicates": "semantic_labels",
    "topics": "topic_labels",
    "outliers": "outlier_labels",
    "mixture_plan": "mixture_labels",
}
"""Under what name the shards of a table have their records, where a stage looks at all shards."""


@dataclass(frozen=True)
class Entry:
    """What a table says of one document.

    Attributes:
        state: whether there is a row; if not, whether the table is there at all.
        frame: the row, or no row; without columns where the table is not there.
        settings: the part of the configuration that the table was built with, by section; {} if not known.
        error: the message of a build that failed.
    """

    table: str
    state: State
    frame: pl.DataFrame
    settings: Mapping[str, Any]
    error: str | None = None

    @property
    def row(self) -> dict[str, Any]:
        """The row by column; {} where there is none."""
        return self.frame.to_dicts()[0] if self.frame.height else {}

    def setting(self, section: str, key: str, default: Any = None) -> Any:
        return self.settings.get(section, {}).get(key, default)


class Rows:
    """Reads each table's row of one document once."""

    def __init__(self, lake: Lake, found: Found) -> None:
        self.lake, self.found = lake, found
        self.of = cache(self._read)

    @cached_property
    def ranks(self) -> Ranks:
        """Ranks among the documents of its language and source."""
        row = self.of("clean_documents").row
        return Ranks(self.lake, row.get("language"), row.get("source"))

    def _read(self, table: str) -> Entry:
        lake, shard = self.lake, self.found.shard
        record = lake.record(RECORDS.get(table, table), shard)
        whole = lake.record(table, WHOLE_LAKE) if table in RECORDS else None
        error = next((one.error for one in (whole, record) if one and one.error), None)
        path = lake.table_path(table, shard)
        if error:
            return Entry(table, "failed", pl.DataFrame(), {}, error)
        if record is None or not path.is_file():
            return Entry(table, "not built", pl.DataFrame(), {})
        scan = pl.scan_parquet(path, glob=False).filter(pl.col("doc_id") == self.found.doc_id)
        frame = scan.head(1).collect()
        state: State = "there" if frame.height else "not there"
        return Entry(table, state, frame, self._settings(record.code_version))

    def _settings(self, code_version: str) -> dict[str, Any]:
        try:
            return json.loads(self.lake.settings_of(code_version) or "{}")
        except ValueError:
            return {}


def picked(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the given columns of a row that it has."""
    return {name: row[name] for name in names if name in row}
