"""What a text looks like, from what cleaning has measured: the features that formats are cells of."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

_SENTENCES = pl.col("c4_sentences").clip(lower_bound=1)
_WORDS = pl.col("gopher_words").clip(lower_bound=1)

FEATURES: Mapping[str, tuple[pl.Expr, float]] = {
    "log2_characters": ((pl.col("characters") + 1).log(2), 1.0),
    "log2_words_per_sentence": ((_WORDS / _SENTENCES).log(2), 0.5),
    "bullet_lines": (pl.col("gopher_bullet_lines"), 0.1),
    "words_with_letters": (pl.col("gopher_alphabetic_words"), 0.1),
    "lines_that_end_sentences": (pl.col("fineweb_terminal_lines"), 0.1),
    "short_lines": (pl.col("fineweb_short_lines"), 0.1),
    "log2_words_per_line": (1 - (pl.col("fineweb_line_breaks_per_word") + 1 / _WORDS).log(2), 1.0),
    "curly_brackets_per_word": ((pl.col("c4_curly_brackets") / _WORDS).clip(0, 1), 0.02),
}
"""By name, how a feature follows from clean_documents, and the least spread by which it is divided.

They depend little on the language; mean word length, function words and their like would make languages of
formats. Shares run from 0 to 1.
"""
COLUMNS = tuple(sorted({column for feature, _ in FEATURES.values() for column in feature.meta.root_names()}))
"""The columns of clean_documents that are needed."""
_STEPS_AT_ONE, _MOST = 40, 120
_NARROWEST = np.array([least for _, least in FEATURES.values()])

Features = NDArray[np.float64]
"""[n, len(FEATURES)], to three decimals; NaN where there is no value."""
Steps = NDArray[np.int8]
"""Features in whole steps of a fortieth of their spread, -120 to 120."""


def features(documents: pl.DataFrame) -> Features:
    """Return the features of documents, of which the table has COLUMNS."""
    table = documents.select(feature.cast(pl.Float64).alias(name) for name, (feature, _) in FEATURES.items())
    values = np.round(table.to_numpy(), 3).reshape(documents.height, len(FEATURES))
    return np.where(np.isfinite(values), values, np.nan)


class Scale:
    """Medians and spreads of a sample: half the way from its first to its last decile.

    A feature that hardly varies is divided by a least spread instead, and what lies beyond three spreads
    counts as three, so that odd documents do not make the cells.
    """

    def __init__(self, sample: Features) -> None:
        low, self._middle, high = (_quantile(sample, share) for share in (0.1, 0.5, 0.9))
        self._spread = np.maximum((high - low) / 2, _NARROWEST)

    def steps(self, values: Features) -> Steps:
        """Return features in steps; where there is no value it is taken for the median."""
        far = (np.where(np.isnan(values), self._middle, values) - self._middle) / self._spread
        return np.rint(np.clip(far * _STEPS_AT_ONE, -_MOST, _MOST)).astype(np.int8)


def _quantile(values: Features, share: float) -> NDArray[np.float64]:
    """Return a value of each column below which such a share of it lies; 0 for a column without values."""
    found = np.zeros(values.shape[1])
    for place, column in enumerate(values.T):
        known = np.sort(column[~np.isnan(column)])
        if len(known):
            found[place] = known[int(share * (len(known) - 1))]
    return found


def learn_formats(sample: Steps, count: int, iterations: int) -> Steps:
    """Return the centres of formats by k-means (Lloyd 1982) in whole numbers, the commonest first.

    The first rows of the sample that differ are the first centres. Fewer are returned where there are fewer
    such rows.
    """
    if not len(sample):
        return sample
    first = np.sort(np.unique(sample, axis=0, return_index=True)[1])[:count]
    centres = sample[first]
    for _ in range(iterations):
        cell = nearest_formats(sample, centres)
        sizes = np.bincount(cell, minlength=len(centres))[:, None]
        sums = np.zeros(centres.shape, np.int64)
        np.add.at(sums, cell, sample.astype(np.int64))
        moved = np.where(sizes > 0, np.rint(sums / np.maximum(sizes, 1)), centres).astype(np.int8)
        if np.array_equal(moved, centres):
            break
        centres = moved
    sizes = np.bincount(nearest_formats(sample, centres), minlength=len(centres))
    return centres[np.argsort(-sizes, kind="stable")]


def nearest_formats(steps: Steps, centres: Steps) -> NDArray[np.int32]:
    """Return the nearest centre of each row, int32 [n], the first of equally near ones."""
    if not len(steps):
        return np.empty(0, np.int32)
    exact, places = steps.astype(np.float64), centres.astype(np.float64)
    return (np.square(places).sum(axis=1) - 2 * (exact @ places.T)).argmin(axis=1).astype(np.int32)
