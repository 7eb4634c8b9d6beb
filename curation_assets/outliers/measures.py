"""How far a vector lies from the others: LOF, Isolation Forest and Mahalanobis' distance (scikit-learn).

All are measured against a sample of the lake. A score is a function of the sample and the vector: one thread,
a fixed seed, coordinates in whole numbers, and six significant bits.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.rounding import round_significant
from curation_assets.vectors.rounded import Rounded

NEIGHBOURS = 20
COMPONENTS = 64
LEAST_SAMPLE = 50
"""Vectors below which there is nothing to say of what is far out."""
LOF_LIMIT, ISOLATION_LIMIT = 1.5, 0.5
"""Where contamination="auto" of scikit-learn puts the limits; the second is that of Liu et al. (2008)."""
TAIL = 0.001
"""Of the chi-square distribution with as many degrees of freedom as components."""
MEASURES = ("lof", "isolation", "mahalanobis")
_AT_ONCE = 4096
_STEPS = 1 << 15

Coordinates = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """Above what a vector is far out, by name of the measure."""

    lof: float
    isolation: float
    mahalanobis: float

    def votes(self, scores: dict[str, NDArray[np.float64]]) -> NDArray[np.int64]:
        """Return by how many measures each vector is far out [n]."""
        return np.sum([scores[name] > getattr(self, name) for name in MEASURES], axis=0, dtype=np.int64)


class Measures:
    """The three measures, fitted to a sample.

    lof: local outlier factor (Breunig et al. 2000) among 20 neighbours; 1 amid equals.
    isolation: anomaly score of an Isolation Forest (Liu et al. 2008), 0 to 1.
    mahalanobis: squared distance from the mean by a Ledoit-Wolf covariance (2004).
    """

    def __init__(self, sample: Rounded, seed: int, farthest: float) -> None:
        """Fit to a sample [n, components] of at least LEAST_SAMPLE vectors.

        ``published`` are the limits of the literature. They expect data of few dimensions or of one cluster:
        no real text was seen beyond two of them with the packaged embedder (benchmarks/outliers.py). So
        ``relative`` ones are where the share ``farthest`` of the sample begins, if that is nearer.
        """
        from scipy.stats import chi2
        from sklearn.covariance import LedoitWolf
        from sklearn.ensemble import IsolationForest
        from sklearn.neighbors import LocalOutlierFactor

        with _alone():
            self._axes = _Axes(sample)
            known = self._axes.coordinates(sample)
            self._lof: Any = LocalOutlierFactor(NEIGHBOURS, novelty=True, n_jobs=1).fit(known)
            self._forest: Any = IsolationForest(random_state=seed, n_jobs=1).fit(known)
            self._gauss: Any = LedoitWolf().fit(known / _STEPS)
            self._own = round_significant(-self._lof.negative_outlier_factor_)
        of_sample = self.scores(sample, np.arange(len(sample)))
        self.published = Limits(LOF_LIMIT, ISOLATION_LIMIT, float(chi2.isf(TAIL, self._axes.count)))
        self.relative = Limits(
            *(
                min(getattr(self.published, name), _below_the_farthest(of_sample[name], farthest))
                for name in MEASURES
            )
        )

    def scores(self, vectors: Rounded, place: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """Return the scores of vectors [n, components] by name; the larger the farther out.

        ``place`` [n] is the row of the sample that a vector is itself, so that it is no neighbour of its own,
        or -1.
        """
        found = [np.empty((0, len(MEASURES)))]
        with _alone():
            for start in range(0, len(vectors), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                asked, rows = self._axes.coordinates(vectors[part]), place[part]
                lof = np.where(rows >= 0, self._own[rows], np.nan)
                if (rows < 0).any():
                    lof[rows < 0] = -self._lof.score_samples(asked[rows < 0])
                columns = [lof, -self._forest.score_samples(asked), self._gauss.mahalanobis(asked / _STEPS)]
                found.append(np.stack(columns, axis=1))
        rounded = round_significant(np.concatenate(found))
        return dict(zip(MEASURES, rounded.T, strict=True))


class _Axes:
    """The principal components of a sample, COMPONENTS at most.

    Coordinates are whole numbers: products of these are exact, so that a distance does not depend on what
    else is measured.
    """

    def __init__(self, sample: Rounded) -> None:
        units = _units(sample)
        self._middle = units.mean(axis=0)
        units -= self._middle
        values, axes = np.linalg.eigh(units.T @ units)
        wide = max(1, int((values > 1e-9 * values[-1]).sum()))
        self.count = min(wide, COMPONENTS)
        self._axes = axes[:, ::-1][:, : self.count]

    def coordinates(self, vectors: Rounded) -> Coordinates:
        return np.rint((_units(vectors) - self._middle) @ self._axes * _STEPS)


def _units(vectors: Rounded) -> NDArray[np.float64]:
    """Return vectors of one length; one of zeros stays so."""
    exact = vectors.astype(np.float64)
    lengths = np.sqrt(np.square(exact).sum(axis=1, keepdims=True))
    return exact / np.where(lengths > 0, lengths, 1.0)


def _below_the_farthest(scores: NDArray[np.float64], share: float) -> float:
    """Return the least score that at most such a share of all lie above."""
    values, counts = np.unique(scores, return_counts=True)
    above = len(scores) - np.cumsum(counts)
    return float(values[above <= share * len(scores)][0])


@contextmanager
def _alone() -> Iterator[None]:
    """In one thread, so that sums are always split the same way, and without warnings of equal vectors."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield
