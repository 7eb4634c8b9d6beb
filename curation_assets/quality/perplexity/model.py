"""An n-gram model with backoff, as a file and in memory.

The n-grams form a tree: the parent of a node is the n-gram without its last word. Node 0 is the empty n-gram,
node 1 + i the unigram of word i, then come the longer ones, order by order, by parent and last word. The file
is a .npz without pickled objects: ``record`` (JSON), ``vocabulary`` (UTF-8, a line a word), ``counts`` (int64
[order]) and, from the bigrams on, ``context`` and ``word`` (uint32), with ``probability`` and ``backoff``
(float32, log10) of all nodes but the first; n-grams of the highest order have no backoff. The same model
gives the same bytes.
"""

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.perplexity.characters import Tokens, character_table
from curation_assets.text.hashing import content_hash
from resources.files import write_bytes_atomically
from resources.models import ModelError

FORMAT = 1
VERSION = "1"
"""Raised by hand whenever the same model and text give another value."""

UNKNOWN, BEGIN, END = 0, 1, 2
SPECIAL = ("<unk>", "<s>", "</s>")
MAXIMUM_ORDER = 8


@dataclass(frozen=True)
class NgramModel:
    """Probabilities and backoff weights, log10, of the n-grams of a tree; see the module.

    Attributes:
        tokens: how texts are cut into words.
        vocabulary: the words by number; the first three are <unk>, <s> and </s>.
        counts: int64 [order], n-grams by order.
        context, word: uint32 [nodes], parent and last word; of node 0 they are 0.
        probability, backoff: float32 [nodes], log10.
        record: what it was made from.
    """

    tokens: Tokens
    vocabulary: tuple[str, ...]
    counts: NDArray[np.int64]
    context: NDArray[np.uint32]
    word: NDArray[np.uint32]
    probability: NDArray[np.float32]
    backoff: NDArray[np.float32]
    record: dict[str, Any]

    @property
    def order(self) -> int:
        """Return the length of the longest n-grams."""
        return len(self.counts)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Return the first node of each order from 1 on, and the number of nodes, int64 [order + 1]."""
        return np.concatenate([[1], 1 + np.cumsum(self.counts)])

    def ngrams(self, order: int) -> NDArray[np.uint32]:
        """Return the word numbers of all n-grams of an order, uint32 [n, order]."""
        nodes = np.arange(self.offsets[order - 1], self.offsets[order])
        words = np.empty((len(nodes), order), dtype=np.uint32)
        for column in reversed(range(order)):
            words[:, column] = self.word[nodes]
            nodes = self.context[nodes]
        return words

    @property
    def fingerprint(self) -> str:
        """Return the content hash of all that a value depends on beside the text, not of the record."""
        arrays = (self.counts, self.context, self.word, self.probability, self.backoff)
        cut = content_hash(self.tokens, character_table(self.tokens).tobytes())
        return content_hash(VERSION, cut, *self.vocabulary, *(array.tobytes() for array in arrays))

    def save(self, path: Path) -> None:
        """Write the model's file."""
        bigrams, longest = self.offsets[1], self.offsets[-2]
        header = {"format": FORMAT, "tokens": self.tokens, "record": self.record}
        parts = {
            "record": _bytes(json.dumps(header, sort_keys=True, separators=(",", ":"))),
            "vocabulary": _bytes("".join(f"{word}\n" for word in self.vocabulary)),
            "counts": self.counts.astype("<i8"),
            "context": self.context[bigrams:].astype("<u4"),
            "word": self.word[bigrams:].astype("<u4"),
            "probability": self.probability[1:].astype("<f4"),
            "backoff": self.backoff[1:longest].astype("<f4"),
        }
        buffer = BytesIO()
        np.savez(buffer, allow_pickle=False, **parts)
        write_bytes_atomically(path, buffer.getvalue())


def make_model(
    tokens: Tokens,
    vocabulary: tuple[str, ...],
    counts: NDArray[np.int64],
    longer: tuple[NDArray[np.uint32], NDArray[np.uint32]],
    weights: tuple[NDArray[np.float32], NDArray[np.float32]],
    record: dict[str, Any],
) -> NgramModel:
    """Return a model, all parts of which have been checked.

    Args:
        longer: parents and last words of the n-grams from the bigrams on, ordered by order.
        weights: probabilities of all nodes but the first, and backoffs of those below the highest order.

    Raises:
        ValueError: the parts do not make up a model.
    """
    counts = np.asarray(counts, np.int64)
    if not 1 <= len(counts) <= MAXIMUM_ORDER or counts.min(initial=0) < 0:
        raise ValueError(f"an order of {len(counts)}")
    if vocabulary[: len(SPECIAL)] != SPECIAL or len(vocabulary) != counts[0]:
        raise ValueError("the vocabulary does not fit")
    nodes, lower = 1 + int(counts.sum()), int(counts[:-1].sum())
    unigrams = int(counts[0])
    if any(len(part) != nodes - 1 - unigrams for part in longer) or nodes >= 1 << 32:
        raise ValueError("the numbers of n-grams do not fit")
    if len(weights[0]) != nodes - 1 or len(weights[1]) != lower:
        raise ValueError("the numbers of weights do not fit")
    context, word = np.zeros(nodes, np.uint32), np.zeros(nodes, np.uint32)
    word[1 : 1 + unigrams] = np.arange(unigrams)
    context[1 + unigrams :], word[1 + unigrams :] = longer
    probability, backoff = np.zeros(nodes, np.float32), np.zeros(nodes, np.float32)
    probability[1:], backoff[1 : 1 + lower] = weights
    model = NgramModel(tokens, vocabulary, counts, context, word, probability, backoff, record)
    _check_tree(model)
    return model


def load_model(path: Path) -> NgramModel:
    """Read a model's file; nothing is unpickled.

    Raises:
        ModelError: the file is missing or is not such a model.
    """
    try:
        with np.load(path, allow_pickle=False) as parts:
            header = json.loads(parts["record"].tobytes())
            if header["format"] != FORMAT or header["tokens"] not in ("words", "spaces"):
                raise ValueError("an unknown format")
            return make_model(
                header["tokens"],
                tuple(parts["vocabulary"].tobytes().decode("utf-8").split("\n")[:-1]),
                parts["counts"],
                (parts["context"], parts["word"]),
                (parts["probability"], parts["backoff"]),
                header["record"],
            )
    except OSError as error:
        raise ModelError(f"n-gram model {path}: {error.strerror or error}") from error
    except Exception as error:  # a damaged archive raises whatever its reader comes upon
        raise ModelError(f"n-gram model {path}: not a model file ({error})") from error


def _check_tree(model: NgramModel) -> None:
    """Raise ValueError where a number points outside, so that compiled loops need not look."""
    offsets = model.offsets
    for order in range(2, model.order + 1):
        context = model.context[offsets[order - 1] : offsets[order]]
        outside = (context < offsets[order - 2]) | (context >= offsets[order - 1])
        if outside.any() or (model.word[offsets[order - 1] : offsets[order]] >= len(model.vocabulary)).any():
            raise ValueError(f"an {order}-gram without context or word")
    if not (np.isfinite(model.probability).all() and np.isfinite(model.backoff).all()):
        raise ValueError("a weight that is not finite")
    if (model.probability > 0).any():
        raise ValueError("a probability above 1")


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
