"""Reads what a plan looks at from the tables of earlier stages."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import polars as pl

from curation_assets.mixture.candidates import CANDIDATE_SCHEMA, Candidates, collect
from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.needs import (
    NEIGHBOURS,
    OF_THE_SEMANTIC_STAGE,
    OF_THE_TOPICS,
    SCORES,
    further_columns,
    looked_at,
)
from curation_assets.mixture.refusals import CODES, CONTAMINATED, OUTLIER, SEMANTIC_DUPLICATE
from curation_assets.mixture.samplers.interface import Neighbours
from curation_assets.progress import Progress
from resources.lake import Lake


def read_candidates(
    lake: Lake, shards: Sequence[str], config: MixtureConfig, progress: Progress
) -> Candidates:
    """Return all candidates of the lake with what this configuration looks at."""
    further = further_columns(config)

    def tables() -> Iterator[tuple[str, pl.DataFrame]]:
        for shard in shards:
            table = candidates_of(lake, shard, further)
            progress(table.height)
            yield shard, table

    found = collect(tables(), further)
    if NEIGHBOURS in looked_at(config):
        found = found.with_pairs(_pairs(lake, shards, found))
    return found


def candidates_of(lake: Lake, shard: str, further: Collection[str] = ()) -> pl.DataFrame:
    """Return the surviving documents of a shard: CANDIDATE_SCHEMA and further columns.

    Every survivor has a row of scores and none else has, which the check of that stage counts.
    """
    named = [name.removeprefix(SCORES) for name in further if name.startswith(SCORES)]
    scores = lake.read("quality_scores", shard, ["doc_id", "quality", "tokens", "bytes", *named])
    of_semantic = sorted(OF_THE_SEMANTIC_STAGE & set(further))
    parts = [
        lake.read("density_estimates", shard, ["doc_id", "density"]),
        lake.read("clean_documents", shard, ["doc_id", "source", "language"]),
        lake.read("dedup_clusters", shard, ["doc_id", "weight"]),
        lake.read("semantic_duplicates", shard, ["doc_id", "kept", *of_semantic]),
        lake.read("outliers", shard, ["doc_id", "outlier"]),
        lake.read("contamination", shard, ["doc_id", "contaminated"]),
    ]
    of_topics = sorted(OF_THE_TOPICS & set(further))
    if of_topics:
        parts.append(lake.read("topics", shard, ["doc_id", *of_topics]))
    joined = scores.rename({name: f"{SCORES}{name}" for name in named})
    for part in parts:
        joined = joined.join(part, on="doc_id", how="left", maintain_order="left")
    refused = (
        pl.when("contaminated")
        .then(int(CODES[CONTAMINATED]))
        .when(~pl.col("kept"))
        .then(int(CODES[SEMANTIC_DUPLICATE]))
        .when("outlier")
        .then(int(CODES[OUTLIER]))
        .otherwise(0)
    )
    return joined.with_columns(refused=refused.cast(pl.UInt8)).select(*CANDIDATE_SCHEMA.names(), *further)


def _pairs(lake: Lake, shards: Sequence[str], candidates: Candidates) -> Neighbours:
    """Return the pairs of near documents, by rows of the candidates; a doc_id that is not one is left out."""
    order = np.argsort(candidates.doc_id, kind="stable")
    in_order = candidates.doc_id[order]
    one, other, similarity = [np.empty(0, np.uint32)], [np.empty(0, np.uint32)], [np.empty(0, np.float32)]
    for shard in shards:
        table = lake.read("neighbours", shard, ["doc_id", "neighbours", "similarities"])
        flat = table.explode("neighbours", "similarities").drop_nulls("neighbours")
        from_here, known = _rows(flat["doc_id"], in_order, order)
        to_there, there = _rows(flat["neighbours"], in_order, order)
        both = known & there
        one.append(from_here[both])
        other.append(to_there[both])
        similarity.append(flat["similarities"].to_numpy()[both].astype(np.float32))
    return Neighbours(np.concatenate(one), np.concatenate(other), np.concatenate(similarity))


def _rows(names: pl.Series, in_order: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the row of each doc_id, uint32, and whether there is one."""
    wanted = np.array(names.cast(pl.Binary).to_list(), "S") if len(names) else np.empty(0, "S1")
    if not len(in_order):
        return np.zeros(len(wanted), np.uint32), np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(in_order, wanted), len(in_order) - 1)
    return order[at].astype(np.uint32), in_order[at] == wanted
