"""Documents of the same address: one stays, before the texts of all that stay are compared.

Two visits to a page differ in their text, or they would be copies anyway. Which one stays is decided as among
copies. The others have no part in clusters, so that a copy elsewhere of an older visit stays.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from curation_assets.dedup.cluster import Clusters, cluster
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.contents import packed
from curation_assets.dedup.labels import LABEL_SCHEMA, in_order
from curation_assets.dedup.moves import Before
from curation_assets.dedup.preference import FACTS, ROW, preference
from curation_assets.dedup.ranges.spill import Spill
from curation_assets.dedup.tables import KEY, FramesOnDemand, Tables, compact
from curation_assets.dedup.update import Update, update
from curation_assets.progress import Progress, silent

URL_DUPLICATE = "url_duplicate"
_OTHERS = {name: LABEL_SCHEMA[name] for name in ("doc_id", "representative", "representative_shard")}
_IN_CLUSTERS = pl.col("drop_reason").ne_missing(URL_DUPLICATE)


@dataclass(frozen=True)
class Repeated:
    """By shard the documents whose address another one has that stays: doc_id, representative,
    representative_shard."""

    of_shard: Mapping[str, pl.DataFrame]

    @property
    def documents(self) -> int:
        return sum(part.height for part in self.of_shard.values())

    def of(self, shard: str) -> pl.DataFrame:
        return self.of_shard.get(shard, pl.DataFrame(schema=_OTHERS))

    def without(self, tables: Tables) -> Tables:
        """Return the tables without these documents."""

        def signatures(shard: str, columns: Collection[str]) -> pl.DataFrame:
            read = tables.signatures(shard, list(dict.fromkeys((*columns, "doc_id"))))
            others = self.of(shard)["doc_id"]
            return read.filter(~pl.col("doc_id").is_in(others.implode())).select(columns)

        return replace(tables, signatures=signatures) if self.of_shard else tables

    def labelled(
        self, tables: Tables, labels: Mapping[str, pl.DataFrame], config: DedupConfig
    ) -> Mapping[str, pl.DataFrame]:
        """Return label tables of all documents, given those of the others; made when asked for."""

        def make(shard: str) -> pl.DataFrame:
            return in_order(pl.concat([labels[shard], self._labels(tables, shard, config)]))

        return FramesOnDemand(list(labels), make) if self.of_shard else labels

    def _labels(self, tables: Tables, shard: str, config: DedupConfig) -> pl.DataFrame:
        rows = tables.signatures(shard, ["doc_id", "exact_hash", "characters", *FACTS])
        rows = rows.with_columns(preference(rows, config)).select(ROW)
        told = rows.join(self.of(shard), on="doc_id").with_columns(
            shard=pl.lit(shard), cluster_id="doc_id", cluster_size=1, place=1, similarity=None,
            weight=1.0, kept=False, drop_reason=pl.lit(URL_DUPLICATE),
        )  # fmt: skip
        return told.select(pl.col(name).cast(dtype) for name, dtype in LABEL_SCHEMA.items())


def find_repeated(tables: Tables, config: DedupConfig) -> Repeated:
    """Return the documents that give way to another of the same address; none if that is switched off."""
    if not (config.enabled and config.urls):
        return Repeated({})
    rows = pl.concat(list(_with_repeated_address(tables, config)))
    rows = rows.sort(
        "url_hash", "preference", "characters", *KEY, descending=[False, True, True, False, False]
    )
    first = [pl.col(name).first().over("url_hash").alias(f"{name}_first") for name in KEY]
    rows = rows.with_columns(first).filter(pl.int_range(pl.len()).over("url_hash") > 0)
    others = rows.select("shard", "doc_id", representative="doc_id_first", representative_shard="shard_first")
    parts = others.sort(KEY).partition_by("shard", as_dict=True, include_key=False)
    return Repeated({str(shard): part for (shard,), part in parts.items()})


def _with_repeated_address(tables: Tables, config: DedupConfig) -> Iterator[pl.DataFrame]:
    """Yield, shard by shard, the documents whose address occurs more than once in the lake."""
    hashes = [np.empty(0, "S16")]
    for shard in tables.shards:
        hashes.append(packed(tables.signatures(shard, ["url_hash"])["url_hash"].drop_nulls()))
    distinct, counts = np.unique(np.concatenate(hashes), return_counts=True)
    repeated = distinct[counts > 1]
    columns = ["doc_id", "characters", *FACTS]
    schema = {"doc_id": pl.String, "shard": pl.String, "url_hash": pl.String}
    yield pl.DataFrame(schema=schema | dict.fromkeys(("characters", "preference"), pl.Int64))
    for shard, own in zip(tables.shards, hashes[1:], strict=True):
        if np.isin(own, repeated).any():
            rows = tables.signatures(shard, columns).filter(pl.col("url_hash").is_not_null())
            rows = compact(rows.filter(pl.Series(np.isin(own, repeated))))
            rows = rows.with_columns(preference(rows, config), shard=pl.lit(shard, pl.String))
            yield rows.select("doc_id", "shard", "url_hash", "characters", "preference")


def before_without(before: Before, repeated: Repeated) -> tuple[Before, frozenset[str]]:
    """Return the last outcome without the documents that gave way then, and the shards where others do now.

    These count as changed: a document that gave way may be back, or the other way round.
    """

    def labels(shard: str, columns: Collection[str]) -> pl.DataFrame:
        read = before.labels(shard, list(dict.fromkeys((*columns, "drop_reason"))))
        return read.filter(_IN_CLUSTERS).select(columns)

    changed = frozenset(
        shard
        for shard in before.shards
        if shard not in before.gone and not repeated.of(shard).equals(_then(before, shard))
    )
    return replace(before, labels=labels, changed=changed | frozenset(before.changed)), changed


def _then(before: Before, shard: str) -> pl.DataFrame:
    read = before.labels(shard, [*_OTHERS, "drop_reason"])
    return read.filter(~_IN_CLUSTERS).select(list(_OTHERS)).sort("doc_id")


def update_with_addresses(
    tables: Tables, before: Before, config: DedupConfig, progress: Progress = silent, **options: int
) -> Update:
    """Return what ``update`` does, with the documents that give way to another of their address."""
    repeated = find_repeated(tables, config)
    then, moved = before_without(before, repeated) if config.urls else (before, frozenset())
    progress(repeated.documents)
    found = update(repeated.without(tables), then, config, progress, **options)
    labels = found.clusters.labels

    def make(shard: str) -> pl.DataFrame:
        return labels[shard] if shard in labels else then.labels(shard, LABEL_SCHEMA.names())

    rewritten = [shard for shard in tables.shards if shard in labels or shard in moved]
    told = repeated.labelled(tables, FramesOnDemand(rewritten, make), config)
    unchanged = [shard for shard in found.unchanged if shard not in moved]
    return Update(replace(found.clusters, labels=told), unchanged)


def cluster_with_addresses(
    tables: Tables,
    config: DedupConfig,
    progress: Progress = silent,
    *,
    spill: Spill | None = None,
    **options: int,
) -> Clusters:
    """Return what ``cluster`` does, with the documents that give way to another of their address."""
    repeated = find_repeated(tables, config)
    progress(repeated.documents)
    found = cluster(repeated.without(tables), config, progress, spill=spill, **options)
    return replace(found, labels=repeated.labelled(tables, found.labels, config))
