"""Which documents hold a key, and which of them are candidates, compiled by numba.

Documents go by their rank: from the one of most shingles to that of fewest, then by doc_id and shard. As for
``shingles.kernels``: import it inside functions only; every kernel works on arrays that its caller allocates.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
FREE, ONE, HALF = np.uint64(0), np.uint64(1), np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def slot_of(table: Hashes, key: np.uint64) -> np.uint64:
    """Return the slot of a key in an open-addressed table of a power of two of slots, or the free one where
    it belongs. Keys are the smallest of many hashes, so that only their low bits are spread evenly."""
    mask = np.uint64(len(table) - 1)
    slot = (key ^ key >> HALF) & mask
    while table[slot] != FREE and table[slot] != key:
        slot = (slot + ONE) & mask
    return slot


@njit(cache=True, nogil=True)
def fill_table(table: Hashes, probes: Hashes) -> None:
    """Put every key that is not 0 into the table."""
    for key in probes.ravel():
        if key != FREE:
            table[slot_of(table, key)] = key


@njit(cache=True, nogil=True)
def put_counts(table: Hashes, keys: Hashes, counts: NDArray[np.int32], holders: Indices) -> None:
    """Put a number for each of some keys of the table where the key is."""
    for at in range(len(keys)):
        holders[slot_of(table, keys[at])] = counts[at]


@njit(cache=True, nogil=True)
def count_holders(table: Hashes, keys: Hashes, holders: NDArray[np.int32]) -> None:
    """Count, for every slot, the documents whose keys (none twice in a document) it holds."""
    for key in keys:
        slot = slot_of(table, key)
        if table[slot] == key:
            holders[slot] += 1


@njit(cache=True, nogil=True)
def list_holders(
    table: Hashes,
    keys: Hashes,
    offsets: Indices,
    ranks: Indices,
    starts: Indices,
    filled: Indices,
    lists: Indices,
) -> None:
    """Put every document into the lists of its keys: ascending, and of more than there is room for the first.

    Args:
        offsets: int64 [documents + 1] into the keys.  ranks: int64 [documents].
        starts: int64 [slots + 1] into ``lists``.  filled: int64 [slots], how long each list is so far.
    """
    for document in range(len(offsets) - 1):
        for at in range(offsets[document], offsets[document + 1]):
            slot = slot_of(table, keys[at])
            room = starts[slot + 1] - starts[slot]
            if table[slot] != keys[at] or room == 0:
                continue
            own = lists[starts[slot] : starts[slot + 1]]
            place = filled[slot]
            if place == room:
                place -= 1
                if own[place] < ranks[document]:
                    continue
            else:
                filled[slot] += 1
            while place > 0 and own[place - 1] > ranks[document]:
                own[place] = own[place - 1]
                place -= 1
            own[place] = ranks[document]


@njit(cache=True, nogil=True)
def choose(
    table: Hashes,
    starts: Indices,
    holders: Indices,
    lists: Indices,
    probes: Hashes,
    sizes: Indices,
    groups: Indices,
    share: float,
    begin: int,
    counts: Indices,
    chosen: Indices,
) -> None:
    """Write the candidates of the documents from rank ``begin`` on, ascending by rank.

    Args:
        holders: int64 [slots], how many documents hold the key; the list may be shorter.
        probes: uint64 [documents, probes], 0 for none.  sizes, groups: int64 [documents], by rank.
        share: of a document's probes that a candidate must hold; one that it may hold counts: where it is not
            in a list that has no room for all.
        counts: int64 [documents wanted].  chosen: int64 [documents wanted, candidates].
    """
    most = probes.shape[1] * chosen.shape[1]
    found, order = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    for row in range(len(counts)):
        own, listed, asked, cut = begin + row, 0, 0, 0
        for key in probes[own]:
            if key == FREE:
                break
            asked += 1
            slot = slot_of(table, key)
            room = starts[slot + 1] - starts[slot]
            short = room < holders[slot]
            cut += short and room > 0
            for at in range(starts[slot], starts[slot + 1]):
                other = lists[at]
                if sizes[other] <= sizes[own]:
                    break
                if groups[other] != groups[own]:
                    found[listed] = 2 * other + np.int64(short)
                    listed += 1
        needed = int(share * asked)
        needed = max(needed, 1)
        counts[row] = best(found[:listed], order, needed - cut, len(sizes), chosen[row])


@njit(cache=True, nogil=True)
def best(found: Indices, order: Indices, needed: int, documents: int, chosen: Indices) -> int:
    """Write those that were found most often, of equals the first, ascending; return how many there are.

    ``found``: twice a document's number, and one more if it does not count towards what is ``needed``.
    """
    found.sort()
    runs, at = 0, 0
    while at < len(found):
        other, often, sure = found[at] // 2, 0, 0
        while at < len(found) and found[at] // 2 == other:
            often += 1
            sure += found[at] % 2 == 0
            at += 1
        if sure >= needed:
            order[runs] = -often * documents + other
            runs += 1
    order[:runs].sort()
    written = min(runs, len(chosen))
    for place in range(written):
        chosen[place] = order[place] % documents
    chosen[:written].sort()
    return written


@njit(cache=True, nogil=True)
def common_shares(
    sets: Hashes,
    offsets: Indices,
    small: Indices,
    large: Indices,
    threshold: float,
    shares: NDArray[np.float64],
) -> None:
    """Write which share of the small one's set the large one of every pair has, -1 below the threshold.

    Each item is looked for from where the last one was, in steps that double (Bentley and Yao 1976, An
    almost optimal algorithm for unbounded searching): an excerpt costs its own length times the logarithm.
    """
    for pair in range(len(small)):
        own = sets[offsets[small[pair]] : offsets[small[pair] + 1]]
        other = sets[offsets[large[pair]] : offsets[large[pair] + 1]]
        at, common = 0, 0
        for value in own:
            step = 1
            low = at
            while at + step < len(other) and other[at + step] < value:
                low = at + step
                step *= 2
            high = min(at + step, len(other))
            while low < high:
                middle = (low + high) // 2
                if other[middle] < value:
                    low = middle + 1
                else:
                    high = middle
            at = low
            if at == len(other):
                break
            common += other[at] == value
        share = common / max(1, len(own))
        shares[pair] = share if share >= threshold else -1.0
