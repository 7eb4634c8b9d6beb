"""Reads a supervised model of fastText (.bin, or .ftz, quantised), such as DCLM's, by its format.

Version 12 (11 is the same without character n-grams), little-endian: magic number and version; arguments;
dictionary, with the buckets that pruning left; input matrix; output matrix; each matrix dense or
product-quantised (Joulin et al. 2016, arXiv 1612.03651). Of the input only its product with the output is
kept: one number a label instead of, in DCLM's, 100 for each word and bucket. Only softmax models are read:
the others' probabilities of labels do not add up to 1 and are not comparable.
"""

import mmap
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.classifiers.fasttext_features import Features
from resources.models import ModelError

_MAGIC, _VERSIONS = 793712314, (11, 12)
_SOFTMAX, _SUPERVISED = 3, 3
_LOSSES = {1: "hierarchical softmax", 2: "negative sampling", 3: "softmax", 4: "one-vs-all"}
_PREFIX = "__label__"
_CENTROIDS = 256
_ROWS = 1 << 16
# Far beyond what is in use; a damaged file is not to ask for all memory.
_MOST_BUCKETS, _LONGEST_RUN, _LONGEST_NGRAM = 1 << 27, 16, 32


def read_fasttext(path: Path) -> tuple[Features, tuple[str, ...], NDArray[np.float32]]:
    """Return features, labels (without ``__label__``) and each row's logits, float32 [rows, labels].

    Raises:
        ModelError: the file is missing, damaged, or no supervised softmax model.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _read(_Reader(data))
    except OSError as error:
        raise ModelError(f"model {path}: {error.strerror or error}") from error
    except (ValueError, struct.error, ModelError) as error:
        raise ModelError(
            f"model {path}: no supervised model of fastText that can be read: {error}"
        ) from error


class _Reader:
    """The bytes of a file, read from the front."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data, self._at = data, 0

    def numbers(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{layout}", self.data, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return found

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        size = np.dtype(dtype).itemsize * count
        if count < 0 or self._at + size > len(self.data):
            raise ValueError("cut short")
        found = np.frombuffer(self.data[self._at : self._at + size], dtype)
        self._at += size
        return found

    def word(self) -> bytes:
        end = self.data.find(b"\0", self._at)
        if end < 0:
            raise ValueError("cut short")
        found = self.data[self._at : end]
        self._at = end + 1
        return found

    def expect_shape(self, rows: int, columns: int) -> None:
        found = self.numbers("qq")
        if found != (rows, columns):
            raise ValueError(f"a matrix {found}, not {(rows, columns)}")

    def skip_matrix(self, rows: int, columns: int) -> int:
        """Pass over a dense matrix; return where its numbers begin."""
        self.expect_shape(rows, columns)
        begin = self._at
        self._at += 4 * rows * columns
        if self._at > len(self.data):
            raise ValueError("cut short")
        return begin

    def rows_at(self, begin: int, first: int, rows: int, columns: int) -> NDArray[np.float32]:
        """Return some rows of a dense matrix, without a copy."""
        at = begin + 4 * first * columns
        return np.frombuffer(self.data, "<f4", rows * columns, at).reshape(rows, columns)


def _read(file: _Reader) -> tuple[Features, tuple[str, ...], NDArray[np.float32]]:
    magic, version = file.numbers("ii")
    if magic != _MAGIC or version not in _VERSIONS:
        raise ValueError(f"magic number {magic}, version {version}")
    dimensions, _, _, _, _, word_ngrams, loss, kind, buckets, shortest, longest, _, _ = file.numbers("12id")
    if kind != _SUPERVISED:
        raise ValueError("it is not supervised")
    if loss != _SOFTMAX:
        raise ValueError(f"its loss is {_LOSSES.get(loss, loss)}, not softmax")
    in_range = 0 <= word_ngrams <= _LONGEST_RUN and 0 <= longest <= _LONGEST_NGRAM and shortest >= 0
    if dimensions <= 0 or not 0 <= buckets <= _MOST_BUCKETS or not in_range:
        raise ValueError("arguments out of range")
    words, labels, pruned = _dictionary(file)
    if version == _VERSIONS[0]:
        longest = 0
    features = Features(
        letters=np.frombuffer(b"".join(words), dtype=np.uint8),
        word_offsets=np.cumsum([0, *map(len, words)], dtype=np.int64),
        word_ngrams=word_ngrams,
        buckets=buckets,
        shortest=shortest,
        longest=longest,
        bucket_rows=_bucket_rows(pruned, len(words), buckets),
    )
    return features, labels, _logits(file, features.rows, dimensions, len(labels))


def _dictionary(file: _Reader) -> tuple[list[bytes], tuple[str, ...], NDArray[np.int32] | None]:
    """Return words, labels, and of a pruned model each n-gram's bucket and number: int32 [n-grams, 2]."""
    size, words, labels, _, pruned = file.numbers("iiiqq")
    if words < 0 or labels < 1 or words + labels != size or pruned < -1:
        raise ValueError(f"{words} words and {labels} labels of {size}, {pruned} n-grams")
    entries = []
    for _ in range(size):
        entries.append(file.word())
        file.numbers("qb")
    names = tuple(entry.decode("utf-8", "replace").removeprefix(_PREFIX) for entry in entries[words:])
    kept = None if pruned < 0 else file.array("<i4", 2 * pruned).reshape(-1, 2)
    return entries[:words], names, kept


def _bucket_rows(pruned: NDArray[np.int32] | None, words: int, buckets: int) -> NDArray[np.int32]:
    """Return the row of each bucket; empty where none was pruned."""
    if pruned is None:
        return np.empty(0, dtype=np.int32)
    rows = np.full(buckets, -1, dtype=np.int32)
    if len(pruned):
        if pruned.min() < 0 or (pruned.max(axis=0) >= (buckets, len(pruned))).any():
            raise ValueError("an n-gram out of range")
        rows[pruned[:, 0]] = words + pruned[:, 1]
    if int((rows >= 0).sum()) != len(pruned):
        raise ValueError("two n-grams in one bucket")
    return rows


def _logits(file: _Reader, rows: int, dimensions: int, labels: int) -> NDArray[np.float32]:
    """Return the product of input and output matrix, float32 [rows, labels].

    The output comes last in the file, so the dense input is passed over first and read in pieces later.
    """
    is_quantised = file.numbers("?")[0]
    quantised = _Quantised(file, rows, dimensions) if is_quantised else None
    begin = file.skip_matrix(rows, dimensions) if quantised is None else 0
    output_is_quantised = file.numbers("?")[0] and is_quantised
    if output_is_quantised:
        output = _Quantised(file, labels, dimensions).product(np.eye(dimensions))
    else:
        file.expect_shape(labels, dimensions)
        output = file.array("<f4", labels * dimensions).reshape(labels, dimensions).astype(np.float64)
    if quantised is not None:
        logits = quantised.product(output)
    else:
        logits = np.empty((rows, labels))
        for first in range(0, rows, _ROWS):
            some = file.rows_at(begin, first, min(_ROWS, rows - first), dimensions)
            logits[first : first + len(some)] = some.astype(np.float64) @ output.T
    if not np.isfinite(logits).all():
        raise ValueError("a number that is not finite")
    return logits.astype(np.float32)


class _Quantised:
    """A product-quantised matrix [rows, dimensions]: codes of the parts of each row, and of its norm."""

    def __init__(self, file: _Reader, rows: int, dimensions: int) -> None:
        with_norms, *shape, size = file.numbers("?qqi")
        if shape != [rows, dimensions]:
            raise ValueError(f"a matrix {shape}, not {[rows, dimensions]}")
        codes = file.array("u1", size)
        self._parts = _centroids(file, dimensions)
        if size != rows * len(self._parts):
            raise ValueError("codes of another number than the matrix's parts")
        self._codes = codes.reshape(rows, len(self._parts))
        self._norms = np.ones(rows)
        if with_norms:
            norms = file.array("u1", rows)
            self._norms = _centroids(file, 1)[0][norms, 0]

    def product(self, other: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the product with a matrix [n, dimensions], float64 [rows, n]: sums over the parts."""
        total, at = np.zeros((len(self._codes), len(other))), 0
        for index, centroids in enumerate(self._parts):
            width = centroids.shape[1]
            total += (centroids @ other[:, at : at + width].T)[self._codes[:, index]]
            at += width
        return total * self._norms[:, None]


def _centroids(file: _Reader, dimensions: int) -> list[NDArray[np.float64]]:
    """Return the centroids of each part: float64 [256, dimensions of the part]; the last may be narrower."""
    found, parts, width, last = file.numbers("4i")
    if found != dimensions or parts < 1 or min(width, last) < 1 or (parts - 1) * width + last != dimensions:
        raise ValueError("a quantiser of another shape than its matrix")
    widths = [width] * (parts - 1) + [last]
    return [file.array("<f4", _CENTROIDS * one).reshape(_CENTROIDS, one).astype(np.float64) for one in widths]
