"""What became of documents whose kind is known: planted copies, spam, gibberish, or others with a label."""

import json
from pathlib import Path

import polars as pl

from curation_assets.report.figures import Planted
from resources.lake import Lake

UNREAD = "quarantine"
_SCHEMA = {"case": pl.String, "shard": pl.String, "record_id": pl.String, "position": pl.Int64}


def read_labels(path: Path) -> pl.DataFrame:
    """Return labels, one row a line of JSON: case, shard and record_id (or position).

    Raises:
        ValueError: a line is none; the message names it.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            label = json.loads(line)
            row = {name: label.get(name) for name in _SCHEMA}
            if not (isinstance(row["case"], str) and isinstance(row["shard"], str)):
                raise ValueError("it needs the texts case and shard")
            if row["record_id"] is None and row["position"] is None:
                raise ValueError("it needs record_id or position")
            rows.append({**row, "record_id": None if row["record_id"] is None else str(row["record_id"])})
        except (ValueError, AttributeError) as error:
            raise ValueError(f"line {number} of {path} is no label: {error}") from None
    return pl.DataFrame(rows, _SCHEMA)


def planted(lake: Lake, shards: list[str], labels: pl.DataFrame) -> tuple[Planted, ...]:
    """Return what became of the labelled documents, by kind, the most frequent kind first.

    Labels of shards that the lake does not have, and of documents that a shard does not have, count as
    labelled and not found.
    """
    known = set(shards)
    parts = [
        _fates(lake, str(shard), rows) if str(shard) in known else rows.select("case", stage=pl.lit(None))
        for (shard,), rows in labels.group_by("shard", maintain_order=True)
    ]
    schema = {"case": pl.String, "stage": pl.String}
    fates = pl.concat([pl.DataFrame(schema=schema), *(part.cast(schema) for part in parts)])  # type: ignore[arg-type]
    counted = (
        fates.group_by("case", "stage").len().sort("case", "len", "stage", descending=[False, True, False])
    )
    found = []
    for (case,), rows in counted.group_by("case", maintain_order=True):
        amounts = {stage: int(number) for _, stage, number in rows.iter_rows()}
        labelled, absent = sum(amounts.values()), amounts.pop(None, 0)
        mixture = amounts.pop("", 0)
        found.append(Planted(str(case), labelled, labelled - absent, amounts, mixture))
    return tuple(sorted(found, key=lambda one: (-one.labelled, one.kind)))


def _fates(lake: Lake, shard: str, labels: pl.DataFrame) -> pl.DataFrame:
    """Return case and stage of labels: "" for a document of the mixture, null for one that is not found."""
    raw = lake.read("raw_documents", shard, ["doc_id", "record_id", "position"])
    ledger = lake.read("ledger", shard, ["doc_id", "stage"]).with_columns(pl.col("stage").fill_null(""))
    documents = raw.join(ledger, "doc_id")
    by_name = labels.filter(pl.col("record_id").is_not_null()).join(
        documents.unique("record_id", keep="first", maintain_order=True), "record_id", how="left"
    )
    by_place = labels.filter(pl.col("record_id").is_null())
    told = documents.select("position", "stage")
    if lake.table_path("quarantine", shard).is_file():
        unread = lake.read("quarantine", shard, ["position"]).select("position", stage=pl.lit(UNREAD))
        told = pl.concat([unread, told]).unique("position", keep="first", maintain_order=True)
    placed = by_place.join(told, "position", how="left")
    return pl.concat([by_name.select("case", "stage"), placed.select("case", "stage")])
