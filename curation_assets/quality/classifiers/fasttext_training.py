"""Trains fastText's classifier on two sets of texts (Joulin et al. 2016, arXiv 1607.01759), in one thread.

Defaults are those of DCLM (arXiv 2406.11794): word bigrams, 100 dimensions, rate 0.1, 5 epochs.
Four things differ from fastText's own trainer: one thread and a seeded order, so that the same texts give the
same model; 2^20 buckets instead of 2,000,000; a bucket that no training text has counts nothing, where
fastText leaves it at its random start; and the rate falls by texts instead of by words.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.fasttext import FastTextClassifier
from curation_assets.quality.classifiers.fasttext_features import END_OF_LINE, Features
from curation_assets.quality.classifiers.text_bytes import batches
from curation_assets.text.hashing import content_hash

POSITIVE, NEGATIVE = "positive", "negative"


@dataclass(frozen=True)
class Training:
    """How a model is trained.

    Attributes:
        minimum_count: a word that is rarer in the training texts is unknown.
        rate: learning rate at the start; it falls evenly to 0.
    """

    dimensions: int = 100
    epochs: int = 5
    rate: float = 0.1
    word_ngrams: int = 2
    buckets: int = 1 << 20
    minimum_count: int = 1
    seed: int = 0


def train_fasttext(
    positives: Sequence[str], negatives: Sequence[str], training: Training | None = None
) -> FastTextClassifier:
    """Train a classifier whose score is P(positive).

    Texts, their features (4 bytes each) and the vectors of the features are held in memory.

    Raises:
        ValueError: positives or negatives are empty.
    """
    how = training or Training()
    if not (len(positives) and len(negatives)):
        raise ValueError("a classifier needs texts of both kinds, positive and negative")
    texts = [*positives, *negatives]
    features = _features(_vocabulary(texts, how.minimum_count), how)
    rows, offsets = _rows(texts, features)
    seen, compact = np.unique(rows, return_inverse=True)
    targets = np.repeat(np.array([0, 1], np.int32), [len(positives), len(negatives)])
    vectors, outputs, losses = _descend(compact.astype(np.int32), offsets, targets, len(seen), how)
    logits = np.zeros((features.rows, 2), dtype=np.float32)
    logits[seen] = vectors @ outputs.T
    record = {
        "positive": {"texts": len(positives), "hash": content_hash(*positives)},
        "negative": {"texts": len(negatives), "hash": content_hash(*negatives)},
        "training": asdict(how),
        "words": features.words,
        "loss_of_epochs": [round(loss, 6) for loss in losses],
    }
    return FastTextClassifier(features, (POSITIVE, NEGATIVE), logits, POSITIVE, record=record)


def _vocabulary(texts: Iterable[str], minimum_count: int) -> list[bytes]:
    """Return "</s>" and the words that are frequent enough, the most frequent first, then by their bytes."""
    counts: Counter[bytes] = Counter()
    for text in texts:
        counts.update(text.encode("utf-8", "replace").replace(b"\0", b" ").split())
    del counts[END_OF_LINE]
    kept = [word for word, count in counts.items() if count >= minimum_count]
    return [END_OF_LINE, *sorted(kept, key=lambda word: (-counts[word], word))]


def _features(words: Sequence[bytes], how: Training) -> Features:
    letters = np.frombuffer(b"".join(words), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
    return Features(letters, offsets, how.word_ngrams, how.buckets)


def _rows(texts: Iterable[str], features: Features) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the rows of all texts one behind the other, and int64 [texts + 1] where each text's begin."""
    from curation_assets.quality.classifiers.fasttext_kernel import write_all_rows

    rows, counts = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
    for batch in batches(texts):
        part = np.empty(len(batch.offsets) - 1, np.int64)
        hashes, _ = features.scratch(batch.longest)
        room = (len(batch.data) // 2 + 2 * len(part)) * max(features.word_ngrams, 1)
        found = np.empty(room, np.int32)
        write_all_rows(*batch, features.dictionary, hashes, found, part)
        rows.append(found[: part.sum()].copy())
        counts.append(part)
    return np.concatenate(rows), np.cumsum(np.concatenate(counts))


def _descend(
    rows: NDArray[np.int32],
    offsets: NDArray[np.int64],
    targets: NDArray[np.int32],
    different: int,
    how: Training,
) -> tuple[NDArray[np.float32], NDArray[np.float32], list[float]]:
    """Return vectors [different rows, dimensions], outputs [2, dimensions], mean loss of each epoch."""
    from curation_assets.quality.classifiers.sgd_kernel import train_epoch

    random = np.random.default_rng(how.seed)
    vectors = random.random((different, how.dimensions), dtype=np.float32)
    vectors -= np.float32(0.5)
    vectors *= np.float32(2 / how.dimensions)
    outputs = np.zeros((2, how.dimensions), dtype=np.float32)
    losses = []
    for epoch in range(how.epochs):
        order = random.permutation(len(targets))
        rates = (how.rate * (1 - (epoch + part) / how.epochs) for part in (0, 1))
        losses.append(train_epoch(rows, offsets, targets, order, vectors, outputs, *rates))
    return vectors, outputs, losses
