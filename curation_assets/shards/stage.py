"""Builds raw_documents and quarantine from one file of the inbox."""

from functools import partial

import polars as pl

from curation_assets.charts.plots import bars, histogram
from curation_assets.progress import Progress
from curation_assets.shards.checks import NOTHING_QUARANTINED
from curation_assets.shards.config import ShardsConfig
from curation_assets.shards.discovery import ShardFile
from curation_assets.shards.readers import read_shard
from curation_assets.stage import Built, MissingInputError, Plot, ShardStage
from curation_assets.workplace import Workplace
from resources.records import Counts


def shard_file(workplace: Workplace, shard: str) -> ShardFile:
    """Return the file behind a partition key; a key is looked up, never joined to a path.

    Raises:
        MissingInputError: the inbox has no such file.
    """
    try:
        return workplace.inbox.shards[shard]
    except KeyError:
        raise MissingInputError(f"the inbox {workplace.inbox_path} has no file for shard {shard!r}") from None


def build(workplace: Workplace, shard: str, progress: Progress) -> Built:
    file = shard_file(workplace, shard)
    raw, quarantine, rows = read_shard(file, workplace.config.shards, progress)
    return Built(
        tables={"raw_documents": raw, "quarantine": quarantine},
        figures={"file_bytes": file.size, "relative_path": file.relative_path},
        plots=_plots(raw, quarantine),
        bytes_in=int(raw["text"].str.len_bytes().sum()),
        rows_in=rows,
    )


def _plots(raw: pl.DataFrame, quarantine: pl.DataFrame) -> dict[str, Plot]:
    sources = dict(raw["source"].fill_null("(none)").value_counts(sort=True).iter_rows())
    rejected = dict(quarantine["reason"].value_counts(sort=True).iter_rows())
    lengths = raw["text"].str.len_chars().to_numpy()
    found: dict[str, Plot] = {
        "documents by source": partial(bars, sources, "Documents read, by source", "documents"),
        "length of texts": partial(histogram, lengths, "Texts as read", "characters", log=True),
    }
    if rejected:
        found["rows in quarantine"] = partial(bars, rejected, "Rows that could not be read", "rows")
    return found


def count(workplace: Workplace, shard: str) -> Counts:
    """Every position of the file that holds a row is in exactly one of the two tables.

    That none is missing is known from the reader's own count, see ``Built.rows_in``.
    """
    raw = workplace.lake.read("raw_documents", shard, ["position"])["position"]
    rejected = workplace.lake.read("quarantine", shard, ["position"])["position"]
    positions = pl.concat([raw, rejected])
    return Counts(rows_in=positions.n_unique(), kept=len(raw), quarantined=len(rejected))


def settings(workplace: Workplace) -> ShardsConfig:
    return workplace.config.shards


def external(workplace: Workplace, shard: str) -> str:
    return workplace.hashes.hash_of(shard_file(workplace, shard).path)


COLUMNS = {
    "doc_id": "hash of the record's own id, address and text",
    "shard": "the file of the inbox",
    "position": "line, row or record of the file, from 0",
    "text": "as read; the HTML of a web page",
    "kind": "text or html",
    "record_id": "the record's own id, if it has one",
    "source": "the record's source, else its first folder",
    "metadata": "all other fields, as JSON",
}

RAW_DOCUMENTS = ShardStage(
    name="raw_documents",
    reads=(),
    version="2",
    settings=settings,
    build=build,
    count=count,
    external=external,
    tables=("raw_documents", "quarantine"),
    heavy=True,
    checks=(NOTHING_QUARANTINED,),
    columns=COLUMNS,
)
