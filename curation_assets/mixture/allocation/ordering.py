"""The order of the documents in a mixture, as a key in [0, 1) for each: ascending keys, ties by doc_id.

A key depends on the document alone, not on the others, so a document that is added or taken out moves none
of the others. ``random`` is a hash, spread evenly. For the other orders the key is the value itself, mapped
to [0, 1) by
the bits of the float, which keeps its order: the keys say who comes first, not how far apart they are.
"""

from collections.abc import Iterable
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.allocation.config import Order
from curation_assets.text.hashing import uniform

_LAST = np.nextafter(1.0, 0.0)


def order_keys(
    order: Order, names: Iterable[str], values: NDArray[np.number] | None, seed: int
) -> NDArray[np.float64]:
    """Return the key of each document, float64 [n] in [0, 1).

    Args:
        order: what the mixture is ordered by.
        names: the doc_ids [n]; read for ``random`` only.
        values: [n], quality, length or density, see ``ordered_by``; None for ``random``. NaN comes last.
        seed: of the mixture or of the phase.
    """
    if ordered_by(order) is None:
        # Not the number that the draw uses: the documents that are nearly left out would all come first.
        return np.array([uniform(seed, f"order of {name}") for name in names], np.float64)
    assert values is not None
    numbers = np.asarray(values, np.float64) + 0.0  # -0.0 is 0.0
    keys = _monotone(-numbers + 0.0 if order.endswith("_descending") else numbers)
    keys[np.isnan(numbers)] = _LAST
    return keys


def ordered_by(order: Order) -> str | None:
    """Return the value that an order needs: ``quality``, ``length`` or ``density``; None for ``random``."""
    if order not in get_args(Order):
        raise ValueError(f"allocation.order: {order!r}; allowed: {', '.join(get_args(Order))}")
    return None if order == "random" else order.rsplit("_", 1)[0]


def _monotone(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map floats to [0, 1), keeping their order; what agrees in 41 bits of the fraction may become
    equal."""
    bits = numbers.view(np.uint64)
    sign = np.uint64(1) << np.uint64(63)
    ordered = np.where(bits & sign, ~bits, bits | sign)
    return (ordered >> np.uint64(11)).astype(np.float64) / float(1 << 53)
