"""Probabilities of texts under an n-gram model, compiled by numba.

Import this module inside functions only.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.quality.perplexity import tables, tokenising, trie
from curation_assets.quality.perplexity.tables import EMPTY, slot_of
from curation_assets.quality.perplexity.tokenising import END_OF_LINE, END_OF_TEXT, next_token
from curation_assets.quality.perplexity.trie import MISSING, child
from curation_assets.text.compiled import sources

Slots = NDArray[np.uint64]
Rows = NDArray[np.uint32]
Weights = NDArray[np.float32]

# As in model.py. Written here again, since numba compiles anew only what stands in a file that changed.
UNKNOWN, BEGIN, END = np.int64(0), np.int64(1), np.int64(2)


PROBABILITY, BACKOFF, SUFFIX, STATE = 0, 1, 2, 3
"""Columns of a node."""


class Vocabulary(NamedTuple):
    """Table from the hash of a token to its number; and what a character is, uint32 [0x110000]."""

    characters: Rows
    numbers: Slots


class Tree(NamedTuple):
    """A model as it is walked.

    Attributes:
        children: table from parent and word to node.
        weights: float32 [nodes, 4], log10 probability, log10 backoff.
        links: uint32 [nodes, 4], the same memory; from the third column on, the longest proper ending that is
            in the tree, and the state: the node itself, or its ending where it is as long as the order.
    """

    children: Slots
    weights: Weights
    links: Rows


@njit(cache=True, nogil=True, inline="always")
def advance(tree: Tree, node: np.int64, word: np.int64) -> tuple[np.int64, np.float64]:
    """Return the state after a word and the word's log10 probability.

    Backs off until the word has been seen after what is left of the context; a state gets longer by one word
    at most, so a text takes two steps a word at most.
    """
    total, found = np.float64(0.0), child(tree.children, node, word)
    while found == MISSING:
        total += tree.weights[node, BACKOFF]
        node = np.int64(tree.links[node, SUFFIX])
        found = child(tree.children, node, word)
    return np.int64(tree.links[found, STATE]), total + tree.weights[found, PROBABILITY]


@njit(cache=True, nogil=True, inline="always")
def number_of(vocabulary: Vocabulary, token: np.uint64) -> np.int64:
    """Return a token's number; that of unknown words where it has none."""
    slot = slot_of(vocabulary.numbers, token)
    return np.int64(vocabulary.numbers[slot, 1]) if vocabulary.numbers[slot, 0] != EMPTY else UNKNOWN


def _scoring(made_of: str) -> Callable[..., None]:
    @njit(cache=True, nogil=True)
    def score(
        data: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        vocabulary: Vocabulary,
        tree: Tree,
        log10: NDArray[np.float64],
        counts: NDArray[np.int64],
    ) -> None:
        """Write log10 probabilities [n], and words, sentences and unknown words, int64 [n, 3]."""
        assert made_of  # see ``sources``
        begin = np.int64(tree.links[1 + BEGIN, STATE])
        for text in range(len(offsets) - 1):
            at, stop, total = offsets[text], offsets[text + 1], 0.0
            words = sentences = unknown = inside = 0
            node, token = begin, END_OF_LINE
            while token != END_OF_TEXT:
                token, _, at = next_token(data, at, stop, vocabulary.characters)
                if token > END_OF_LINE:
                    word = number_of(vocabulary, token)
                    unknown += word == UNKNOWN
                    inside += 1
                elif inside or (token == END_OF_TEXT and sentences == 0):
                    words, sentences, inside, word = words + inside, sentences + 1, 0, END
                else:
                    continue
                node, value = advance(tree, node, word)
                total += value
                if word == END:
                    node = begin
            log10[text], counts[text, 0], counts[text, 1], counts[text, 2] = total, words, sentences, unknown

    return score


score_texts = _scoring(sources(tables, tokenising, trie))
