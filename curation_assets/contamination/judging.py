"""Which items the n-grams of a document belong to, compiled by numba; import it inside functions only."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Places = NDArray[np.uint32]
Indices = NDArray[np.int64]
Counts = NDArray[np.int32]
Flags = NDArray[np.bool_]


class Holders(NamedTuple):
    """The items that hold n-grams.

    Attributes:
        items: int64, of every n-gram the items that have it, ascending, one n-gram behind the other.
        offsets: int64 [n-grams + 1] into ``items``.
        sizes: int64 [items], distinct n-grams of the item.
        sets: int64 [items], its set.
    """

    items: Indices
    offsets: Indices
    sizes: Indices
    sets: Indices


class Verdicts(NamedTuple):
    """What is written, a row a document: ``item`` int64, -1 for none; ``covered`` int64 n-grams of it;
    ``gram`` int64, the first of them; ``reached`` bool; ``sets`` bool [documents, sets]."""

    item: Indices
    covered: Indices
    gram: Indices
    reached: Flags
    sets: Flags


@njit(cache=True, nogil=True)
def judge(
    hits: Places,
    hit_offsets: Indices,
    holders: Holders,
    minimum_matches: int,
    minimum_fraction: float,
    counts: Counts,
    touched: Indices,
    verdicts: Verdicts,
    documents: Indices,
) -> None:
    """Decide by which items every document is contaminated, and tell the one that it has most of.

    ``counts``: int32 [items], 0 before and after; ``touched``: int64 [items], room; ``documents``: int64
    [items], raised by one for every document that the item contaminates. The item told is the one that
    comes first by: contaminates, n-grams covered, their share of it, place in the files.
    """
    for document in range(len(hit_offsets) - 1):
        begin, stop, number = hit_offsets[document], hit_offsets[document + 1], 0
        for at in range(begin, stop):
            for place in range(holders.offsets[hits[at]], holders.offsets[hits[at] + 1]):
                item = holders.items[place]
                if counts[item] == 0:
                    touched[number] = item
                    number += 1
                counts[item] += 1
        best, most, share, reached = np.int64(-1), np.int64(0), 0.0, False
        for at in range(number):
            item = touched[at]
            covered, size = np.int64(counts[item]), holders.sizes[item]
            counts[item] = 0
            own = covered / size
            reaches = covered >= min(minimum_matches, size) and own >= minimum_fraction
            if reaches:
                verdicts.sets[document, holders.sets[item]] = True
                documents[item] += 1
            if reaches != reached:
                better = reaches
            elif covered != most:
                better = covered > most
            elif own != share:
                better = own > share
            else:
                better = item < best
            if better or best < 0:
                best, most, share, reached = item, covered, own, reaches
        verdicts.item[document], verdicts.covered[document], verdicts.reached[document] = best, most, reached
        verdicts.gram[document] = -1
        for at in range(begin, stop if best >= 0 else begin):
            own_items = holders.items[holders.offsets[hits[at]] : holders.offsets[hits[at] + 1]]
            own_place = np.searchsorted(own_items, best)
            if own_place < len(own_items) and own_items[own_place] == best:
                verdicts.gram[document] = hits[at]
                break
