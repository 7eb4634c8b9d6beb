"""The label tables of a plan, one a shard: what became of each candidate, and what the mixture says of it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.mixture.plan import Plan
from curation_assets.mixture.refusals import REASONS
from curation_assets.rounding import round_significant

PHASES = pl.List(pl.Struct({"phase": pl.String, "copies": pl.Int32, "position": pl.Float64}))
LABEL_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "selected": pl.Boolean(),
        "weight": pl.Float64(),
        "inclusion_probability": pl.Float64(),
        "phases": PHASES,
        "reason": pl.String(),
        "source": pl.String(),
        "language": pl.String(),
        "tokens": pl.Int64(),
        "quality": pl.Float64(),
        "density": pl.Float64(),
    }
)
OF_THE_MIXTURE = ("source", "language", "tokens", "quality", "density")


class LabelTables(Mapping[str, pl.DataFrame]):
    """The label table (LABEL_SCHEMA) of every shard, made when it is asked for: one at a time is in memory.

    Rows are in the order of doc_id. ``weight`` is how often a document is read in training: once for most of
    those taken, since the draw has already accounted for their worth, and 0 for the others. To estimate
    something about all candidates from the taken ones, divide by ``inclusion_probability`` instead.

    What only the mixture needs is null for documents that are not in it, and probabilities have six
    significant bits (1.6 %): so a table stays as it was unless the shard's own part in the mixture changes.
    """

    def __init__(self, plan: Plan, shards: Sequence[str]) -> None:
        self._plan, self._shards = plan, shards

    def __getitem__(self, shard: str) -> pl.DataFrame:
        plan, rows = self._plan, self._plan.candidates.rows_of(shard)
        candidates, copies = plan.candidates, plan.copies[rows]
        taken = copies > 0
        columns = {
            "doc_id": pl.Series(candidates.doc_id[rows].tolist(), dtype=pl.Binary).cast(pl.String),
            "shard": pl.repeat(shard, len(taken), dtype=pl.String, eager=True),
            "selected": taken,
            "weight": copies.astype(np.float64),
            "inclusion_probability": round_significant(plan.probability[rows]),
            "phases": self._phases(rows),
            "reason": _named(["", *REASONS], plan.reason[rows]),
            "source": _named(candidates.sources, candidates.source[rows]),
            "language": _named(candidates.languages, candidates.language[rows]),
            "tokens": candidates.tokens[rows],
            "quality": pl.Series(candidates.quality[rows]).fill_nan(None),
            "density": pl.Series(candidates.density[rows]).fill_nan(None),
        }
        table = pl.DataFrame(columns, LABEL_SCHEMA).with_columns(
            pl.when("selected").then(pl.col(OF_THE_MIXTURE)),
            phases=pl.when("selected").then("phases"),
            reason=pl.when(~pl.col("selected")).then("reason"),
        )
        return table.sort("doc_id").rechunk()

    def _phases(self, rows: slice) -> pl.Series:
        """Return the phases that read each document, in their order."""
        import pyarrow as pa

        phases = self._plan.phases
        copies = np.stack([phase.copies[rows] for phase in phases], axis=1)
        position = np.stack([phase.position[rows] for phase in phases], axis=1)
        document, phase = np.nonzero(copies > 0)
        found = pl.DataFrame(
            {
                "phase": _named([phase.name for phase in phases], phase.astype(np.uint32)),
                "copies": copies[document, phase].astype(np.int32),
                "position": position[document, phase],
            }
        )
        ends = np.cumsum((copies > 0).sum(axis=1), dtype=np.int64)
        lists = pa.LargeListArray.from_arrays(np.append(0, ends), found.to_struct("phases").to_arrow())
        return pl.Series("phases", pl.from_arrow(lists), dtype=PHASES)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shards)

    def __len__(self) -> int:
        return len(self._shards)


def _named(names: Sequence[str], codes: NDArray[np.unsignedinteger]) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(pl.Series(codes))
