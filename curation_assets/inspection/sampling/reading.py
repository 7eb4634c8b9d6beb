"""Reads of a lake what choosing documents needs: a few columns of one shard at a time, and few texts."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from curation_assets.cleaning.config import CleaningConfig
from curation_assets.config import load_config
from curation_assets.text.visible import visible
from curation_assets.workplace import Workplace
from resources.lake import Lake

CLEAN, PASSAGES = "clean_documents", "repeated_passages"
_SUFFIX = ".parquet"
_MOST_LISTED = 20


@dataclass(frozen=True)
class Filters:
    """Which documents are looked at; source and shard may be patterns such as ``docs-*``; None: all."""

    language: str | None = None
    source: str | None = None
    shard: str | None = None

    def told(self) -> str:
        """Return the filters in words; "" without any."""
        given = [f"{name} {value!r}" for name, value in vars(self).items() if value is not None]
        return ", ".join(given)


@dataclass(frozen=True)
class Documents:
    """The documents of a lake that filters let through."""

    lake: Lake
    filters: Filters = Filters()

    def check(self) -> None:
        """Find out whether there is anything to look at.

        Raises:
            LookupError: no lake, or nothing has the language, source or shard; the message lists what there
                is.
        """
        every = self._shards_of(CLEAN)
        if not every:
            raise LookupError(f"{self.lake.root} has no cleaned documents: curate run makes them")
        if not self.shards(CLEAN):
            raise LookupError(f"no shard is {self.filters.shard!r}; there are {', '.join(listed(every))}")
        for name in ("language", "source"):
            wanted = getattr(self.filters, name)
            if wanted is None:
                continue
            there: Counter[str] = Counter()
            for shard in self.shards(CLEAN):
                counts = self.lake.read(CLEAN, shard, [name])[name].fill_null("unknown").value_counts()
                there.update(dict(counts.iter_rows()))
            if wanted not in there and not any(fnmatchcase(value, wanted) for value in there):
                known = counted(there)
                raise LookupError(
                    f"no document has the {name} {wanted!r}; there are {', '.join(listed(known))}"
                )

    def shards(self, table: str) -> list[str]:
        """Return the shards of a table that are looked at.

        Raises:
            LookupError: the lake has no such table.
        """
        every = self._shards_of(table)
        if not every:
            raise LookupError(f"the lake {self.lake.root} has no table {table} yet: curate run makes it")
        wanted = self.filters.shard
        return [shard for shard in every if wanted is None or shard == wanted or fnmatchcase(shard, wanted)]

    def has(self, table: str) -> bool:
        return bool(self._shards_of(table))

    def columns_of(self, table: str) -> dict[str, pl.DataType]:
        """Return the columns of a table that is there; {} of one that is not."""
        shards = self._shards_of(table)
        path = self.lake.table_path(table, shards[0]) if shards else None
        return dict(pl.read_parquet_schema(path)) if path else {}

    def frames(self, table: str, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Yield the given columns of a table, and doc_id, shard, language and source, shard by shard."""
        for shard in self.shards(table):
            wanted = list(dict.fromkeys(["doc_id", *columns]))
            if table == CLEAN:
                wanted = list(dict.fromkeys([*wanted, "language", "source"]))
                frame = self.lake.read(CLEAN, shard, wanted)
            else:
                own = self.lake.read(
                    table, shard, [name for name in wanted if name not in ("language", "source")]
                )
                about = self.lake.read(CLEAN, shard, ["doc_id", "language", "source"])
                frame = own.join(about, on="doc_id", how="left", maintain_order="left")
            yield self._filtered(frame.with_columns(shard=pl.lit(shard)))

    def _filtered(self, frame: pl.DataFrame) -> pl.DataFrame:
        for name in ("language", "source"):
            wanted = getattr(self.filters, name)
            if wanted is not None:
                values = frame[name].fill_null("unknown")
                matching = [
                    value for value in values.unique() if value == wanted or fnmatchcase(value, wanted)
                ]
                frame = frame.filter(values.is_in(matching))
        return frame

    def rows(
        self, table: str, shard: str, doc_ids: Collection[str], columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Return some documents of a shard of a table, by doc_id; empty where the table has no such shard."""
        path = self.lake.table_path(table, shard)
        if not path.is_file():
            return pl.DataFrame(schema={"doc_id": pl.String})
        scanned = pl.scan_parquet(path, glob=False)
        wanted = pl.all() if columns is None else pl.col(list(dict.fromkeys(["doc_id", *columns])))
        return (
            scanned.filter(pl.col("doc_id").is_in(list(doc_ids))).select(wanted).collect(engine="streaming")
        )

    def cleaning(self, shard: str) -> CleaningConfig:
        """Return the settings that a shard was cleaned by; those of the last run where it is not known."""
        record = self.lake.record(CLEAN, shard)
        version = record.code_version if record else ""
        if version not in self._settings:
            known = self.settings_of(CLEAN, shard)
            self._settings[version] = (
                CleaningConfig.model_validate(known["cleaning"]) if known else self._remembered
            )
        return self._settings[version]

    def settings_of(self, stage: str, shard: str) -> dict[str, Any]:
        """Return the settings, by section, that a stage built a shard by; {} where that is not known."""
        record = self.lake.record(stage, shard)
        known = self.lake.settings_of(record.code_version) if record else None
        return json.loads(known) if known else {}

    @cached_property
    def _settings(self) -> dict[str, CleaningConfig]:
        return {}

    @cached_property
    def _remembered(self) -> CleaningConfig:
        path = Workplace.memory_of(self.lake.root).get("config")
        return load_config(Path(path) if path else None).cleaning

    def _shards_of(self, table: str) -> list[str]:
        names = (path.name.removesuffix(_SUFFIX) for path in (self.lake.root / table).glob(f"*{_SUFFIX}"))
        return sorted(name for name in names if not name.startswith((".", "_")))


def counted(counts: Mapping[str, int]) -> list[str]:
    """Return names with their counts, the commonest first, equals by name."""
    return [f"{name} ({counts[name]:,})" for name in sorted(counts, key=lambda name: (-counts[name], name))]


def listed(names: Sequence[str], most: int = _MOST_LISTED) -> list[str]:
    """Return the first names as they may be shown, and how many more there are."""
    return [
        *map(visible, names[:most]),
        *([f"and {len(names) - most} more"] if len(names) > most else []),
    ]
