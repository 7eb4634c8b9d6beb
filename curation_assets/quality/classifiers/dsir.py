"""DSIR: how much likelier a text is among target texts than among raw ones (arXiv 2302.03169).

Both are bags of hashed word unigrams and bigrams in 10,000 buckets; the log importance weight of a text is
the sum over its n-grams of log(p_target / p_raw). A bucket's probability is (count + s) / (total + s *
buckets), s = 1 by default (Laplace): with the authors' 1e-8 a word that a small target happens to lack would
outweigh all others. The mixture's sampler ``dsir`` draws by these weights.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.model_file import ModelFile, load_model_file
from curation_assets.quality.classifiers.text_bytes import TextsHash, batches
from curation_assets.text.hashing import content_hash
from resources.models import ModelError

KIND = "dsir"
BUCKETS = 10_000
SMOOTHING = 1.0
VERSION = "1"
"""Raised by hand whenever the same model file and text give another score."""
_CODE_POINTS = 0x110000


@dataclass(frozen=True)
class ImportanceWeights:
    """Log importance weights of texts.

    File: ``target`` and ``raw``, int64 [buckets], the counts; settings: ``smoothing``.
    """

    target: NDArray[np.int64]
    raw: NDArray[np.int64]
    smoothing: float = SMOOTHING
    record: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.target.shape != self.raw.shape or min(self.target.min(), self.raw.min()) < 0:
            raise ModelError("counts of buckets that are out of range, or of different numbers of buckets")

    @property
    def fingerprint(self) -> str:
        # What a letter is, and its lower case, come from Python's version of Unicode.
        return content_hash(VERSION, unicodedata.unidata_version, self._file().fingerprint)

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return log(p_target / p_raw) of each text, float64 [n], natural; 0 without words."""
        return self.score_and_count(texts)[0]

    def score_and_count(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the log weights and the numbers of words, [n] each."""
        from curation_assets.quality.classifiers.ngram_kernel import sum_differences

        differences = np.log(smoothed(self.target, self.smoothing) / smoothed(self.raw, self.smoothing))
        sums, counts = [np.empty(0)], [np.empty(0, np.int64)]
        for batch in batches(texts, lower=True):
            found = np.empty(2 * batch.longest + 1, dtype=np.int32)
            part, ngrams = np.empty(len(batch.offsets) - 1), np.empty(len(batch.offsets) - 1, np.int64)
            sum_differences(*batch, _kinds(), differences, found, part, ngrams)
            sums.append(part)
            counts.append((ngrams + 1) // 2)
        return np.concatenate(sums), np.concatenate(counts)

    def save(self, path: Path) -> None:
        self._file().save(path)

    def _file(self) -> ModelFile:
        arrays = {"target": self.target, "raw": self.raw}
        return ModelFile(KIND, {"smoothing": self.smoothing}, arrays, self.record)


def load_dsir(path: Path) -> ImportanceWeights:
    """Read the counts.

    Raises:
        ModelError: the file is missing or holds something else.
    """
    file = load_model_file(path, KIND, {"target": 1, "raw": 1})
    return ImportanceWeights(
        file.arrays["target"], file.arrays["raw"], float(file.settings["smoothing"]), dict(file.record)
    )


def train_dsir(
    targets: Iterable[str], raws: Iterable[str], *, buckets: int = BUCKETS, smoothing: float = SMOOTHING
) -> ImportanceWeights:
    """Count the n-grams of target texts and raw texts.

    Raises:
        ValueError: one of the two has no words, or the smoothing is not positive.
    """
    if not smoothing > 0:
        raise ValueError(f"smoothing {smoothing}: not positive")
    hashes = TextsHash(), TextsHash()
    target, raw = (
        bucket_counts(seen(some), buckets) for seen, some in zip(hashes, (targets, raws), strict=True)
    )
    if not (target.any() and raw.any()):
        raise ValueError("importance weights need words of both, target and raw texts")
    record = {
        "positive": {"texts": hashes[0].count, "hash": hashes[0].value, "ngrams": int(target.sum())},
        "negative": {"texts": hashes[1].count, "hash": hashes[1].value, "ngrams": int(raw.sum())},
        "divergence_of_raw": round(divergence(target, raw, smoothing), 6),
    }
    return ImportanceWeights(target, raw, smoothing, record)


def bucket_counts(texts: Iterable[str], buckets: int = BUCKETS) -> NDArray[np.int64]:
    """Return how often each bucket occurs in all texts together, int64 [buckets]."""
    from curation_assets.quality.classifiers.ngram_kernel import count_buckets

    totals = np.zeros(buckets, dtype=np.int64)
    for batch in batches(texts, lower=True):
        count_buckets(*batch, _kinds(), np.empty(2 * batch.longest + 1, dtype=np.int32), totals)
    return totals


def smoothed(counts: NDArray[np.int64], smoothing: float = SMOOTHING) -> NDArray[np.float64]:
    """Return the probability of each bucket, float64 [buckets]."""
    return (counts + smoothing) / (counts.sum() + smoothing * len(counts))


def divergence(target: NDArray[np.int64], other: NDArray[np.int64], smoothing: float = SMOOTHING) -> float:
    """Return KL(target || other) of two sets' bucket counts, in nats: the paper's measure of a selection."""
    p, q = smoothed(target, smoothing), smoothed(other, smoothing)
    return float(np.sum(p * np.log(p / q)))


@cache
def _kinds() -> NDArray[np.uint8]:
    r"""Return 0 for a code point that matches ``\s``, 1 for ``\w``, 2 for any other: uint8 [0x110000]."""
    kinds = np.full(_CODE_POINTS, 2, dtype=np.uint8)
    for code in range(_CODE_POINTS):
        character = chr(code)
        if character.isspace():
            kinds[code] = 0
        elif character.isalnum() or character == "_":
            kinds[code] = 1
    return kinds
