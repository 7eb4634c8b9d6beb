"""Texts as one array of bytes, for compiled loops, a few megabytes at a time."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.text.hashing import content_hash

_BATCH_BYTES = 1 << 23


class TextBytes(NamedTuple):
    """Texts one behind the other as UTF-8: ``data`` uint8, and ``offsets`` int64 [texts + 1] into it."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @property
    def longest(self) -> int:
        """Return the bytes of the longest text."""
        return int(np.diff(self.offsets).max(initial=0))


def batches(texts: Iterable[str], *, lower: bool = False) -> Iterator[TextBytes]:
    """Yield the texts in order, some megabytes at a time; a lone surrogate becomes a question mark.

    Args:
        lower: take Python's lower case of the texts.
    """
    encoded: list[bytes] = []
    size = 0
    for text in texts:
        encoded.append((text.lower() if lower else text).encode("utf-8", "replace"))
        size += len(encoded[-1])
        if size >= _BATCH_BYTES:
            yield _joined(encoded)
            encoded, size = [], 0
    if encoded:
        yield _joined(encoded)


class TextsHash:
    """A hash of texts in order that are passed on one by one; ``count`` is how many there were."""

    def __init__(self) -> None:
        self._state = content_hash()
        self.count = 0

    def __call__(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield the texts, and take each into the hash."""
        for text in texts:
            self._state = content_hash(self._state, text)
            self.count += 1
            yield text

    @property
    def value(self) -> str:
        """Return the hash so far, 32 hexadecimal characters."""
        return self._state


def _joined(encoded: list[bytes]) -> TextBytes:
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return TextBytes(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)
