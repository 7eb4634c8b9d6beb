"""All that is needed to settle the clusters, divided into batches that need nothing of each other.

Whatever hangs together by band keys is in one batch, with all documents of its contents, and the texts that
have to be compared. So each shard's texts are read once, and a batch is settled without the lake.
"""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.preference import ranked
from curation_assets.dedup.ranges.numbering import FIRST, SEVERAL, Numbered, Numbers
from curation_assets.dedup.ranges.spill import FrameFiles, Spill
from curation_assets.dedup.tables import Tables, compact
from curation_assets.progress import Progress

BYTES_A_DOCUMENT, BYTES_A_BAND = 1_300, 16
"""What settling a batch takes for a document: strings of labels, and pairs; its keys, which are there twice.
Texts stay on disk but for two blocks."""
ROWS = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.Int32(),
        "content": pl.UInt64(),
        "exact_hash": pl.String(),
        "characters": pl.Int64(),
        "preference": pl.Int64(),
    }
)
COMPARED = pl.Schema(
    {
        "content": pl.UInt64(),
        "component": pl.UInt64(),
        "tokens": pl.Int64(),
        "band_keys": pl.List(pl.UInt64),
        "text": pl.String(),
    }
)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / the golden ratio: neighbours go to different batches


def divide_into_batches(
    tables: Tables,
    numbered: Numbered,
    roots: Numbers,
    others: NDArray[np.bool_],
    config: DedupConfig,
    folder: Path,
    spill: Spill,
    progress: Progress,
) -> tuple[int, int]:
    """Write the documents (``rows.batch``) and the contents to compare (``compared.batch``) of each batch.

    Documents that nothing is like are left out, and told to ``progress``.

    Returns:
        How many batches there are, and how many contents have to be compared.
    """
    bytes_a_document = BYTES_A_DOCUMENT + config.bands * BYTES_A_BAND
    batches = spill.ranges(_documents(numbered, others), bytes_a_document)
    buffer_bytes = spill.range_bytes // 8
    rows_of, compared_of = (FrameFiles(folder, name, buffer_bytes) for name in ("rows", "compared"))
    compared = 0
    for number in range(len(tables.shards)):
        contents, flags = numbered.of_shards(number, number + 1)
        first = others[contents] & ((flags & FIRST) > 0)
        wanted = others[contents] | ((flags & SEVERAL) > 0)
        batch = (roots[contents].astype(np.uint64) * _SPREAD >> np.uint64(32)) % np.uint64(batches)
        if wanted.any():
            rows_of.add(_rows(tables, number, contents, batch, wanted, config))
        if first.any():
            compared_of.add(_compared(tables, number, contents, roots, batch, first))
        compared += int(first.sum())
        progress(len(contents) - int(first.sum()))
    rows_of.flush()
    compared_of.flush()
    return batches, compared


def _documents(numbered: Numbered, others: NDArray[np.bool_]) -> int:
    """Return how many documents there are in components or with copies."""
    count = 0
    for number in range(len(numbered.offsets) - 1):
        contents, flags = numbered.of_shards(number, number + 1)
        count += int((others[contents] | ((flags & SEVERAL) > 0)).sum())
    return count


def _rows(
    tables: Tables,
    number: int,
    contents: Numbers,
    batch: NDArray[np.uint64],
    wanted: NDArray[np.bool_],
    config: DedupConfig,
) -> pl.DataFrame:
    rows = compact(ranked(tables, tables.shards[number], config).filter(wanted))
    told = rows.with_columns(
        shard=pl.lit(number, pl.Int32), content=pl.Series(contents[wanted], dtype=pl.UInt64)
    )
    return told.select(ROWS.names()).with_columns(batch=pl.Series(batch[wanted]))


def _compared(
    tables: Tables,
    number: int,
    contents: Numbers,
    roots: Numbers,
    batch: NDArray[np.uint64],
    first: NDArray[np.bool_],
) -> pl.DataFrame:
    shard, own = tables.shards[number], contents[first]
    rows = tables.signatures(shard, ["doc_id", "tokens", "band_keys"]).filter(first)
    texts = tables.texts(rows.select("doc_id", shard=pl.lit(shard, pl.String)))
    told = rows.select(
        pl.Series("content", own, dtype=pl.UInt64),
        pl.Series("component", roots[own], dtype=pl.UInt64),
        pl.col("tokens").cast(pl.Int64),
        "band_keys",
        text=texts,
    )
    return compact(told).with_columns(batch=pl.Series(batch[first]))
