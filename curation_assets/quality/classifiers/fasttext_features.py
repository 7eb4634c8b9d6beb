"""What of a text fastText's classifiers look at: how words and runs of words become rows of a matrix."""

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.models import ModelError

END_OF_LINE = b"</s>"
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
