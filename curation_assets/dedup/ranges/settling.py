"""The clusters of one batch: its pairs verified, its representatives chosen, its labels and edges written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from curation_assets.dedup.candidates import Candidates, connected_components
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.contents import Hashes, packed
from curation_assets.dedup.labels import Grouping, edge_frame, group
from curation_assets.dedup.pairs import Pairs
from curation_assets.dedup.ranges.batches import COMPARED, ROWS
from curation_assets.dedup.ranges.spill import arrow, read_frames
from curation_assets.dedup.sources import thresholds
from curation_assets.dedup.tables import band_key_matrix
from curation_assets.dedup.verify import similarity_of_pairs, verified_pairs
from curation_assets.progress import Progress
from curation_assets.shingles.store import ShingleStore, fill

Indices = NDArray[np.int64]
SHARDS = "shards.json"
EDGES_TOLD = 256
IN_CLUSTERS = pl.Schema(
    {
        "shard": pl.Int32(),
        "doc_id": pl.String(),
        "cluster_id": pl.String(),
        "cluster_size": pl.Int64(),
        "representative": pl.String(),
        "representative_shard": pl.String(),
        "similarity": pl.Float64(),
        "place": pl.Int64(),
        "exact": pl.Boolean(),
    }
)
"""What the label of a document in a cluster tells of it; ``exact``: it has the representative's content."""


class Settled(NamedTuple):
    """What there is in a batch.

    ``sizes``: int64, of the clusters of more than one document. ``edges``: their number. ``some_edges``: the
    doc_id_a of some of them, evenly spread.
    """

    sizes: Indices
    edges: int
    some_edges: Sequence[str]


def groups_of(shards: int, batches: int) -> int:
    """Return into how many groups of shards the labels are divided: as large as batches."""
    return min(shards, batches)


def group_starts(shards: int, groups: int) -> Indices:
    """Return the first shard of each group, and their number."""
    return -(np.arange(groups + 1) * -shards // groups)


@dataclass(frozen=True)
class SettleBatch:
    """Settles a batch, in a worker.

    Writes ``labels.batch``, an Arrow file with a record batch for each group of shards, and ``edges.batch``,
    one with its edges, sorted.
    """

    folder: Path
    config: DedupConfig
    batches: int
    block_tokens: int
    all_pairs_limit: int

    def __call__(self, batch: str, progress: Progress) -> Settled:
        shards = json.loads((self.folder / SHARDS).read_text())
        rows_path, compared_path = self.folder / f"rows.{batch}", self.folder / f"compared.{batch}"
        rows = read_frames(rows_path, ROWS)
        distinct, contents = np.unique(rows["content"].to_numpy(), return_inverse=True)
        rows = rows.with_columns(content=pl.Series(contents.astype(np.int64)))
        hashes = packed(rows.unique("content", keep="any").sort("content")["exact_hash"])
        compared = _Compared(read_frames(compared_path, COMPARED), distinct, self)
        pairs = compared.verified(hashes, progress, self.all_pairs_limit)
        roots = connected_components(len(distinct), pairs.left, pairs.right)
        grouping = group(rows, roots, shards, pairs, compared.similarities)
        edges = edge_frame(pairs, rows, hashes, shards)
        _write(self.folder / f"edges.{batch}", [edges])
        self._write_labels(batch, _labels(rows, grouping), len(shards))
        for path in (rows_path, compared_path):
            path.unlink(missing_ok=True)
        some = edges["doc_id_a"].gather_every(edges.height // EDGES_TOLD + 1).to_list()
        sizes = grouping.table["cluster_size"].to_numpy().astype(np.int64)
        return Settled(sizes, edges.height, some)

    def _write_labels(self, batch: str, labels: pl.DataFrame, shards: int) -> None:
        groups = groups_of(shards, self.batches)
        bounds = np.searchsorted(labels["shard"].to_numpy(), group_starts(shards, groups)).tolist()
        parts = [labels[start:end] for start, end in pairwise(bounds)]
        _write(self.folder / f"labels.{batch}", parts)


class _Compared:
    """The contents of a batch that may be copies, and their texts; contents are numbered within the batch."""

    def __init__(self, found: pl.DataFrame, distinct: NDArray[np.uint64], how: SettleBatch) -> None:
        found = found.sort("component", "content")
        self._numbers = np.searchsorted(distinct, found["content"].to_numpy()).astype(np.int64)
        component = found["component"].to_numpy()
        self._component = np.cumsum(np.diff(component, prepend=component[:1]) != 0).astype(np.int64)
        self._keys = band_key_matrix(found["band_keys"], how.config.bands)
        self._place = np.zeros(len(distinct), dtype=np.int64)
        self._place[self._numbers] = np.arange(len(self._numbers))
        self._tokens = np.zeros(len(distinct), dtype=np.int64)
        self._tokens[self._numbers] = found["tokens"].to_numpy()
        self._config, self._block_tokens = how.config, how.block_tokens
        tokens, numbers = found["tokens"].to_numpy(), np.arange(found.height)
        self._sets = ShingleStore(tokens, how.folder)
        texts = iter([(numbers, found["text"])])
        fill(self._sets, numbers, tokens, texts, how.config.shingle_words, how.block_tokens)

    def verified(self, hashes: Hashes, progress: Progress, all_pairs_limit: int) -> Pairs:
        return verified_pairs(
            Candidates(self._numbers, self._component, self._keys),
            self._tokens,
            self._sets,
            self._config,
            progress,
            block_tokens=self._block_tokens,
            all_pairs_limit=all_pairs_limit,
            thresholds=thresholds(hashes, self._config),
        )

    def similarities(self, left: Indices, right: Indices) -> NDArray[np.float64]:
        return similarity_of_pairs(
            self._place[left],
            self._place[right],
            self._tokens[self._numbers],
            self._sets,
            block_tokens=self._block_tokens,
        )


def _labels(rows: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    """Return the documents in clusters of more than one, as ``IN_CLUSTERS``, by shard."""
    cluster = grouping.cluster[rows["content"].to_numpy()]
    chosen = cluster >= 0
    own = rows.select("shard", "doc_id", "content").filter(chosen)
    places = [frame.with_columns(shard=pl.lit(number, pl.Int32)) for number, frame in grouping.places.items()]
    told = own.hstack(grouping.table[cluster[chosen]]).with_columns(
        similarity=pl.Series(grouping.similarity[own["content"].to_numpy()]),
        exact=pl.col("representative_content") == pl.col("content"),
    )
    if places:
        told = told.join(pl.concat(places), on=["shard", "doc_id"], how="left")
    else:
        told = told.with_columns(place=pl.lit(None, pl.Int64))
    return told.select(IN_CLUSTERS.names()).cast(IN_CLUSTERS).sort("shard")


def _write(path: Path, parts: Sequence[pl.DataFrame]) -> None:
    """Write an Arrow file with a record batch for each part, empty ones too."""
    schema = arrow(parts[0].clear()).schema
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as stream:
        for part in parts:
            table = arrow(part).combine_chunks()
            stream.write_batch(
                table.to_batches()[0] if len(table) else pa.RecordBatch.from_pylist([], schema=schema)
            )
