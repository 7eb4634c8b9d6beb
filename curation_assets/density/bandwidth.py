"""What inverse-propensity weights of a sample would be under any kernel, and the kernel that suits a target.

All that a kernel needs of the sample is how many other documents are at each cosine from each of some
documents: a histogram of whole numbers, with which every kernel costs one matrix product.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from curation_assets.density.fixed_point import LENGTH, OFFSET, UNIT, Fixed, Kernel
from curation_assets.statistics import effective_sample_size

_BINS = 2048
_SHIFT = (2 * OFFSET // _BINS).bit_length() - 1
_POINTS = 8
_BLOCK = 2048
_DIGITS = 6
"""Decimals that effective sample sizes are compared in, coarser than rounding of their sums."""


@dataclass(frozen=True)
class Histogram:
    """Cosines of some documents to others; exact, hence the same in any order of the others.

    Attributes:
        counts: int32 [documents, bins]; the document itself is left out.
        others: how many others each was compared with.
        all_documents: of the lake, for which the others stand.
    """

    counts: NDArray[np.int32]
    others: int
    all_documents: int

    def density(self, kernel: Kernel) -> NDArray[np.float64]:
        """Return the mean kernel to a document of the lake: float64 [documents].

        That to itself is 1, that to the others of the lake is taken to be that to the others looked at.
        """
        cosines, counts = self._filled
        table = np.rint(kernel(cosines).mean(axis=1) * UNIT)
        sums = counts @ table  # exact: whole numbers, below 2**53
        kernels = sums / UNIT / max(self.others, 1)
        rest = (self.all_documents - 1) / self.all_documents
        return np.minimum(kernels * rest + 1.0 / self.all_documents, 1.0)

    @cached_property
    def _filled(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return cosines in each bin that is not empty [bins, points], and its counts [documents, bins]."""
        bins = np.flatnonzero(self.counts.any(axis=0))
        products = ((bins[:, None] + (np.arange(_POINTS) + 0.5) / _POINTS) * (1 << _SHIFT)) - OFFSET
        return np.clip(products / LENGTH**2, -1.0, 1.0), self.counts[:, bins].astype(np.float64)


@dataclass(frozen=True)
class Choice:
    """A bandwidth, and the share ESS/N of the sample's weights 1/density under it."""

    value: float
    share: float


def histogram(documents: Fixed, others: Fixed, all_documents: int) -> Histogram:
    """Compare documents [n, d] with others [m, d], the documents among them, once each."""
    from curation_assets.density import loops

    counts = np.zeros((len(documents), _BINS), np.int32)
    for start in range(0, len(others), _BLOCK):
        products = documents @ np.ascontiguousarray(others[start : start + _BLOCK].T)
        loops.count_products(products, OFFSET, _SHIFT, counts)
    own = np.square(documents).sum(axis=1).astype(np.int64) + OFFSET >> _SHIFT
    counts[np.arange(len(documents)), own] -= 1
    return Histogram(counts, len(others) - 1, all_documents)


def effective_share(density: NDArray[np.float64]) -> float:
    """Return ESS/N of the weights 1/density [n]; 1 for none."""
    known = density[np.isfinite(density)]
    return round(effective_sample_size(1.0 / known) / len(known), _DIGITS) if len(known) else 1.0


def choose(values: Sequence[float], density: Callable[[float], NDArray[np.float64]], target: float) -> Choice:
    """Return the value whose share is nearest to the target, where the share first falls to it.

    Values are from the widest kernel to the narrowest. A wide kernel makes all documents alike, and so does
    a very narrow one, in which each is alone: the share falls and rises again. Where it never falls to the
    target, the value of the lowest share is returned.
    """
    choices: list[Choice] = []
    for value in values:
        choices.append(Choice(value, effective_share(density(value))))
        if choices[-1].share <= target:
            return min(choices[-2:], key=lambda choice: abs(choice.share - target))
    return min(choices, key=lambda choice: choice.share)


def two_digits(narrowest: float, widest: float) -> list[float]:
    """Return the numbers of two significant digits in this range, the widest first."""
    tens = [(digits, power) for power in range(-3, 3) for digits in range(10, 100)]
    found = [float(f"{digits}e{power}") for digits, power in tens]
    return [value for value in reversed(found) if narrowest <= value <= widest]
