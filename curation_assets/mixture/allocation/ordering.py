"""The order of the documents in a mixture, as a key in [0, 1) for each: ascending keys, ties by doc_id.

A key depends on the document alone, not on the others, so a document that is added or taken out moves none
of the others. It is the value that documents are ordered by, mapped to [0, 1) by the bits of the float, which
keeps its order: the keys say who comes first, not how far apart they are. ``random`` is a hash of the name
instead, see ``mixture.positions``.
"""

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from curation_assets.mixture.allocation.config import Order

_LAST = np.nextafter(1.0, 0.0)


def order_keys(order: Order, values: NDArray[np.number]) -> NDArray[np.float64]:
    """Return the key of each document, float64 [n] in [0, 1).

    Args:
        order: what the mixture is ordered by, not ``random``.
        values: [n], quality, length or density, see ``ordered_by``. NaN comes last.
    """
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
