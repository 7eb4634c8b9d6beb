"""The way of ``cluster`` through a lake that does not fit memory.

1. ``numbering``: one pass over the signatures divides the exact hashes by range; each range is numbered.
2. ``bands``: one pass divides the band keys by range; each range tells which contents share a key.
3. ``batches``: one pass divides what hangs together into batches, with its texts.
4. ``settling``: each batch is verified and grouped by itself.
5. ``results``: label tables are made shard by shard, in one more pass, and the edges piece by piece.

Ranges and batches are independent, so they go to ``Spill.compute``. What comes back of them are counts and
files; these are put together in an order that does not depend on which came first.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.ranges.bands import join_by_ranges, joined_with_others
from curation_assets.dedup.ranges.batches import divide_into_batches
from curation_assets.dedup.ranges.numbering import number_by_ranges
from curation_assets.dedup.ranges.results import EdgesInPieces, LabelsOfBatches, edges_of
from curation_assets.dedup.ranges.settling import SHARDS, SettleBatch
from curation_assets.dedup.ranges.spill import Spill, WorkFolder
from curation_assets.dedup.tables import FramesOnDemand, Tables
from curation_assets.progress import Progress


class ClustersByRanges(NamedTuple):
    """As ``cluster.Clusters``; the files that labels and edges are made of live as long as these."""

    labels: Mapping[str, pl.DataFrame]
    edges: pl.DataFrame | EdgesInPieces
    sizes: pl.Series
    compared: int
    characters: int


def cluster_by_ranges(
    tables: Tables,
    config: DedupConfig,
    spill: Spill,
    progress: Progress,
    *,
    block_tokens: int,
    all_pairs_limit: int,
) -> ClustersByRanges:
    """Find the clusters as ``cluster`` does; ``tables`` tell the sources' settings already."""
    heights = [tables.signatures(shard, ["tokens"]).height for shard in tables.shards]
    work = WorkFolder(spill.folder)
    numbered = number_by_ranges(tables, heights, work.path, spill)
    roots = join_by_ranges(tables, numbered, config.bands, work.path, spill)
    others = joined_with_others(roots)
    batches, compared = divide_into_batches(
        tables, numbered, roots, others, config, work.path, spill, progress
    )
    del roots, others
    (work.path / SHARDS).write_text(json.dumps(list(tables.shards)))
    names = sorted(path.name.removeprefix("rows.") for path in work.path.glob("rows.*"))
    task = SettleBatch(work.path, config, batches, block_tokens, all_pairs_limit)
    settled = dict(spill.compute.map(task, names, progress))
    sizes = [np.empty(0, np.int64), *(settled[name].sizes for name in names)]
    edges = edges_of(work, settled, spill)
    return ClustersByRanges(
        FramesOnDemand(tables.shards, LabelsOfBatches(tables, config, work, batches, names)),
        edges.frame() if edges.pieces == 1 else edges,
        pl.Series("cluster_size", np.concatenate(sizes)),
        compared,
        numbered.characters,
    )
