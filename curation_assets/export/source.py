"""The mixture as it lies in a lake: its manifest, its shards, and their rows a batch at a time."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from curation_assets.mixture.manifest import MANIFEST_FILE
from curation_assets.text.hashing import content_hash, uniform
from resources.lake import Lake

TABLE = "mixture"
MAIN = "main"
"""The phase of all documents, where the mixture names none."""
MOST_COPIES = 65_535
BATCH_BYTES = 16_000_000
MOST_ROWS = 8192
"""In a batch: texts that occur often are one in a Parquet file's size, and many in memory."""
SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "text": pl.String(),
        "source": pl.String(),
        "language": pl.String(),
        "url": pl.String(),
        "tokens": pl.Int64(),
        "quality": pl.Float64(),
        "density": pl.Float64(),
        "inclusion_probability": pl.Float64(),
        "weight": pl.Int64(),
        "phase": pl.String(),
        "position": pl.Float64(),
    }
)
"""The columns of an export; what else a mixture has comes after them."""


class ChangedError(RuntimeError):
    """The lake was written to while its mixture was read."""


@dataclass(frozen=True)
class Source:
    """A mixture that agrees with its manifest. ``files`` are the hashes of its tables by shard, sorted."""

    lake: Lake
    manifest: Mapping[str, Any]
    manifest_bytes: bytes
    files: Mapping[str, str]

    @classmethod
    def open(cls, lake: Lake) -> "Source":
        """Open what a lake has to export.

        Raises:
            LookupError: it has no mixture yet.
            ValueError: the manifest is damaged, or not that of the mixture beside it.
        """
        if not lake.root.is_dir():
            raise LookupError(f"there is no lake {lake.root}")
        path = lake.root / MANIFEST_FILE
        if not path.is_file():
            raise LookupError(f"the lake {lake.root} has no mixture yet: curate run makes one")
        data = path.read_bytes()
        try:
            manifest = json.loads(data)
            str(manifest["mixture_id"])
            stated = {name: digest for name, digest in manifest["files"].items() if name.endswith(".parquet")}
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ValueError(f"{path} is damaged: curate run --verify writes it again") from None
        files = {shard: digest for shard in lake.recorded_shards(TABLE) if (digest := _digest(lake, shard))}
        if {f"{TABLE}/{shard}.parquet": digest for shard, digest in files.items()} != stated:
            raise ValueError(
                f"the mixture in {lake.root} is not the one that its manifest describes: curate run brings"
                " them together"
            )
        return cls(lake, manifest, data, files)

    @property
    def mixture_id(self) -> str:
        return str(self.manifest["mixture_id"])

    @property
    def made_from(self) -> str:
        """The hash of the manifest and of the bytes of all tables."""
        return content_hash(self.manifest_bytes, *(part for item in self.files.items() for part in item))

    def phases(self) -> dict[str, int]:
        """Return the number of rows by phase, in the order of training.

        The order is that of ``mixture.allocation.phases`` in the manifest; others follow by name.
        """
        counts: dict[str, int] = {}
        for shard in self.files:
            rows = pl.scan_parquet(self.lake.table_path(TABLE, shard), glob=False)
            phase = pl.col("phase") if "phase" in rows.collect_schema() else pl.lit(MAIN, pl.String)
            found = rows.group_by(phase.fill_null(MAIN).alias("phase")).len().collect()
            for name, count in found.iter_rows():
                counts[name] = counts.get(name, 0) + count
        named = [name for name in _named_phases(self.manifest) if name in counts]
        order = [*dict.fromkeys(named), *sorted(counts.keys() - set(named))]
        return {name: counts[name] for name in order}

    def frames(
        self, shard: str, columns: Sequence[str] | None = None, phases: Sequence[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """Yield a shard's rows in its order, some 16 MB at a time, at least one frame, perhaps without rows.

        Columns are those of SCHEMA, and after them any others; or those named, all of SCHEMA. ``phase``,
        ``position`` and ``weight`` have their defaults where the mixture has none.

        Raises:
            ChangedError: the shard is not that of the manifest any more.
            ValueError: a weight is no whole number from 1 to 65,535, or a position not in [0, 1).
        """
        import pyarrow.parquet as pq

        self._check(shard)
        with pq.ParquetFile(self.lake.table_path(TABLE, shard)) as file:
            names = [name for name in file.schema_arrow.names if columns is None or name in columns]
            rows = _batch_rows(file.metadata)
            yield self._complete(pl.DataFrame(file.schema_arrow.empty_table().select(names)), columns, None)
            for batch in file.iter_batches(rows, columns=names, use_threads=False):
                yield self._complete(pl.DataFrame(batch), columns, phases)
        self._check(shard)

    def _complete(
        self, frame: pl.DataFrame, columns: Sequence[str] | None, phases: Sequence[str] | None
    ) -> pl.DataFrame:
        wanted = list(columns or [*SCHEMA, *[name for name in frame.columns if name not in SCHEMA]])
        missing = [name for name in wanted if name not in frame.columns]
        frame = frame.with_columns(pl.lit(None, SCHEMA[name]).alias(name) for name in missing)
        if "phase" in wanted:
            frame = frame.with_columns(pl.col("phase").fill_null(MAIN))
        if phases is not None:
            frame = frame.filter(pl.col("phase").is_in(list(phases)))
        if "weight" in wanted:
            frame = frame.with_columns(_whole(frame["weight"]))
        if "position" in wanted:
            frame = frame.with_columns(self._positions(frame))
        return frame.select(wanted).cast({name: SCHEMA[name] for name in wanted if name in SCHEMA})

    def _positions(self, frame: pl.DataFrame) -> pl.Series:
        """Return the key of each row's place in its phase: the mixture's, or else random by document."""
        known = frame["position"].cast(pl.Float64)
        if known.null_count():
            seed = int(_mixture_settings(self.manifest).get("seed") or 0)
            drawn = pl.Series([uniform(seed, doc_id) for doc_id in frame["doc_id"]], dtype=pl.Float64)
            known = pl.select(pl.coalesce(known, drawn)).to_series()
        if not known.is_between(0.0, 1.0, closed="left").all():
            raise ValueError("the mixture has a position that is not in [0, 1)")
        return known.alias("position")

    def _check(self, shard: str) -> None:
        """A record is withdrawn before its files are touched, so one that is there vouches for them."""
        if _digest(self.lake, shard) != self.files[shard]:
            raise ChangedError(
                f"the lake {self.lake.root} was written to meanwhile ({shard}): export again when it is done"
            )


def _digest(lake: Lake, shard: str) -> str | None:
    record = lake.record(TABLE, shard)
    return record.files.get(f"{TABLE}/{shard}.parquet") if record and not record.error else None


def _batch_rows(metadata: Any) -> int:
    """Return how many rows have about BATCH_BYTES together."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    return max(1, min(MOST_ROWS, BATCH_BYTES * metadata.num_rows // max(size, 1)))


def _whole(weight: pl.Series) -> pl.Series:
    whole = weight.fill_null(1).cast(pl.Int64, strict=False)
    fits = (whole == weight.fill_null(1)) & whole.is_between(1, MOST_COPIES)
    if not fits.fill_null(False).all():
        raise ValueError(
            f"the mixture has a weight that is not a whole number from 1 to {MOST_COPIES}: "
            f"{weight.filter(~fits.fill_null(False))[0]}"
        )
    return whole.alias("weight")


def _mixture_settings(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    config = manifest.get("config")
    section = config.get("mixture") if isinstance(config, dict) else None
    return section if isinstance(section, dict) else {}


def _named_phases(manifest: Mapping[str, Any]) -> list[str]:
    """Return the phases of the configuration, in the order of training."""
    allocation = _mixture_settings(manifest).get("allocation")
    phases = allocation.get("phases") if isinstance(allocation, dict) else None
    names = [phase.get("name") for phase in phases or () if isinstance(phase, dict)]
    return [name for name in names if isinstance(name, str)]
