"""Probabilities of texts under a table of n-grams by hash, compiled by numba: KenLM's ``probing`` models.

Import this module inside functions only.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.quality.perplexity import scoring, tables, tokenising
from curation_assets.quality.perplexity.scoring import Vocabulary, number_of
from curation_assets.quality.perplexity.tables import EMPTY, slot_of
from curation_assets.quality.perplexity.tokenising import END_OF_LINE, END_OF_TEXT, next_token
from curation_assets.text.compiled import sources

KEY_FACTOR, WORD_FACTOR = np.uint64(8978948897894561157), np.uint64(17894857484156487943)
"""Of KenLM's keys, see ``kenlm_binary``."""
SALT = np.uint64(0xD6E8FEB86659FD93)
ONE = np.uint64(1)


class Table(NamedTuple):
    """All n-grams of a model: a table from their keys, by order apart, to rows of weights.

    Attributes:
        rows: of n-grams from the bigrams on.
        weights: float32 [rows, 2], log10 probability and backoff; unigrams come first, by their numbers.
        begin, end: numbers of <s> and </s>.
        order: length of the longest n-grams.
    """

    rows: NDArray[np.uint64]
    weights: NDArray[np.float32]
    begin: int
    end: int
    order: int


@njit(cache=True, nogil=True, inline="always")
def salted(key: np.uint64, order: int) -> np.uint64:
    """Keep equal keys of different orders apart."""
    return max(key ^ np.uint64(order) * SALT, ONE)


@njit(cache=True, nogil=True, inline="always")
def lookup(
    table: Table, words: NDArray[np.int64], known: int, after: NDArray[np.float64]
) -> tuple[np.float64, int]:
    """Return log10 of P(words[0]) after words[1:known], the last word first, and the new state's size.

    ``after`` is, going in, the backoff of the contexts of 1, 2, ... words, and of the new ones going out.
    """
    matched, total = 1, np.float64(table.weights[words[0], 0])
    old = after.copy()
    after[0] = table.weights[words[0], 1]
    key = np.uint64(words[0])
    while matched < known:
        key = key * KEY_FACTOR ^ (ONE + np.uint64(words[matched])) * WORD_FACTOR
        slot = slot_of(table.rows, salted(key, matched + 1))
        if table.rows[slot, 0] == EMPTY:
            break
        own = table.weights[table.rows[slot, 1]]
        total = np.float64(own[0])
        if matched + 1 < table.order:
            after[matched] = own[1]
        matched += 1
    for length in range(matched, known):
        total += old[length - 1]
    return total, min(matched, table.order - 1)


def _scoring(made_of: str) -> Callable[..., None]:
    @njit(cache=True, nogil=True)
    def score(
        data: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        vocabulary: Vocabulary,
        table: Table,
        log10: NDArray[np.float64],
        counts: NDArray[np.int64],
    ) -> None:
        """Write log10 probabilities [n], and words, sentences and unknown words, int64 [n, 3]."""
        assert made_of  # see ``sources``
        words, after = np.zeros(table.order, np.int64), np.zeros(table.order)
        for text in range(len(offsets) - 1):
            at, stop, token = offsets[text], offsets[text + 1], END_OF_LINE
            words_found = sentences = unknown = inside = 0
            length, total = -1, 0.0
            while token != END_OF_TEXT:
                token, _, at = next_token(data, at, stop, vocabulary.characters)
                if token > END_OF_LINE:
                    word = number_of(vocabulary, token)
                    unknown += word == 0
                    inside += 1
                elif inside or (token == END_OF_TEXT and sentences == 0):
                    words_found, sentences, inside, word = (
                        words_found + inside,
                        sentences + 1,
                        0,
                        np.int64(table.end),
                    )
                else:
                    continue
                if length < 0:
                    words[0], after[0], length = table.begin, table.weights[table.begin, 1], 1
                for back in range(length, 0, -1):
                    words[back] = words[back - 1]
                words[0] = word
                value, length = lookup(table, words, length + 1, after)
                total += value
                if word == table.end:
                    length = -1
            log10[text] = total
            counts[text, 0], counts[text, 1], counts[text, 2] = words_found, sentences, unknown

    return score


score_texts = _scoring(sources(scoring, tables, tokenising))
