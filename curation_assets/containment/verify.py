"""Candidates compared by the sets of their shingles, and only as many as decide."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.containment.candidates import Candidates
from curation_assets.containment.comparing import REFUTED, SetsOf, compare
from curation_assets.containment.keys import SHINGLE_WORDS
from curation_assets.containment.tables import Tables
from curation_assets.progress import Progress
from curation_assets.shingles.distinct import shingle_sets

Indices = NDArray[np.int64]
Shares = NDArray[np.float64]

PAIR_SCHEMA = pl.Schema(
    {"text_hash": pl.String(), "container_text_hash": pl.String(), "containment": pl.Float64()}
)
CONTENTS = PAIR_SCHEMA.names()[:2]


class Verified(NamedTuple):
    """What became of the candidates.

    Attributes:
        pairs: int64, positions in the candidates, of each document that is contained the pair that says so.
        containment: float64, of these.
        table: ``PAIR_SCHEMA``, sorted: what decided, by content. ``containment`` is null for one that was
            refuted.
        compared: how many pairs were compared, and not known.
    """

    pairs: Indices
    containment: Shares
    table: pl.DataFrame
    compared: int


def verify(
    candidates: Candidates, known: pl.DataFrame, tables: Tables, threshold: float, progress: Progress
) -> Verified:
    """Look at each document's candidates in their order, up to the first that contains it.

    Args:
        known: ``PAIR_SCHEMA``, by the same threshold.
    """
    small, compared = candidates.small, 0
    sizes = candidates.documents["shingles"].to_numpy()
    shares = _known_shares(candidates, known)
    while True:
        first = _first_open(small, shares)
        asked = first[np.isnan(shares[first])]
        if not len(asked):
            break
        ends = candidates.small[asked], candidates.large[asked]
        shares[asked] = compare(candidates.documents, *ends, sizes, _shingles(tables), threshold)
        compared += len(asked)
        progress(len(asked))
    return Verified(first, shares[first], _table(candidates, shares, first), compared)


def _first_open(small: Indices, shares: Shares) -> Indices:
    """Return each document's first pair that is not refuted."""
    left = np.flatnonzero(shares != REFUTED)
    return left[np.flatnonzero(np.diff(small[left], prepend=-1))]


def _known_shares(candidates: Candidates, known: pl.DataFrame) -> Shares:
    """Return containments (float64 [pairs]): NaN where it is not known."""
    told = known.with_columns(pl.col("containment").fill_null(REFUTED))
    found = _contents(candidates).join(told, on=CONTENTS, how="left", maintain_order="left")
    return found["containment"].fill_null(np.nan).to_numpy().copy()


def _contents(candidates: Candidates) -> pl.DataFrame:
    names = candidates.documents["text_hash"]
    return pl.DataFrame(
        {"text_hash": names.gather(candidates.small), "container_text_hash": names.gather(candidates.large)}
    )


def _table(candidates: Candidates, shares: Shares, first: Indices) -> pl.DataFrame:
    """Return what decided: of each document the pairs up to the first that holds."""
    stop = np.full(candidates.documents.height, len(shares), dtype=np.int64)
    stop[candidates.small[first]] = first
    decided = np.arange(len(shares)) <= stop[candidates.small]
    containment = pl.Series("containment", shares[decided])
    found = _contents(candidates).filter(pl.Series(decided, dtype=pl.Boolean)).with_columns(containment)
    told = found.with_columns(pl.when(pl.col("containment") != REFUTED).then("containment"))
    return told.unique(CONTENTS).sort(CONTENTS).rechunk()


def _shingles(tables: Tables) -> SetsOf:
    return lambda documents: shingle_sets(tables.texts_at(documents), SHINGLE_WORDS)
