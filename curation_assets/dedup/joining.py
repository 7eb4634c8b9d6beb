"""The loops that compare and join, compiled by numba.

As for ``kernels``: import it inside functions only; every kernel works on arrays that its caller allocates.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from curation_assets.shingles.kernels import mix

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]

MIX_SOURCE = "2d2fc24296e72056cade2f659ea7c6ad"
"""The hash of the source of ``mix``: numba compiles anew only what stands in a file that changed."""
FREE, ONE = np.uint64(0), np.uint64(1)


@njit(cache=True, nogil=True)
def jaccard(left: Hashes, right: Hashes, threshold: float) -> float:
    """Return |both| / |either| of two sorted sets, or -1 as soon as it is certain to be below the threshold.

    Of all elements at most (1 - t) / (1 + t) can be without a partner where the similarity is t.
    """
    total = len(left) + len(right)
    if total == 0:
        return -1.0
    allowed = (1.0 - threshold) / (1.0 + threshold) * total + 1.0
    i, j, common, alone = 0, 0, 0, abs(len(left) - len(right))
    if alone > allowed:
        return -1.0
    alone = 0
    while i < len(left) and j < len(right):
        if left[i] == right[j]:
            common += 1
            i += 1
            j += 1
        else:
            if left[i] < right[j]:
                i += 1
            else:
                j += 1
            alone += 1
            if alone > allowed:
                return -1.0
    similarity = common / (total - common)
    return similarity if similarity >= threshold else -1.0


@njit(cache=True, nogil=True)
def jaccard_of_pairs(
    shingles: Hashes, offsets: Indices, left: Indices, right: Indices, similarity: NDArray[np.float64]
) -> None:
    """Write the Jaccard index of every pair (left[p], right[p]) of texts."""
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        similarity[pair] = jaccard(
            shingles[offsets[a] : offsets[a + 1]], shingles[offsets[b] : offsets[b + 1]], 0.0
        )


@njit(cache=True, nogil=True)
def find(parents: Indices, node: int) -> int:
    """Return the root of a node's tree, halving the path on the way."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@njit(cache=True, nogil=True)
def join_pairs(parents: Indices, left: Indices, right: Indices, joined: NDArray[np.bool_]) -> None:
    """Join the ends of every pair; the smallest is the root. ``joined``: the pair linked two trees."""
    for pair in range(len(left)):
        a, b = find(parents, left[pair]), find(parents, right[pair])
        joined[pair] = a != b
        parents[max(a, b)] = min(a, b)


def slots_for(items: int) -> Indices:
    """Return memory to find the items of equal values in: at least two slots an item, a power of two.

    To find equal values by a sort takes 42 to 162 ns a value among 12,000 to 10^7 of them; here 10 to 23.
    """
    dtype = np.int32 if items < 1 << 31 else np.int64
    return np.empty(1 << (2 * items).bit_length(), dtype=dtype)


@njit(cache=True, nogil=True, inline="always")
def slot_of(value: np.uint64, values: Hashes, slots: Indices) -> np.uint64:
    """Return the slot of the item with that value, or the free one (-1) where it belongs.

    Values are hashes made by ``mix``, so that their low bits can be taken as they are.
    """
    mask = np.uint64(len(slots) - 1)
    slot = value & mask
    while slots[slot] >= 0 and values[slots[slot]] != value:
        slot = (slot + ONE) & mask
    return slot


@njit(cache=True, nogil=True)
def join_equal(parents: Indices, values: Hashes, slots: Indices) -> None:
    """Join the nodes of equal values."""
    slots[:] = -1
    for item in range(len(values)):
        slot = slot_of(values[item], values, slots)
        if slots[slot] < 0:
            slots[slot] = item
        else:
            a, b = find(parents, slots[slot]), find(parents, item)
            parents[max(a, b)] = min(a, b)


@njit(cache=True, nogil=True)
def pairs_of_equal(values: Hashes, slots: Indices, first: Indices, other: Indices) -> int:
    """Write (first item of its value, item) for every item that is not the first; return how many."""
    slots[:] = -1
    written = 0
    for item in range(len(values)):
        slot = slot_of(values[item], values, slots)
        if slots[slot] < 0:
            slots[slot] = item
        else:
            first[written], other[written] = slots[slot], item
            written += 1
    return written


@njit(cache=True, nogil=True)
def chain_equal(values: Hashes, slots: Indices, following: Indices) -> None:
    """following[i] = the next item of the same value, -1 if there is none."""
    slots[:] = -1
    for item in range(len(values) - 1, -1, -1):
        slot = slot_of(values[item], values, slots)
        following[item] = slots[slot]
        slots[slot] = item


@njit(cache=True, nogil=True)
def flatten(parents: Indices) -> None:
    """Make every node point at its root."""
    for node in range(len(parents)):
        parents[node] = find(parents, node)


@njit(cache=True, nogil=True)
def mark_joined(roots: Indices, others: NDArray[np.bool_]) -> None:
    """others[n] = whether another node has the same root as n. ``others`` is false before."""
    for node in range(len(roots)):
        if roots[node] != node:
            others[node] = True
            others[roots[node]] = True


@njit(cache=True, nogil=True)
def share_earlier_band(left: Hashes, right: Hashes, band: int) -> bool:
    """Whether two rows of band keys agree in a band before ``band``."""
    for earlier in range(band):  # noqa: SIM110 (numba compiles no generator expressions)
        if left[earlier] == right[earlier]:
            return True
    return False


@njit(cache=True, nogil=True)
def verify_tile(
    keys: NDArray[np.uint64],
    following: Indices,
    fresh: NDArray[np.bool_],
    first_column: int,
    row_sets: tuple[Hashes, Indices],
    column_sets: tuple[Hashes, Indices],
    threshold: float,
    begin: int,
    left: Indices,
    right: Indices,
    similarity: NDArray[np.float64],
) -> tuple[int, int]:
    """Write the pairs of a tile that share a band, have a fresh end and reach the threshold.

    The tile's rows are the items of ``row_sets``, its columns those from ``first_column`` on: the rows
    themselves if that is 0. ``following`` [bands, items] is the next item of the same key, -1 if none.

    A pair that shares several bands is looked at in the first of them, so no set of seen pairs is needed.
    Rows from ``begin`` on are worked until the output could overflow on the next one. Returns the next row to
    begin at and the number of pairs written; ``left`` counts rows, ``right`` columns.
    """
    written, rows, items = 0, len(row_sets[1]) - 1, keys.shape[0]
    for row in range(begin, rows):
        if written + items - first_column > len(left):
            return row, written
        own = row_sets[0][row_sets[1][row] : row_sets[1][row + 1]]
        for band in range(keys.shape[1]):
            item = following[band, row]
            while item >= 0:
                wanted = item >= first_column and (fresh[row] or fresh[item])
                if wanted and not share_earlier_band(keys[row], keys[item], band):
                    to = item - first_column
                    other = column_sets[0][column_sets[1][to] : column_sets[1][to + 1]]
                    score = jaccard(own, other, threshold)
                    if score >= 0.0:
                        left[written], right[written], similarity[written] = row, to, score
                        written += 1
                item = following[band, item]
    return rows, written


@njit(cache=True, nogil=True)
def fill_table(table: Hashes, values: Hashes) -> None:
    """Put the values into an open-addressed table of a power of two of slots; 0 marks a free one."""
    mask = np.uint64(len(table) - 1)
    for at in range(len(values)):
        value = max(values[at], ONE)
        slot = mix(value) & mask
        while table[slot] != FREE and table[slot] != value:
            slot = (slot + ONE) & mask
        table[slot] = value


@njit(cache=True, nogil=True)
def rows_in_table(table: Hashes, values: NDArray[np.uint64], hits: NDArray[np.bool_]) -> None:
    """hits[r] = whether any of values[r, :] is in the table (0 counts as 1)."""
    mask = np.uint64(len(table) - 1)
    for row in range(values.shape[0]):
        hits[row] = False
        for column in range(values.shape[1]):
            value = max(values[row, column], ONE)
            slot = mix(value) & mask
            while table[slot] != FREE and table[slot] != value:
                slot = (slot + ONE) & mask
            if table[slot] == value:
                hits[row] = True
                break
