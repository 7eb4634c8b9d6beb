"""The semantic duplicates of a lake, from its embeddings."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.semantic.config import SemanticConfig
from curation_assets.semantic.duplicates import NONE, give_way, nearest_preferred
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
        "nearest_similarity": pl.Float64(),
        "prototype_similarity": pl.Float64(),
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

    ``nearest_similarity`` is the largest cosine to a document of the cell that is preferred to it, whatever
    became of that one, null for the first of a cell: what SemDeDup compares with its threshold.
    ``prototype_similarity`` is the cosine to the centre of a cell after what stays has been clustered again:
    D4 (Tirumala et al. 2023, arXiv 2308.12284) leaves out what is nearest to its centre (SSL prototypes,
    Sorscher et al. 2022) once semantic duplicates are gone. It is null for what is dropped.

    Depends on the set of documents alone: the sample and its order follow from hashes of doc_ids, and all
    arithmetic is exact.
    """
    everything = np.arange(documents.names.height)
    drawn = _drawn(documents, config)
    cell, similarity = nearest_centres(documents.vectors, _centres(documents, drawn, everything, config))
    instead, found = np.full(len(cell), NONE, np.int64), np.ones(len(cell))
    closest, prototype = np.full(len(cell), np.nan), np.full(len(cell), np.nan)
    for members in _by_cell(cell):
        order = members[_in_turn(members, similarity, documents.quality, config)]
        places, cosines = give_way(documents.vectors[order], config.similarity)
        gone = places != NONE
        instead[order[gone]], found[order[gone]] = order[places[gone]], cosines[gone]
        closest[order] = nearest_preferred(documents.vectors[order])
        progress(len(members))
    gone = instead != NONE
    stay = np.flatnonzero(~gone)
    prototype[stay] = nearest_centres(documents.vectors[stay], _centres(documents, drawn, stay, config))[1]
    representative = documents.names[np.where(gone, instead, everything)]
    return documents.names.with_columns(
        cell=pl.Series(cell),
        centre_similarity=pl.Series(similarity),
        representative=representative["doc_id"],
        representative_shard=representative["shard"],
        similarity=pl.Series(found),
        nearest_similarity=pl.Series(closest).fill_nan(None),
        prototype_similarity=pl.Series(prototype).fill_nan(None),
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
        nearest_similarity=None,
        prototype_similarity=None,
        kept=True,
        drop_reason=None,
    ).cast(LABEL_SCHEMA)


def _drawn(documents: Documents, config: SemanticConfig) -> NDArray[np.float64]:
    return np.array([uniform(config.seed, doc_id) for doc_id in documents.names["doc_id"]])


def _centres(
    documents: Documents, drawn: NDArray[np.float64], rows: NDArray[np.int64], config: SemanticConfig
) -> Rounded:
    """Learn the centres of some rows from those whose hashes are the smallest, in that order."""
    sample = rows[np.argsort(drawn[rows], kind="stable")[: config.sample]]
    cells = number_of_cells(len(rows), config.documents_per_cell)
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
