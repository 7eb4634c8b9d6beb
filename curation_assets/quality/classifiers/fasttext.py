"""fastText's classifier of documents, as DCLM and LLaMA filter by it (arXiv 2406.11794, 2302.13971).

A text's vector is the mean of the vectors of its words and hashed word bigrams; P(label) is a softmax of its
product with one vector a label. As the model is linear up to there, each row's products are all that is kept:
``logits``, float32 [rows, labels], instead of vectors of 100 numbers. Models are trained here
(:mod:`fasttext_training`) or read from a file of fastText (:mod:`fasttext_file`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.fasttext_features import Features
from curation_assets.quality.classifiers.fasttext_file import read_fasttext
from curation_assets.quality.classifiers.model_file import ModelFile, load_model_file
from curation_assets.quality.classifiers.text_bytes import batches
from curation_assets.text.hashing import content_hash
from resources.models import ModelError, file_fingerprint

KIND = "fasttext"
VERSION = "1"
"""Raised by hand whenever the same model file and text give another score."""


@dataclass(frozen=True)
class FastTextClassifier:
    """P(label) of a text.

    File: ``letters`` uint8, ``word_offsets`` int64 and ``logits`` float32 [rows, labels]; settings: labels
    (names without ``__label__``), word_ngrams, buckets.

    Attributes:
        label: the label whose probability is the score.
        source: fingerprint of the file of fastText that it was read from; empty if it was trained here.
    """

    features: Features
    labels: tuple[str, ...]
    logits: NDArray[np.float32]
    label: str
    source: str = ""
    record: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.label not in self.labels:
            raise ModelError(f"label {self.label!r}: the model has {', '.join(map(repr, self.labels[:20]))}")

    @property
    def fingerprint(self) -> str:
        return content_hash(VERSION, self.label, self.source or self._file().fingerprint)

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return P(label), float64 [n]."""
        return self.probabilities(texts)[:, self.labels.index(self.label)]

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return P of every label, float64 [n, labels]; all are the same for a text without features."""
        from curation_assets.quality.classifiers.fasttext_kernel import mean_logits

        dictionary = self.features.dictionary
        parts = [np.empty((0, len(self.labels)))]
        for batch in batches(texts):
            means = np.empty((len(batch.offsets) - 1, len(self.labels)))
            hashes, found = self.features.scratch(batch.longest)
            mean_logits(*batch, dictionary, self.logits, hashes, found, means)
            parts.append(means)
        margins = np.concatenate(parts)
        odds = np.exp(margins - margins.max(axis=1, keepdims=True, initial=-np.inf))
        return odds / odds.sum(axis=1, keepdims=True)

    def save(self, path: Path) -> None:
        self._file().save(path)

    def _file(self) -> ModelFile:
        arrays: dict[str, NDArray[Any]] = {
            "letters": self.features.letters,
            "word_offsets": self.features.word_offsets,
            "logits": self.logits,
        }
        settings = {
            "labels": list(self.labels),
            "word_ngrams": self.features.word_ngrams,
            "buckets": self.features.buckets,
        }
        return ModelFile(KIND, settings, arrays, self.record)


def load_fasttext(path: Path, label: str) -> FastTextClassifier:
    """Read a classifier: fastText's own file if it ends in .bin or .ftz, otherwise one that was trained here.

    Raises:
        ModelError: the file is missing, is no such classifier, or does not have the label.
    """
    if path.suffix in (".bin", ".ftz"):
        features, labels, logits = read_fasttext(path)
        return FastTextClassifier(features, labels, logits, label, source=file_fingerprint(path))
    file = load_model_file(path, KIND, {"letters": 1, "word_offsets": 1, "logits": 2})
    settings, arrays = file.settings, file.arrays
    features = Features(
        arrays["letters"], arrays["word_offsets"], int(settings["word_ngrams"]), int(settings["buckets"])
    )
    labels = tuple(settings["labels"])
    if arrays["logits"].shape != (features.rows, len(labels)):
        raise ModelError(f"classifier {path}: {arrays['logits'].shape} logits for {features.rows} rows")
    return FastTextClassifier(features, labels, arrays["logits"], label, record=dict(file.record))
