"""Texts one behind the other in memory, as compiled loops read them."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

BATCH_BYTES = 4 << 20


def packed(texts: Iterable[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the UTF-8 of all texts, and where each begins, int64 [n + 1]; lone surrogates become ``?``."""
    encoded = [text.encode("utf-8", "replace") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(data) for data in encoded], out=offsets[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), offsets


def batches(texts: Sequence[str]) -> Iterator[tuple[slice, NDArray[np.uint8], NDArray[np.int64]]]:
    """Yield the texts by some megabytes: their rows, and what ``packed`` makes of them."""
    start = size = 0
    for row, text in enumerate(texts):
        size += len(text)
        if size >= BATCH_BYTES or row == len(texts) - 1:
            yield slice(start, row + 1), *packed(texts[start : row + 1])
            start, size = row + 1, 0
