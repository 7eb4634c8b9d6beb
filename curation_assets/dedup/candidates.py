"""Which documents have to be compared: those that share the key of a band.

Whether two documents are candidates depends on these two alone. So the pairs that a new shard brings are
those with an end in it, and the pairs of a shard that is gone are simply left out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


class Candidates(NamedTuple):
    """The documents that share a band key with another one, at positions such that components lie together.

    A component is a set of documents that hang together by shared keys; no pair crosses two of them.

    Attributes:
        documents: int64 [n], index of the document at each position; ascending within a component.
        component: int64 [n], number of the component, ascending.
        keys: uint64 [n, bands].
        members: int64 [bands, n], the positions ordered by (key of the band, position).
        ranks: int64 [bands, n], where in ``members`` a position stands.
    """

    documents: Indices
    component: Indices
    keys: NDArray[np.uint64]
    members: Indices
    ranks: Indices


def find_candidates(keys: NDArray[np.uint64]) -> Candidates:
    """Group documents by their band keys (uint64 [documents, bands])."""
    roots = _components_by_keys(keys)
    crowded = np.bincount(roots, minlength=len(keys))[roots] > 1
    documents = np.flatnonzero(crowded)
    documents = documents[np.argsort(roots[documents], kind="stable")]
    component = np.unique(roots[documents], return_inverse=True)[1].astype(np.int64)
    own = np.ascontiguousarray(keys[documents])
    members = np.ascontiguousarray(np.argsort(own.T, axis=1, kind="stable").astype(np.int64))
    ranks = np.empty_like(members)
    np.put_along_axis(ranks, members, np.arange(len(documents), dtype=np.int64)[None, :], axis=1)
    return Candidates(documents.astype(np.int64), component, own, members, ranks)


def connected_components(count: int, left: Indices, right: Indices) -> Indices:
    """Return the smallest member of each node's component (int64 [count]), whatever the pairs' order."""
    from curation_assets.dedup import kernels

    parents = np.arange(count, dtype=np.int64)
    kernels.join_pairs(parents, left, right, np.empty(len(left), dtype=np.bool_))
    kernels.flatten(parents)
    return parents


def _components_by_keys(keys: NDArray[np.uint64]) -> Indices:
    """Join each document with the next one of the same key: linear, however many share it."""
    left, right = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for band in range(keys.shape[1]):
        column = keys[:, band]
        order = np.argsort(column)
        same = column[order[1:]] == column[order[:-1]]
        left.append(order[:-1][same])
        right.append(order[1:][same])
    return connected_components(len(keys), np.concatenate(left), np.concatenate(right))
