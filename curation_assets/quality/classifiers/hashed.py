"""GPT-3's quality classifier: logistic regression on hashed words (arXiv 2005.14165, appendix A).

Features are those of Spark's Tokenizer and HashingTF: lower-cased text cut at white space, each term counted
in one of 2^18 buckets. The paper trains on WebText, Wikipedia and books against raw Common Crawl, and keeps a
document by chance (the mixture's sampler ``pareto``). Counts are not scaled, as in HashingTF: margins grow
with a text's length.

One thing differs unless ``empty_terms`` is set. Spark's Tokenizer cuts at every single white space, so blank
lines and indents make empty terms, and these outweigh all words: trained on 377 labelled texts the classifier
then ranks the junk of other sources above their prose (area under the curve .32, without them .62:
``benchmarks/classifiers.py``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.ask_llm.probe import sigmoid
from curation_assets.quality.classifiers.model_file import ModelFile, load_model_file
from curation_assets.quality.classifiers.text_bytes import TextsHash, batches
from curation_assets.text.hashing import content_hash

KIND = "hashed"
BUCKETS = 1 << 18
REGULARISATION = 1.0
VERSION = "1"
"""Raised by hand whenever the same model file and text give another score."""
_ITERATIONS = 2000


@dataclass(frozen=True)
class HashedClassifier:
    """P(positive) of a text.

    File: ``coefficients`` float32 [buckets] and ``intercept`` float64 [1]; settings: ``empty_terms``.

    Attributes:
        coefficients: of the count of each bucket.
        empty_terms: whether there is a term between two white spaces in a row, as in Spark.
        record: what it was trained on.
    """

    coefficients: NDArray[np.float32]
    intercept: float
    empty_terms: bool = False
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return content_hash(VERSION, self._file().fingerprint)

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return P(positive), float64 [n]; a text without terms has that of the intercept alone."""
        return sigmoid(self.margins(texts))

    def margins(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the log odds, float64 [n]: these still differ where P is 1 for all long texts."""
        from curation_assets.quality.classifiers.spark_kernel import sum_coefficients

        sums = [np.empty(0)]
        for batch in batches(texts, lower=True):
            found = np.empty(batch.longest + 1, dtype=np.int32)
            part = np.empty(len(batch.offsets) - 1)
            sum_coefficients(*batch, self.coefficients, self.empty_terms, found, part)
            sums.append(part)
        return np.concatenate(sums) + self.intercept

    def save(self, path: Path) -> None:
        self._file().save(path)

    def _file(self) -> ModelFile:
        arrays = {"coefficients": self.coefficients, "intercept": np.array([self.intercept])}
        return ModelFile(KIND, {"empty_terms": self.empty_terms}, arrays, self.record)


def load_hashed(path: Path) -> HashedClassifier:
    """Read a classifier.

    Raises:
        ModelError: the file is missing or is no such classifier.
    """
    file = load_model_file(path, KIND, {"coefficients": 1, "intercept": 1})
    return HashedClassifier(
        file.arrays["coefficients"].astype(np.float32),
        float(file.arrays["intercept"][0]),
        bool(file.settings["empty_terms"]),
        dict(file.record),
    )


def term_counts(texts: Iterable[str], buckets: int = BUCKETS, *, empty_terms: bool = False) -> Any:
    """Return how often each bucket occurs in each text: a scipy.sparse.csr_matrix [n, buckets] of float64."""
    from scipy.sparse import csr_matrix, vstack

    from curation_assets.quality.classifiers.spark_kernel import write_all_terms

    parts = [csr_matrix((0, buckets))]
    for batch in batches(texts, lower=True):
        found = np.empty(len(batch.data) + len(batch.offsets), dtype=np.int32)
        ends = np.zeros(len(batch.offsets), dtype=np.int64)
        write_all_terms(*batch, buckets, empty_terms, found, ends[1:])
        ones, columns = np.ones(ends[-1]), found[: ends[-1]].copy()
        part = csr_matrix((ones, columns, ends), shape=(len(ends) - 1, buckets))
        part.sum_duplicates()
        parts.append(part)
    return vstack(parts, format="csr")


def train_hashed(
    positives: Iterable[str],
    negatives: Iterable[str],
    *,
    buckets: int = BUCKETS,
    regularisation: float = REGULARISATION,
    empty_terms: bool = False,
) -> HashedClassifier:
    """Train a classifier; both classes have the same total weight, whatever their sizes.

    The counts of all texts are held in memory: 12 bytes for each different bucket of each text.

    Args:
        regularisation: C of scikit-learn's LogisticRegression, the inverse of the penalty on squares.

    Raises:
        ValueError: positives or negatives are empty.
    """
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    hashes = TextsHash(), TextsHash()
    counts = [
        term_counts(texts(some), buckets, empty_terms=empty_terms)
        for texts, some in zip(hashes, (positives, negatives), strict=True)
    ]
    if not all(texts.count for texts in hashes):
        raise ValueError("a classifier needs texts of both kinds, positive and negative")
    labels = np.repeat([1, 0], [texts.count for texts in hashes])
    model = LogisticRegression(C=regularisation, class_weight="balanced", max_iter=_ITERATIONS, tol=1e-6)
    every = vstack(counts, format="csr")
    seen = np.unique(every.indices)  # a bucket that no text has stays at 0 whatever the solver does
    with threadpool_limits(1):  # sums are always split the same way
        model.fit(every[:, seen], labels)
    coefficients = np.zeros(buckets, dtype=np.float32)
    coefficients[seen] = model.coef_[0]
    record = {
        "positive": {"texts": hashes[0].count, "hash": hashes[0].value},
        "negative": {"texts": hashes[1].count, "hash": hashes[1].value},
        "regularisation": regularisation,
        "iterations": int(model.n_iter_[0]),
    }
    return HashedClassifier(coefficients, float(model.intercept_[0]), empty_terms, record)
