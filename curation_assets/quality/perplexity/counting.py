"""Counts words and n-grams, compiled by numba. Import this module inside functions only.

N-grams are counted by a hash of 64 bits of their words, in parts that fit into memory: a part is the n-grams
whose hash says so, found by reading all words once more. Two n-grams with one hash would be counted as one;
of a thousand million n-grams, the chance that there are any is 3 %.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.quality.perplexity import tables, tokenising, trie
from curation_assets.quality.perplexity.tables import EMPTY, FULL_LOAD, slot_of
from curation_assets.quality.perplexity.tokenising import END_OF_LINE, END_OF_TEXT, next_token
from curation_assets.quality.perplexity.trie import MISSING, ROOT, child
from curation_assets.text.compiled import sources

Table = NDArray[np.uint64]
Rows = NDArray[np.uint32]
Counts = NDArray[np.int64]
Words = NDArray[np.uint32]

# As in model.py. Written here again, since numba compiles anew only what stands in a file that changed.
UNKNOWN, BEGIN, END, SPECIALS = 0, 1, 2, 3
FIRST, FACTOR, HALF = np.uint64(0x2545F4914F6CDD1D), np.uint64(0x9E3779B185EBCA87), np.uint64(32)
PART_SHIFT, ONE = np.uint64(16), np.uint64(1)
RAW, ADJUSTED, LAST = 1, 2, 3
"""Columns of an n-gram."""


class Seen(NamedTuple):
    """The n-grams of a part.

    Attributes:
        ngrams: uint64 [slots, 4], table of the hashes of n-grams: how often each occurs; how many different
            words precede it, or where none can, how often it occurs; where one of its last words stands.
        longer: uint64 [slots, 1], table of the hashes of n-grams with the word before them.
    """

    ngrams: Table
    longer: Table


@njit(cache=True, nogil=True, inline="always")
def joined(key: np.uint64, word: np.uint32) -> np.uint64:
    """Add the word before an n-gram to its hash."""
    key = (key ^ np.uint64(word)) * FACTOR
    key ^= key >> HALF
    return max(key, np.uint64(1))


def _spooling(made_of: str) -> Callable[..., int]:
    @njit(cache=True, nogil=True)
    def spool(
        data: NDArray[np.uint8],
        offsets: Counts,
        text: int,
        characters: Rows,
        numbers: Table,
        occurrences: Counts,
        state: Counts,
        ids: Words,
        places: Counts,
    ) -> int:
        """Number the words of texts from ``text`` on, and write them with <s> and </s> around each line.

        New words get the next number; ``places`` [words, 2] is where they stand. ``state`` is, going in and
        out, how many words are known, how many of them have a place here, and how many ids were written.
        Returns the text before which the table has to be enlarged, or that there is none.
        """
        assert made_of  # see ``sources``
        known, new, written = state
        while text < len(offsets) - 1:
            at, stop, inside, token = offsets[text], offsets[text + 1], 0, END_OF_LINE
            if known + (stop - at) > FULL_LOAD * len(numbers):
                break
            while token != END_OF_TEXT:
                token, begin, at = next_token(data, at, stop, characters)
                if token > END_OF_LINE:
                    if inside == 0:
                        ids[written] = BEGIN
                        written += 1
                    slot = slot_of(numbers, token)
                    if numbers[slot, 0] == EMPTY:
                        numbers[slot, 0], numbers[slot, 1] = token, known
                        places[new, 0], places[new, 1] = begin, at
                        known, new = known + 1, new + 1
                    occurrences[numbers[slot, 1]] += 1
                    ids[written] = numbers[slot, 1]
                    inside, written = inside + 1, written + 1
                elif inside:
                    ids[written] = END
                    inside, written = 0, written + 1
            text += 1
        state[0], state[1], state[2] = known, new, written
        return text

    return spool


def _counting(made_of: str) -> Callable[..., bool]:
    @njit(cache=True, nogil=True)
    def count(words: Words, order: int, highest: bool, part: int, parts: int, seen: Seen) -> bool:
        """Count the n-grams of a part into ``seen``; return whether they found room."""
        assert made_of  # see ``sources``
        begin = found = found_longer = 0
        most, most_longer = FULL_LOAD * len(seen.ngrams), FULL_LOAD * len(seen.longer)
        for at in range(len(words)):
            if words[at] == BEGIN:
                begin = at
                continue
            if at - begin < order - 1:
                continue
            key = FIRST
            for back in range(order):
                key = joined(key, words[at - back])
            if (key >> PART_SHIFT) % np.uint64(parts) != np.uint64(part):
                continue
            own = seen.ngrams[slot_of(seen.ngrams, key)]
            if own[0] == EMPTY:
                own[0], own[LAST], found = key, at, found + 1
            own[RAW] += ONE
            if highest or words[at - order + 1] == BEGIN:
                own[ADJUSTED] += ONE
            else:
                longer = joined(key, words[at - order])
                other = slot_of(seen.longer, longer)
                if seen.longer[other, 0] == EMPTY:
                    seen.longer[other, 0], found_longer = longer, found_longer + 1
                    own[ADJUSTED] += ONE
            if found > most or found_longer > most_longer:
                return False
        return True

    return count


def _adding(made_of: str) -> Callable[..., int]:
    @njit(cache=True, nogil=True)
    def add(
        words: Words,
        order: int,
        minimum: int,
        seen: Seen,
        table: Table,
        of_count: Counts,
        of_context: Counts,
        kept: Counts,
    ) -> int:
        """Sum up the n-grams of a part, and write those that are kept; return how many.

        Args:
            minimum: fewest occurrences of an n-gram that is kept; one with <unk> is not.
            table: the tree of shorter n-grams.
            of_count: int64 [5], how many n-grams have an adjusted count of 1, 2, 3, 4.
            of_context: int64 [nodes, 5], what follows each context: sum of adjusted counts, that of n-grams
                not kept, and how many n-grams of the count 1, 2, and 3 or more are kept.
            kept: int64 [room, 3], context, last word and adjusted count.
        """
        assert made_of  # see ``sources``
        count = 0
        for slot in range(len(seen.ngrams)):
            if seen.ngrams[slot, 0] == EMPTY:
                continue
            last, adjusted = np.int64(seen.ngrams[slot, LAST]), np.int64(seen.ngrams[slot, ADJUSTED])
            node, unknown = ROOT, False
            for at in range(last - order + 1, last + 1):
                unknown |= words[at] == UNKNOWN
            if not unknown and adjusted < len(of_count):
                of_count[adjusted] += 1
            for at in range(last - order + 1, last):
                node = child(table, node, np.int64(words[at])) if node != MISSING else MISSING
            if node == MISSING:
                continue
            own = of_context[node]
            own[0] += adjusted
            if unknown or np.int64(seen.ngrams[slot, RAW]) < minimum:
                own[1] += adjusted
                continue
            own[1 + min(int(adjusted), 3)] += 1
            kept[count, 0], kept[count, 1], kept[count, 2] = node, words[last], adjusted
            count += 1
        return count

    return add


spool_texts = _spooling(sources(tables, tokenising))
count_part = _counting(sources(tables))
add_part = _adding(sources(tables, trie))
