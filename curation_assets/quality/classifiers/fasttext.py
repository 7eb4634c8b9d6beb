"""fastText's classifier of documents, as DCLM and LLaMA filter by it (arXiv 2406.11794, 2302.13971).

A text's vector is the mean of the vectors of its words and hashed word bigrams; P(label) is a softmax of its
product with one vector a label. As the model is linear up to there, each row's products are all that is kept:
``logits``, float32 [rows, labels], instead of vectors of 100 numbers. Models are trained here
(:mod:`fasttext_training`) or read from a file of fastText (:mod:`fasttext_file`).
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.model_file import ModelFile, load_model_file
from curation_assets.quality.classifiers.text_bytes import batches
from curation_assets.text.hashing import content_hash
from resources.models import ModelError

KIND = "fasttext"
END_OF_LINE = b"</s>"
VERSION = "1"
"""Raised by hand whenever the same model file and text give another score."""
_NO_ROWS = np.empty(0, dtype=np.int32)


@dataclass(frozen=True)
class Features:
    """How texts become rows of a matrix: first the words, then the buckets of n-grams.

    Attributes:
        letters, word_offsets: the words as UTF-8, see ``fasttext_kernel.Dictionary``.
        word_ngrams: words of the longest run that is hashed; 1 = none.
        shortest, longest: characters of an n-gram inside a word; longest 0 = none.
        bucket_rows: int32, the row of each bucket, -1 = pruned; empty where all have one, in order.
    """

    letters: NDArray[np.uint8]
    word_offsets: NDArray[np.int64]
    word_ngrams: int
    buckets: int
    shortest: int = 0
    longest: int = 0
    bucket_rows: NDArray[np.int32] = field(default_factory=_NO_ROWS.copy)

    def __post_init__(self) -> None:
        offsets = self.word_offsets
        if not (len(offsets) and offsets[0] == 0 and offsets[-1] == len(self.letters)):
            raise ModelError("words that do not fill their letters")
        if (np.diff(offsets) < 0).any() or min(self.buckets, self.word_ngrams, self.shortest) < 0:
            raise ModelError("words or settings out of range")

    @property
    def words(self) -> int:
        return len(self.word_offsets) - 1

    @property
    def rows(self) -> int:
        """Return how many rows there can be."""
        kept = int((self.bucket_rows >= 0).sum()) if len(self.bucket_rows) else self.buckets
        return self.words + kept

    @functools.cached_property
    def dictionary(self) -> Any:
        """Return what the kernels read: ``fasttext_kernel.Dictionary``."""
        from curation_assets.quality.classifiers import fasttext_kernel as kernel

        slots = np.full(1 << (2 * self.words + 1).bit_length(), -1, dtype=np.int32)
        kernel.fill_slots(self.letters, self.word_offsets, slots)
        end = np.frombuffer(END_OF_LINE, dtype=np.uint8)
        state = kernel.word_hash(end, 0, len(end))
        return kernel.Dictionary(
            self.letters,
            self.word_offsets,
            slots,
            self.bucket_rows,
            kernel.known(end, 0, len(end), state, self.letters, self.word_offsets, slots),
            int(np.uint32(state).astype(np.int32)),
            self.word_ngrams if self.buckets else 1,
            self.buckets,
            self.shortest,
            self.longest if self.buckets else 0,
        )

    def scratch(self, longest_text: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return room for the hashes and rows of a text of so many bytes."""
        tokens = (longest_text + 1) // 2 + 1
        runs = tokens * max(self.word_ngrams, 1)
        characters = (longest_text + 2 * tokens) * self.longest
        return np.empty(tokens, np.int32), np.empty(runs + characters, np.int32)


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
        from curation_assets.quality.classifiers.fasttext_file import read_fasttext

        return read_fasttext(path, label)
    file = load_model_file(path, KIND, {"letters": 1, "word_offsets": 1, "logits": 2})
    settings, arrays = file.settings, file.arrays
    features = Features(
        arrays["letters"], arrays["word_offsets"], int(settings["word_ngrams"]), int(settings["buckets"])
    )
    labels = tuple(settings["labels"])
    if arrays["logits"].shape != (features.rows, len(labels)):
        raise ModelError(f"classifier {path}: {arrays['logits'].shape} logits for {features.rows} rows")
    return FastTextClassifier(features, labels, arrays["logits"], label, record=dict(file.record))
