"""The labels and edges of all batches, put together shard by shard and piece by piece."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.labels import EDGE_ORDER, EDGE_SCHEMA, Grouping, in_order, labelled
from curation_assets.dedup.preference import ranked
from curation_assets.dedup.ranges.settling import IN_CLUSTERS, Settled, group_starts, groups_of
from curation_assets.dedup.ranges.spill import FrameFiles, Spill, WorkFolder, arrow, read_frames
from curation_assets.dedup.tables import Tables

BYTES_AN_EDGE = 600
"""An edge is 230 bytes; sorting and writing take as much each."""


@dataclass
class LabelsOfBatches:
    """Makes the label table of a shard, in the order of shards: it reads those of a group at a time."""

    tables: Tables
    config: DedupConfig
    work: WorkFolder
    batches: int
    settled: Sequence[str]
    """The batches that have documents, whose files have to be there."""
    _group: int = -1
    _rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=IN_CLUSTERS))

    def __post_init__(self) -> None:
        self._numbers = {shard: number for number, shard in enumerate(self.tables.shards)}

    def __call__(self, shard: str) -> pl.DataFrame:
        number = self._numbers[shard]
        own = self._rows_of_group(number).filter(pl.col("shard") == number)
        rows = ranked(self.tables, shard, self.config)
        place = rows.select("doc_id").join(
            own.select("doc_id").with_row_index("content", 1), on="doc_id", how="left", maintain_order="left"
        )
        contents = place["content"].fill_null(0).cast(pl.Int64).to_numpy()
        return in_order(labelled(rows, shard, number, contents, _grouping(own, number), self.config))

    def _rows_of_group(self, number: int) -> pl.DataFrame:
        shards = len(self.tables.shards)
        starts = group_starts(shards, groups_of(shards, self.batches))
        group = int(np.searchsorted(starts, number, side="right")) - 1
        if group != self._group:
            paths = (self.work.path / f"labels.{batch}" for batch in self.settled)
            parts = [pl.DataFrame(schema=IN_CLUSTERS), *(_record_batch(path, group) for path in paths)]
            self._group, self._rows = group, pl.concat(parts, rechunk=True)
        return self._rows


def _record_batch(path: Path, number: int) -> pl.DataFrame:
    with pa.memory_map(str(path)) as source:
        found = pl.from_arrow(pa.ipc.open_file(source).get_batch(number))
    assert isinstance(found, pl.DataFrame)
    return found


def _grouping(own: pl.DataFrame, number: int) -> Grouping:
    """Return the clusters that documents of a shard are in, each document a content; 0 is in none."""
    contents = np.arange(1, own.height + 1)
    columns = ["cluster_id", "cluster_size", "representative", "representative_shard"]
    same = np.where(own["exact"].to_numpy(), contents, -1)
    return Grouping(
        np.arange(-1, own.height),
        np.concatenate([[1.0], own["similarity"].to_numpy()]),
        own.select(*columns, representative_content=pl.Series(same, dtype=pl.Int64)),
        {number: own.select("doc_id", "place")},
    )


@dataclass(frozen=True)
class EdgesInPieces:
    """The edges as a table that is never in memory as a whole; ``height`` is their number.

    Each piece has the edges of a range of ``doc_id_a``.
    """

    work: WorkFolder
    height: int
    pieces: int

    @property
    def columns(self) -> list[str]:
        return EDGE_SCHEMA.names()

    def write_parquet(self, path: Path, *, compression: str = "zstd") -> None:
        import pyarrow.parquet as pq

        schema = arrow(pl.DataFrame(schema=EDGE_SCHEMA)).schema
        with pq.ParquetWriter(path, schema, compression=compression) as writer:
            for piece in self._sorted():
                writer.write_table(arrow(piece))

    def frame(self) -> pl.DataFrame:
        """Return all edges, sorted."""
        return pl.concat([pl.DataFrame(schema=EDGE_SCHEMA), *self._sorted()]).rechunk()

    def _sorted(self) -> Iterator[pl.DataFrame]:
        for number in range(self.pieces):
            yield read_frames(self.work.path / f"piece.{number}", EDGE_SCHEMA).sort(EDGE_ORDER).rechunk()


def edges_of(work: WorkFolder, settled: Mapping[str, Settled], spill: Spill) -> EdgesInPieces:
    """Divide the edges of all batches, by what was settled in each, into pieces that fit memory."""
    count = sum(found.edges for found in settled.values())
    pieces = spill.ranges(count, BYTES_AN_EDGE)
    told = [doc_id for found in settled.values() for doc_id in found.some_edges]
    some = pl.Series("doc_id_a", told, dtype=pl.String).sort()
    bounds = some.gather(np.arange(1, pieces) * len(some) // pieces) if count else some
    files = FrameFiles(work.path, "piece", spill.range_bytes // 8)
    for batch in settled:
        path = work.path / f"edges.{batch}"
        edges = _record_batch(path, 0)
        files.add(edges.with_columns(batch=bounds.search_sorted(edges["doc_id_a"], side="right")))
        path.unlink()
    files.flush()
    return EdgesInPieces(work, count, pieces)
