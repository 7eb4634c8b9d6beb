"""The tree of n-grams while a model is trained, order by order."""

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.perplexity.model import BEGIN
from curation_assets.quality.perplexity.smoothing import discounts, estimate

Counts = NDArray[np.int64]

_LOWEST = -99.0
"""Log10 of a weight that is 0; what ARPA files have there."""


class GrowingTree:
    """Nodes as in ``model``, with probabilities and backoff weights that are no logarithms yet.

    Attributes:
        counts: n-grams by order, so far.
        discounts: by order.
        table: from parent and word to node.
    """

    def __init__(self, vocabulary: int) -> None:
        self._vocabulary = vocabulary
        self.counts: list[int] = []
        self.discounts: list[tuple[float, float, float]] = []
        self._context = np.zeros(1, np.uint32)
        self._word = np.zeros(1, np.uint32)
        self._suffix = np.zeros(1, np.uint32)
        self._probability = np.ones(1)
        self._backoff = np.ones(1)
        self.table = np.zeros((1, 2), np.uint64)

    @property
    def size(self) -> int:
        """Return the number of nodes."""
        return len(self._context)

    def add(self, kept: Counts, of_count: Counts, of_context: Counts) -> None:
        """Add the n-grams of the next order: int64 [n, 3], context, word and count; see ``add_part``."""
        self.discounts.append(discounts(of_count))
        if not self.counts:
            self._add_unigrams(kept, of_context)
            return
        kept = kept[np.lexsort((kept[:, 1], kept[:, 0]))]
        first = self.size
        self.counts.append(len(kept))
        self._context = np.concatenate([self._context, kept[:, 0].astype(np.uint32)])
        self._word = np.concatenate([self._word, kept[:, 1].astype(np.uint32)])
        self._link(first)
        lower = self._probability[self._suffix[first:]]
        found = estimate(kept[:, 0], kept[:, 2], lower, of_context, self.discounts[-1])
        below = first - self.counts[-2]
        self._backoff[below:first] = found.backoff[below:]
        self._grow(found.probability)

    def longer(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Return parents and last words of the n-grams from the bigrams on."""
        first = 1 + self.counts[0]
        return self._context[first:], self._word[first:]

    def weights(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return log10 probabilities of all n-grams, and backoffs of those below the highest order."""
        lower = 1 + sum(self.counts[:-1])
        return _log10(self._probability[1:]), _log10(self._backoff[1:lower])

    def _add_unigrams(self, kept: Counts, of_context: Counts) -> None:
        """Add one of every word of the vocabulary, that of <s> with a probability of 1, as KenLM does."""
        adjusted = np.zeros(self._vocabulary, np.int64)
        adjusted[kept[:, 1]] = kept[:, 2]
        uniform = np.full(self._vocabulary, 1.0 / (self._vocabulary - 1))
        none = np.zeros(self._vocabulary, np.int64)
        found = estimate(none, adjusted, uniform, of_context, self.discounts[-1])
        found.probability[BEGIN] = 1.0
        self.counts.append(self._vocabulary)
        self._context = np.zeros(1 + self._vocabulary, np.uint32)
        self._word = np.concatenate([self._word, np.arange(self._vocabulary, dtype=np.uint32)])
        self._suffix = np.zeros(1 + self._vocabulary, np.uint32)
        self._grow(found.probability)

    def _grow(self, probability: NDArray[np.float64]) -> None:
        self._probability = np.concatenate([self._probability, probability])
        self._backoff = np.concatenate([self._backoff, np.ones(len(probability))])

    def _link(self, first: int) -> None:
        from curation_assets.quality.perplexity.trie import link_endings, tree_table

        self.table, _ = tree_table(self._context, self._word, 1 + self.counts[0])
        self._suffix = np.concatenate([self._suffix, np.zeros(self.size - first, np.uint32)])
        link_endings(self.table, self._context, self._word, first, self._suffix)


def _log10(values: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log10(values), _LOWEST).astype(np.float32)
