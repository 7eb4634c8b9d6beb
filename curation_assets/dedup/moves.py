"""Which documents came and went since the last build: told row by row, from label tables and signatures."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.contents import Hashes, packed
from curation_assets.dedup.labels import LABEL_SCHEMA
from curation_assets.dedup.preference import ROW, ranked
from curation_assets.dedup.tables import ReadShard, Tables, check_unique, compact
from curation_assets.progress import Progress


@dataclass(frozen=True)
class Before:
    """The last outcome of ``cluster`` or ``update``, made with the same settings.

    Attributes:
        shards: the shards that it was made of.
        labels: reads their label tables.
        edges: reads the named columns of the edges, ``EDGE_SCHEMA``; asked twice, to save memory.
        changed: shards of now that have other inputs than then, or that were not there.
        gone: shards of then that are no more.
    """

    shards: Collection[str]
    labels: ReadShard
    edges: Callable[[Sequence[str]], pl.DataFrame]
    changed: Collection[str]
    gone: Collection[str]


@dataclass(frozen=True)
class Moves:
    """What came and went.

    Attributes:
        added: ROW and shard of documents that were not there, or not so.
        removed: the same of those that are no more, or no more so.
        new: S16, ascending: contents that no document had before; some that one in an unchanged shard had may
            be among them.
    """

    added: pl.DataFrame
    removed: pl.DataFrame
    new: Hashes

    @property
    def touched(self) -> Hashes:
        """The contents of all documents that came or went."""
        return np.union1d(packed(self.added["exact_hash"]), packed(self.removed["exact_hash"]))


def find_moves(tables: Tables, before: Before, config: DedupConfig, progress: Progress) -> Moves:
    """Compare the rows of the changed shards with their last label tables.

    Raises:
        ValueError: a doc_id is there twice in a shard.
    """
    nothing = pl.DataFrame(schema={name: LABEL_SCHEMA[name] for name in ROW})
    added, removed, new = [_named(nothing, "")], [_named(nothing, "")], [np.empty(0, "S16")]
    for shard in sorted({*before.changed, *before.gone}):
        now = nothing if shard in before.gone else ranked(tables, shard, config)
        then = before.labels(shard, ROW) if shard in before.shards else nothing
        check_unique(now, shard)
        came = now.join(then, on=ROW, how="anti")
        added.append(_named(came, shard))
        removed.append(_named(then.join(now, on=ROW, how="anti"), shard))
        new.append(packed(came.join(then, on="exact_hash", how="anti")["exact_hash"]))
        progress(now.height)
    went = pl.concat(removed)
    new_contents = np.unique(np.concatenate(new))
    elsewhere = np.isin(new_contents, packed(went["exact_hash"]))
    return Moves(pl.concat(added), went, new_contents[~elsewhere])


def _named(rows: pl.DataFrame, shard: str) -> pl.DataFrame:
    return compact(rows.select(ROW)).with_columns(shard=pl.lit(shard, pl.String))
