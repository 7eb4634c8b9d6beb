"""What a sampler gets and what it returns.

A sampler sees all documents that may be taken, in the order of doc_id, and returns one number for each. What
the number means is the sampler's kind; NaN leaves a document out, whatever the kind:

- ``weights``: positive, only the ratios matter; drawn without replacement until the budget is full.
- ``log_weights``: logarithms of such weights, any finite number. For weights that no float64 holds: DSIR's
  differ by factors of e^1000 and more. -log(u) / w, the key of a weight, becomes log(-log(u)) - log(w), which
  has the same order and is Gumbel noise with its sign changed.
- ``chances``: the probability that a document is kept, each by itself; a budget smaller than what is kept
  draws among it by the same random numbers.
- ``places``: 1 for the first to be taken.
- ``copies``: how often a document is repeated on average, 0 or more; scaled down to the budget.
- ``curve``: the value along which :func:`upsampling.repetitions` fits copies, in each part of the budget.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from curation_assets.infeasible import InfeasibleError

if TYPE_CHECKING:  # the settings of samplers are a part of it
    from curation_assets.mixture.config import MixtureConfig

Values = NDArray[np.float64]
Kind = Literal["weights", "log_weights", "chances", "places", "copies", "curve"]
QUALITY, RANK = "quality", "rank"


@dataclass(frozen=True)
class Neighbours:
    """Pairs of similar documents, each pair once or twice.

    Attributes:
        one, other: uint32 [m], rows of Scores.
        similarity: float32 [m], cosine of their embeddings.
    """

    one: NDArray[np.uint32]
    other: NDArray[np.uint32]
    similarity: NDArray[np.float32]


@dataclass(frozen=True)
class Scores:
    """What a sampler may look at, [n] each, in the order of doc_id; float64 unless it says otherwise.

    Attributes:
        quality: greater is better.
        density: mean kernel to the documents of the lake, positive.
        rank: of quality within ``group``, in (0, 1).
        tokens: int64, 0 or more.
        group: uint64; documents of one number are ranked together.
        named: columns of quality_scores by name, as they are: the perplexity of one is low where it is good.
        cell: int32, k-means cell of the embedding, -1 where there is none.
        centre_similarity: cosine to the cell's centre, NaN where there is none.
        nearest_similarity: largest cosine to a document of the cell that is preferred to it.
        prototype_similarity: cosine to the centre after semantic duplicates are gone and the rest is
            clustered again.
    """

    quality: Values
    density: Values
    rank: Values
    tokens: NDArray[np.int64]
    group: NDArray[np.uint64]
    named: Mapping[str, Values]
    cell: NDArray[np.int32]
    centre_similarity: Values
    nearest_similarity: Values
    prototype_similarity: Values
    neighbours: Neighbours = field(repr=False)

    def __len__(self) -> int:
        return len(self.quality)

    def column(self, name: str) -> Values:
        """Return the quality, its rank, or the column of quality_scores that is named so [n].

        Raises:
            ValueError: there is no such column.
        """
        if name in (QUALITY, RANK):
            return self.quality if name == QUALITY else self.rank
        if name not in self.named:
            known = ", ".join([QUALITY, RANK, *sorted(self.named)])
            raise InfeasibleError(f"there is no score {name!r}; known are {known}")
        return self.named[name]


def needed(name: str) -> str:
    """Return what a sampler that reads ``Scores.column(name)`` needs: "quality", or "scores.<name>"."""
    return QUALITY if name in (QUALITY, RANK) else f"scores.{name}"


def scores_of(count: int, **known: Any) -> Scores:
    """Return the scores of ``count`` documents of which only some are known; all others are missing."""
    missing = np.full(count, np.nan)
    unknown = Scores(
        quality=missing,
        density=missing,
        rank=missing,
        tokens=np.zeros(count, np.int64),
        group=np.zeros(count, np.uint64),
        named={},
        cell=np.full(count, -1, np.int32),
        centre_similarity=missing,
        nearest_similarity=missing,
        prototype_similarity=missing,
        neighbours=Neighbours(np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.float32)),
    )
    return replace(unknown, **known)


@dataclass(frozen=True)
class Sampler:
    """A way to choose.

    Attributes:
        measure: of scores and settings, float64 [n], whose meaning is the kind; it raises for no value of a
            score, missing ones included, but where a setting does not fit the scores at all.
        needs: what must be known of a document for it to be placed: names of attributes of Scores (a finite
            number; a positive density; a cell of 0 or more), "scores.<column>" for the named ones, and
            "neighbours", which a document may be without.
    """

    measure: Callable[[Scores, "MixtureConfig"], Values]
    kind: Kind
    needs: Callable[["MixtureConfig"], frozenset[str]]
