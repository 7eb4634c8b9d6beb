"""The semantic duplicates of a lake, from its embeddings."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.semantic.config import SemanticConfig
from curation_assets.semantic.duplicates import NONE, give_way
from curation_assets.text.hashing import uniform
from curation_assets.vectors.cells import learn_centres, nearest_centres, number_of_cells
from curation_assets.vectors.rounded import Rounded

LABEL_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "cell": pl.Int32(),
        "centre_similarity": pl.Float64(),
        "representative": pl.String(),
        "representative_shard": pl.String(),
        "similarity": pl.Float64(),
        "kept": pl.Boolean(),
        "drop_reason": pl.String(),
    }
)
SEMANTIC_DUPLICATE = "semantic_duplicate"
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Documents:
    """Documents [n] in the order of (doc_id, shard).

    Attributes:
        names: doc_id and shard.
        vectors: int8 [n, components], see ``vectors/rounded.py``.
        quality: float64 [n], NaN where there is no score.
    """

    names: pl.DataFrame
    vectors: Rounded
    quality: NDArray[np.float64]


def semantic_duplicates(documents: Documents, config: SemanticConfig, progress: Progress) -> pl.DataFrame:
    """Return LABEL_SCHEMA, one row a document, in the order given.

    Depends on the set of documents alone: the sample and its order follow from hashes of doc_ids, and all
    arithmetic is exact.
    """
    centres = _centres(documents, config)
    cell, similarity = nearest_centres(documents.vectors, centres)
    instead, found = np.full(len(cell), NONE, np.int64), np.ones(len(cell))
    for members in _by_cell(cell):
        order = members[_in_turn(members, similarity, documents.quality, config)]
        places, cosines = give_way(documents.vectors[order], config.similarity)
        gone = places != NONE
        instead[order[gone]], found[order[gone]] = order[places[gone]], cosines[gone]
        progress(len(members))
    gone = instead != NONE
    representative = documents.names[np.where(gone, instead, np.arange(len(cell)))]
    return documents.names.with_columns(
        cell=pl.Series(cell),
        centre_similarity=pl.Series(similarity),
        representative=representative["doc_id"],
        representative_shard=representative["shard"],
        similarity=pl.Series(found),
        kept=pl.Series(~gone),
        drop_reason=pl.when(pl.Series(gone)).then(pl.lit(SEMANTIC_DUPLICATE)),
    ).select(pl.col(name).cast(dtype) for name, dtype in LABEL_SCHEMA.items())


def all_kept(names: pl.DataFrame) -> pl.DataFrame:
    """Return the labels of documents (doc_id, shard) of which none is compared."""
    return names.select(
        "doc_id",
        "shard",
        cell=None,
        centre_similarity=None,
        representative="doc_id",
        representative_shard="shard",
        similarity=1.0,
        kept=True,
        drop_reason=None,
    ).cast(LABEL_SCHEMA)


def _centres(documents: Documents, config: SemanticConfig) -> Rounded:
    """Learn from the documents whose hashes are the smallest, in that order."""
    drawn = np.array([uniform(config.seed, doc_id) for doc_id in documents.names["doc_id"]])
    sample = np.argsort(drawn, kind="stable")[: config.sample]
    cells = number_of_cells(len(drawn), config.documents_per_cell)
    return learn_centres(documents.vectors[sample], cells, config.iterations)


def _by_cell(cell: NDArray[np.int32]) -> Iterable[NDArray[np.int64]]:
    order = np.argsort(cell, kind="stable")
    return [part for part in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1) if len(part)]


def _in_turn(
    members: NDArray[np.int64],
    similarity: NDArray[np.float64],
    quality: NDArray[np.float64],
    config: SemanticConfig,
) -> NDArray[np.int64]:
    """Return the members' order of preference; equal ones by (doc_id, shard)."""
    if config.keep == "quality":
        scores = np.nan_to_num(quality[members], nan=-np.inf)
        return np.argsort(-scores, kind="stable")
    own = similarity[members]
    return np.argsort(own if config.keep == "far" else -own, kind="stable")


def by_shard(labels: pl.DataFrame, shards: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Return the label table of every shard, in the order of doc_id."""
    parts = {str(key[0]): part for key, part in labels.partition_by("shard", as_dict=True).items()}
    nothing = pl.DataFrame(schema=LABEL_SCHEMA)
    return {shard: parts.get(shard, nothing).sort("doc_id").rechunk() for shard in shards}
