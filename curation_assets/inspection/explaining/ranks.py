"""The ranks of one document's values among the documents of its language and source."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from curation_assets.inspection.explaining.finding import readable_by_shard
from resources.lake import Lake

_GROUP = ("language", "source")
_KEY = ("doc_id", "shard")


@dataclass(frozen=True)
class Rank:
    """Where a value stands, exactly, among all documents of the lake of the same language and source.

    Attributes:
        place: 1 for the greatest value; equal values share the better place.
        of: documents of the group that have a value.
        share: share of the group that lies below, equals counting half: what mixture.minimum_rank is
            compared with.
    """

    place: int
    of: int
    share: float


class Ranks:
    """Ranks among the documents of one language and source; who they are is read once.

    Read are ids and two columns of clean_documents, and of a table of scores the ids of all documents and the
    values of these; no text.
    """

    def __init__(self, lake: Lake, language: str | None, source: str | None) -> None:
        self._lake, self._alike = lake, (language, source)

    def of(self, table: str, values: Mapping[str, float | None]) -> dict[str, Rank]:
        """Return the rank of each value that is a number.

        Args:
            table: quality_scores or density_estimates; a shard that lacks a column counts as without values.
            values: those of the document, by column of the table.
        """
        known = {name: value for name, value in values.items() if value is not None and value == value}
        there = set(self._group["shard"].unique())
        paths = [path for shard, path in readable_by_shard(self._lake, table).items() if shard in there]
        if not known or not paths:
            return {}
        schema = pl.Schema({**dict.fromkeys(_KEY, pl.String()), **dict.fromkeys(known, pl.Float64())})
        scores = pl.scan_parquet(
            paths, glob=False, schema=schema, extra_columns="ignore", missing_columns="insert"
        )
        # By doc_id first, which the scan does before it reads values; a record may lie in several shards.
        likely = scores.filter(pl.col("doc_id").is_in(self._group["doc_id"].implode())).collect()
        found = likely.join(self._group, on=_KEY, how="semi")
        ranked = {}
        for name, value in known.items():
            numbers = found[name].fill_nan(None)
            above, equal, of = int((numbers > value).sum()), int((numbers == value).sum()), numbers.count()
            if of:
                ranked[name] = Rank(above + 1, of, (of - above - equal + equal / 2) / of)
        return ranked

    @cached_property
    def _group(self) -> pl.DataFrame:
        paths = list(readable_by_shard(self._lake, "clean_documents").values())
        if not paths:
            return pl.DataFrame(schema=dict.fromkeys(_KEY, pl.String))
        alike = [
            pl.col(name).eq_missing(pl.lit(value, pl.String))
            for name, value in zip(_GROUP, self._alike, strict=True)
        ]
        return pl.scan_parquet(paths, glob=False).filter(*alike).select(_KEY).collect()
