"""Which documents are contained in a larger one.

A is contained in B if B has more distinct shingles (runs of 5 words), and at least ``threshold`` of A's. So
the relation goes from the smaller to the larger alone and has no cycles: the largest document of a chain
always stays, and every other one is dropped, also one whose container is itself contained in a third. Which
two are compared depends on the documents as ``candidates`` says; of those that contain a document the one of
most shingles is told, then the smallest doc_id, then shard.
"""

from dataclasses import dataclass

import polars as pl

from curation_assets.containment.candidates import find_candidates
from curation_assets.containment.config import ContainmentConfig
from curation_assets.containment.tables import Tables
from curation_assets.containment.verify import PAIR_SCHEMA, verify
from curation_assets.progress import Progress, silent

CONTAINED = "contained"
LABEL_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "contained_in": pl.String(),
        "container_shard": pl.String(),
        "containment": pl.Float64(),
        "kept": pl.Boolean(),
        "drop_reason": pl.String(),
    }
)
FOUND = LABEL_SCHEMA.names()[:5]


@dataclass(frozen=True)
class Found:
    """The excerpts of a lake.

    Attributes:
        excerpts: ``FOUND``, one row a document that is contained, by shard and doc_id.
        pairs: ``verify.PAIR_SCHEMA``, what was decided by; for the next time.
        candidates: pairs that could have had to be compared.  compared: pairs that were.
    """

    excerpts: pl.DataFrame
    pairs: pl.DataFrame
    candidates: int = 0
    compared: int = 0


def find(
    tables: Tables, config: ContainmentConfig, progress: Progress = silent, known: pl.DataFrame | None = None
) -> Found:
    """Return the excerpts of a lake; the same whatever is known of pairs.

    Args:
        known: pairs of an earlier time, made with the same settings: their texts are not read.
    """
    nothing = pl.DataFrame(schema={name: LABEL_SCHEMA[name] for name in FOUND})
    no_pairs = pl.DataFrame(schema=PAIR_SCHEMA)
    if not config.enabled:
        return Found(nothing, no_pairs)
    candidates = find_candidates(tables, config)
    verified = verify(candidates, no_pairs if known is None else known, tables, config.threshold, progress)
    small, large = (
        candidates.documents[ends[verified.pairs]] for ends in (candidates.small, candidates.large)
    )
    excerpts = small.select("doc_id", "shard").with_columns(
        contained_in=large["doc_id"],
        container_shard=large["shard"],
        containment=pl.Series(verified.containment, dtype=pl.Float64),
    )
    return Found(
        pl.concat([nothing, excerpts]).sort("shard", "doc_id"),
        verified.table,
        len(candidates.small),
        verified.compared,
    )


def excerpts_of(found: Found, shard: str) -> pl.DataFrame:
    """Return ``FOUND`` of a shard, by doc_id."""
    return found.excerpts.filter(pl.col("shard") == shard)


def labels(found: Found, shard: str, doc_ids: pl.Series) -> pl.DataFrame:
    """Return ``LABEL_SCHEMA`` of the documents of a shard, by doc_id."""
    rows = pl.DataFrame({"doc_id": doc_ids}, schema={"doc_id": pl.String}).with_columns(shard=pl.lit(shard))
    told = rows.join(excerpts_of(found, shard).drop("shard"), on="doc_id", how="left", maintain_order="left")
    kept = pl.col("contained_in").is_null()
    told = told.with_columns(kept=kept, drop_reason=pl.when(~kept).then(pl.lit(CONTAINED)))
    return told.select(LABEL_SCHEMA.names()).sort("doc_id").rechunk()
