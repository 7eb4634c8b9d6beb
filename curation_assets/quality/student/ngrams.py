"""Two features of a student that are themselves learnt: linear regressions on hashed n-grams.

A text is a vector of its different n-grams, each 1 over the root of their number: one vector of words and
pairs of words, one of runs of 3 to 5 bytes. Each is regressed on the targets (ridge), so that a text has two
predictions, which trees then weigh against the counted features. In training a text's own predictions come
from regressions that have not seen it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.text_bytes import batches

BUCKETS = 1 << 17
"""Of words, and as many of runs."""
PENALTY = 1.0
NAMES = ("words", "runs")
_ITERATIONS = 30
"""Of lsqr; it settles after about ten."""


def measure(
    texts: Sequence[str], coefficients: NDArray[np.float32], characters: int | None = None
) -> NDArray[np.float64]:
    """Return both predictions of each text, float64 [n, 2], without the mean of the targets.

    Args:
        coefficients: float32 [2 * buckets], of words and then of runs.
        characters: only so many from the start of a text are read; None: all.
    """
    from curation_assets.quality.student.ngram_kernel import PER_BYTE, sum_coefficients

    parts = [np.empty((0, 2))]
    for batch in batches(text[:characters] for text in texts):
        part = np.empty((len(batch.offsets) - 1, 2))
        found = np.empty(PER_BYTE * batch.longest + 4, dtype=np.int32)
        sum_coefficients(*batch, coefficients, found, part)
        parts.append(part)
    return np.concatenate(parts)


def matrix(texts: Sequence[str], characters: int | None = None, buckets: int = BUCKETS) -> Any:
    """Return the vectors of the texts, a scipy.sparse.csr_matrix [n, 2 * buckets] of float32."""
    from scipy.sparse import csr_matrix, vstack

    from curation_assets.quality.student.ngram_kernel import PER_BYTE, write_ngrams

    parts = [csr_matrix((0, 2 * buckets), dtype=np.float32)]
    for batch in batches(text[:characters] for text in texts):
        found = np.empty(PER_BYTE * len(batch.data) + 4 * len(batch.offsets), dtype=np.int32)
        ends = np.zeros(len(batch.offsets), dtype=np.int64)
        divisors = np.empty((len(ends) - 1, 2))
        write_ngrams(*batch, buckets, found, ends[1:], divisors)
        columns = found[: ends[-1]].copy()
        rows = np.repeat(np.arange(len(divisors)), np.diff(ends))
        values = 1.0 / divisors[rows, (columns >= buckets).astype(np.int64)]
        parts.append(
            csr_matrix((values.astype(np.float32), columns, ends), shape=(len(divisors), 2 * buckets))
        )
    return vstack(parts, format="csr")


def fit(vectors: Any, targets: NDArray[np.float64], penalty: float = PENALTY) -> NDArray[np.float32]:
    """Return the coefficients, float32 [2 * buckets], of targets less their mean; each half on its own."""
    half = vectors.shape[1] // 2
    wide, centred = vectors.astype(np.float64), targets - targets.mean()
    found = [_ridge(part, centred, penalty) for part in (wide[:, :half], wide[:, half:])]
    return np.concatenate(found).astype(np.float32)


def _ridge(vectors: Any, targets: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    from scipy.sparse.linalg import lsqr
    from threadpoolctl import threadpool_limits

    # The coefficient of a column without a value is 0: all others are a smaller problem.
    columns = np.unique(vectors.indices)
    found = np.zeros(vectors.shape[1])
    if len(columns):
        few = vectors[:, columns]
        with threadpool_limits(1):  # sums are always split the same way
            solved = lsqr(few, targets, damp=np.sqrt(penalty), iter_lim=_ITERATIONS, atol=1e-8, btol=1e-8)
        found[columns] = solved[0]
    return found


def apply(vectors: Any, coefficients: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return both predictions of each vector, float64 [n, 2]: ``measure`` up to the order of sums."""
    half, wide = vectors.shape[1] // 2, coefficients.astype(np.float64)
    return np.stack([vectors[:, :half] @ wide[:half], vectors[:, half:] @ wide[half:]], axis=1)


def predict_unseen(
    vectors: Any, targets: NDArray[np.float64], folds: NDArray[np.int64], penalty: float = PENALTY
) -> NDArray[np.float64]:
    """Return predictions of each vector, float64 [n, 2], by regressions on the other folds."""
    found = np.zeros((len(targets), 2))
    for fold in np.unique(folds):
        out = folds == fold
        found[out] = apply(vectors[out], fit(vectors[~out], targets[~out], penalty))
    return found
