"""Which contents have to be compared: those that share the key of a band."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.dedup.contents import Contents
from curation_assets.dedup.tables import Tables, band_key_matrix

Indices = NDArray[np.int64]
Keys = NDArray[np.uint64]

BANDS_AT_ONCE = 5
"""Bands held for all contents at a time: 40 bytes each. Fewer would read the signatures more often."""
FEW_KEYS = 1 << 20
"""More bands are held at a time as long as there are no more keys than this."""


class BandKeys(NamedTuple):
    """The band keys of some contents, wherever they lie.

    Attributes:
        contents: number of contents.
        bands: number of keys of each.
        of_bands: given the first band and the one after the last returns uint64 [bands asked for, contents].
        of_contents: given bool [contents] returns uint64 [contents asked for, bands].
    """

    contents: int
    bands: int
    of_bands: Callable[[int, int], Keys]
    of_contents: Callable[[NDArray[np.bool_]], Keys]


class Candidates(NamedTuple):
    """The contents that share a band key with another one, at positions such that components lie together.

    A component is a set of contents that hang together by shared keys; no pair crosses two of them.

    Attributes:
        documents: int64 [n], number of the content at each position; ascending within a component.
        component: int64 [n], number of the component, ascending.
        keys: uint64 [n, bands].
    """

    documents: Indices
    component: Indices
    keys: Keys


def keys_in_memory(keys: Keys) -> BandKeys:
    """Wrap uint64 [contents, bands]."""
    contents, bands = keys.shape
    return BandKeys(contents, bands, lambda start, stop: keys.T[start:stop], lambda wanted: keys[wanted])


def keys_in_tables(tables: Tables, contents: Contents, comparable: NDArray[np.bool_], bands: int) -> BandKeys:
    """Read the keys of the comparable contents (bool [contents]) from the signatures, pass by pass."""
    number = np.cumsum(comparable) - 1
    count = int(comparable.sum())

    def read(wanted: NDArray[np.bool_], place: Callable[[Indices, Keys], None]) -> None:
        for shard_number, shard in enumerate(tables.shards):
            chosen, found = contents.firsts_in(shard_number, wanted)
            if len(found):
                column = tables.signatures(shard, ["band_keys"])["band_keys"]
                place(found, band_key_matrix(column.filter(chosen), bands))

    def of_bands(start: int, stop: int) -> Keys:
        slab = np.empty((stop - start, count), dtype=np.uint64)

        def place(found: Indices, keys: Keys) -> None:
            slab[:, number[found]] = keys[:, start:stop].T

        read(comparable, place)
        return slab

    def of_contents(wanted: NDArray[np.bool_]) -> Keys:
        among = np.zeros(len(comparable), dtype=np.bool_)
        among[np.flatnonzero(comparable)[wanted]] = True
        rank = np.cumsum(among) - 1
        chosen_keys = np.empty((int(among.sum()), bands), dtype=np.uint64)

        def place(found: Indices, keys: Keys) -> None:
            chosen_keys[rank[found]] = keys

        read(among, place)
        return chosen_keys

    return BandKeys(count, bands, of_bands, of_contents)


def find_candidates(keys: BandKeys) -> Candidates:
    """Group contents by their band keys: linear, however many share one."""
    roots = _components_by_keys(keys)
    crowded = np.bincount(roots, minlength=keys.contents)[roots] > 1
    documents = np.flatnonzero(crowded)
    order = np.argsort(roots[documents], kind="stable")
    of_each = roots[documents][order]
    component = np.cumsum(np.diff(of_each, prepend=of_each[:1]) != 0)
    del roots
    own = keys.of_contents(crowded)[order]
    return Candidates(documents[order].astype(np.int64), component.astype(np.int64), own)


def connected_components(count: int, left: Indices, right: Indices) -> Indices:
    """Return the smallest member of each node's component (int64 [count]), whatever the pairs' order."""
    from curation_assets.dedup import joining

    parents = np.arange(count, dtype=np.int64)
    joining.join_pairs(parents, left, right, np.empty(len(left), dtype=np.bool_))
    joining.flatten(parents)
    return parents


def _components_by_keys(keys: BandKeys) -> Indices:
    """Join each content with the first one of the same key, band by band."""
    from curation_assets.dedup import joining

    parents = np.arange(keys.contents, dtype=np.int64)
    slots = joining.slots_for(keys.contents)
    at_once = max(BANDS_AT_ONCE, FEW_KEYS // max(1, keys.contents))
    for start in range(0, keys.bands, at_once):
        for column in keys.of_bands(start, min(start + at_once, keys.bands)):
            joining.join_equal(parents, np.ascontiguousarray(column), slots)
    joining.flatten(parents)
    return parents
