"""Walks over the tree of n-grams, compiled by numba. Import this module inside functions only."""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.quality.perplexity import tables
from curation_assets.quality.perplexity.tables import EMPTY, slot_of
from curation_assets.text.compiled import sources

Table = NDArray[np.uint64]
Rows = NDArray[np.uint32]

MISSING, ROOT, ONE = np.int64(-1), np.int64(0), np.int64(1)
WORD_BITS = np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def child(table: Table, node: np.int64, word: np.int64) -> np.int64:
    """Return the node of an n-gram followed by a word, or MISSING; the empty one is followed by unigrams."""
    if node == 0:
        return ONE + word
    key = np.uint64(node) << WORD_BITS | np.uint64(word)
    slot = slot_of(table, key)
    return np.int64(table[slot, 1]) if table[slot, 0] != EMPTY else MISSING


def _linking(made_of: str) -> Callable[..., None]:
    """Return the pass that links every n-gram to its longest proper ending that is in the tree."""

    @njit(cache=True, nogil=True)
    def link(table: Table, context: Rows, word: Rows, first: int, suffix: Rows) -> None:
        """Write the links (uint32 [nodes]) from node ``first`` on; unigrams end in node 0."""
        assert made_of  # see ``sources``
        for node in range(first, len(context)):
            ending, found = np.int64(suffix[context[node]]), MISSING
            while found == MISSING:
                found = child(table, ending, np.int64(word[node]))
                if found == MISSING:
                    ending = np.int64(suffix[ending])
            suffix[node] = found

    return link


def _walking(made_of: str) -> Callable[..., None]:
    """Return the pass that finds the nodes of n-grams that are given by their words."""

    @njit(cache=True, nogil=True)
    def walk(table: Table, words: Rows, found: NDArray[np.int64]) -> None:
        """Write the nodes (int64 [n]) of n-grams (uint32 [n, order]), MISSING where there is none."""
        assert made_of  # see ``sources``
        for row in range(len(words)):
            node = ROOT
            for column in range(words.shape[1]):
                node = child(table, node, np.int64(words[row, column]))
                if node == MISSING:
                    break
            found[row] = node

    return walk


link_endings = _linking(sources(tables))
find_nodes = _walking(sources(tables))


def tree_table(context: Rows, word: Rows, first: int) -> tuple[Table, int]:
    """Return the table from parent and word to node, from node ``first`` on, and how many are there twice.

    Args:
        context, word: uint32 [nodes].
        first: the first bigram; shorter n-grams are found by their number.
    """
    keys = context[first:].astype(np.uint64) << WORD_BITS | word[first:].astype(np.uint64)
    return tables.table_of(keys, np.arange(first, len(context), dtype=np.uint64))
