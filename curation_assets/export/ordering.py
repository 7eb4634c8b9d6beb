"""The order of training, and where it is cut into parts."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.export.options import Copies


@dataclass(frozen=True)
class Rows:
    """What the order follows from, [n] each, in the order of the lake.

    phase: uint16, number of the phase in the order of training. position: float64 in [0, 1). weight: uint16,
    how often a row is to be read. size: int64, bytes that it takes in a part.
    """

    phase: NDArray[np.uint16]
    position: NDArray[np.float64]
    weight: NDArray[np.uint16]
    size: NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """Rows that are written one after another: ``rows`` int64 [m], their numbers in the order of the lake."""

    phase: int
    rows: NDArray[np.int64]


def in_order(rows: Rows, copies: Copies) -> NDArray[np.int64]:
    """Return the numbers of the rows as they are read in training, int64 [m], m the number of readings.

    By phase, then by position, then in the order of the lake. Reading k = 0, 1, ... of a row of weight w and
    position p is put at (k + p) / w when copies are ``spread``: as far from each other as the phase allows,
    and spread like the positions if these are. ``together`` they all stay at p; ``once`` there is one.
    """
    if copies == "once":
        return np.lexsort((rows.position, rows.phase))
    readings = np.repeat(np.arange(len(rows.weight)), rows.weight)
    place = rows.position[readings]
    if copies == "spread":
        first = np.cumsum(rows.weight, dtype=np.int64) - rows.weight
        place += np.arange(len(readings)) - first[readings]
        place /= rows.weight[readings]
    return readings[np.lexsort((place, rows.phase[readings]))]


def parts(rows: Rows, copies: Copies, part_bytes: int, phases: int) -> list[list[Run]]:
    """Return the parts of each phase; at least one, which may be empty."""
    order = in_order(rows, copies)
    bounds = np.searchsorted(rows.phase[order], np.arange(phases + 1))
    return [
        [
            Run(phase, order[start + low : start + high])
            for low, high in cut(rows.size[order[start:stop]], part_bytes) or [(0, 0)]
        ]
        for phase, (start, stop) in enumerate(itertools.pairwise(bounds))
    ]


def cut(sizes: NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Cut a row of sizes, int64 [m], into pieces [low, high) of at most ``most`` together, or of one."""
    totals = np.cumsum(sizes, dtype=np.int64)
    pieces, low = [], 0
    while low < len(sizes):
        before = int(totals[low - 1]) if low else 0
        high = max(low + 1, int(np.searchsorted(totals, before + most, side="right")))
        pieces.append((low, high))
        low = high
    return pieces
