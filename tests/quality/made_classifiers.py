"""Slow references of the classifiers' features, and a writer of fastText's format."""

import itertools
import re
import struct
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import murmurhash3_32

_JAVA_WHITE_SPACE = re.compile("[ \t\n\x0b\f\r]")
_UINT32, _UINT64 = (1 << 32) - 1, (1 << 64) - 1


def spark_terms(text: str) -> list[str]:
    r"""Return Java's ``text.toLowerCase().split("\\s")``."""
    terms = _JAVA_WHITE_SPACE.split(text.lower())
    if text:
        while terms and not terms[-1]:
            terms.pop()
    return terms


def spark_buckets(text: str, buckets: int, *, empty_terms: bool = False) -> Counter[int]:
    """Return Spark's HashingTF, by scikit-learn's MurmurHash3, with or without empty terms."""
    terms = (term.encode("utf-8", "replace") for term in spark_terms(text) if term or empty_terms)
    return Counter(int(murmurhash3_32(term, seed=42)) % buckets for term in terms)


def dsir_buckets(text: str, buckets: int) -> Counter[int]:
    """Return the buckets of a text's words and pairs of words."""
    words = re.findall(r"\w+|[^\w\s]+", text.lower().encode("utf-8", "replace").decode())
    hashes = [_fnv(word.encode()) for word in words]
    pairs = [(one * 0x9E3779B97F4A7C15 + two) & _UINT64 for one, two in itertools.pairwise(hashes)]
    return Counter(_mixed(value) % buckets for value in [*hashes, *pairs])


def _fnv(data: bytes) -> int:
    state = 0xCBF29CE484222325
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) & _UINT64
    return state


def _mixed(value: int) -> int:
    value = ((value ^ value >> 33) * 0xFF51AFD7ED558CCD) & _UINT64
    value = ((value ^ value >> 33) * 0xC4CEB9FE1A85EC53) & _UINT64
    return value ^ value >> 33


@dataclass
class FastTextFile:
    """What a model file of fastText says; ``write`` makes the bytes."""

    words: list[bytes]
    labels: list[bytes]
    dimensions: int = 5
    word_ngrams: int = 2
    buckets: int = 50
    shortest: int = 0
    longest: int = 0
    loss: int = 3
    kind: int = 3
    version: int = 12
    quantised: bool = False
    kept: list[int] | None = None
    seed: int = 1

    @property
    def rows(self) -> int:
        return len(self.words) + (self.buckets if self.kept is None else len(self.kept))

    def write(self) -> bytes:
        """Return the bytes; the numbers are random by ``seed``."""
        random = np.random.default_rng(self.seed)
        parts = [struct.pack("<2i", 793712314, self.version), self._arguments(), self._dictionary()]
        parts.append(struct.pack("<?", self.quantised))
        output = random.normal(size=(len(self.labels), self.dimensions)).astype("<f4")
        if self.quantised:
            parts.append(_quantised(random, self.rows, self.dimensions))
        else:
            parts.append(_dense(random.normal(size=(self.rows, self.dimensions)).astype("<f4")))
        return b"".join([*parts, struct.pack("<?", False), _dense(output)])

    def _arguments(self) -> bytes:
        numbers = (self.dimensions, 5, 5, 1, 5, self.word_ngrams, self.loss, self.kind)
        return struct.pack("<12id", *numbers, self.buckets, self.shortest, self.longest, 100, 1e-4)

    def _dictionary(self) -> bytes:
        pruned = -1 if self.kept is None else len(self.kept)
        size = len(self.words) + len(self.labels)
        parts = [struct.pack("<iiiqq", size, len(self.words), len(self.labels), 100, pruned)]
        for kind, entries in enumerate((self.words, self.labels)):
            parts += [entry + b"\0" + struct.pack("<qb", 9, kind) for entry in entries]
        return b"".join(parts) + b"".join(
            struct.pack("<ii", bucket, row) for row, bucket in enumerate(self.kept or [])
        )


def _dense(matrix: NDArray[np.float32]) -> bytes:
    return struct.pack("<qq", *matrix.shape) + matrix.tobytes()


def _quantised(random: np.random.Generator, rows: int, dimensions: int) -> bytes:
    """Return a product-quantised matrix with norms, in parts of two dimensions but perhaps for the last."""
    width = 2
    parts = -(-dimensions // width)
    last = dimensions - (parts - 1) * width
    codes = random.integers(0, 256, size=rows * parts, dtype=np.uint8)
    norms = random.integers(0, 256, size=rows, dtype=np.uint8)
    centroids = random.normal(size=dimensions * 256).astype("<f4")
    norm_centroids = random.uniform(0.5, 2, size=256).astype("<f4")
    return b"".join(
        [
            struct.pack("<?qqi", True, rows, dimensions, len(codes)),
            codes.tobytes(),
            struct.pack("<4i", dimensions, parts, width, last) + centroids.tobytes(),
            norms.tobytes(),
            struct.pack("<4i", 1, 1, 1, 1) + norm_centroids.tobytes(),
        ]
    )
