"""The words of all training texts as numbers, in a file, and the vocabulary they are numbered by.

Texts are read once. In memory are the table of all different words (about 150 bytes each) and a few megabytes
of text; the file has 4 bytes a word.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.perplexity.characters import Tokens, character_table, fold
from curation_assets.quality.perplexity.model import SPECIAL, UNKNOWN
from curation_assets.quality.perplexity.packing import BATCH_BYTES, packed

_FIRST_SLOTS = 1 << 20
_BLOCK = 1 << 22


class Spool(NamedTuple):
    """What training reads.

    Attributes:
        words: uint32 [n], numbers of words, with <s> and </s> around each sentence; of rare ones <unk>.
        vocabulary: the words, those that occur more often first, equally frequent ones by the alphabet.
        texts: how many there were.
        digest: 32 hexadecimal characters of the texts, whatever their order.
        distinct: how many different words there were.
    """

    words: NDArray[np.uint32]
    vocabulary: tuple[str, ...]
    texts: int
    digest: str
    distinct: int


class _Writer:
    """Numbers words as they come and writes the numbers."""

    def __init__(self, tokens: Tokens, file: BinaryIO) -> None:
        self._tokens, self._characters, self._file = tokens, character_table(tokens), file
        self.words = list(SPECIAL)
        self.occurrences = np.zeros(_FIRST_SLOTS, np.int64)
        self._numbers = np.zeros((_FIRST_SLOTS, 2), np.uint64)

    def write(self, texts: list[str]) -> None:
        from curation_assets.quality.perplexity.counting import spool_texts

        data, offsets = packed(texts)
        ids = np.empty(2 * len(data) + 3, np.uint32)
        places = np.empty((len(data) + 1, 2), np.int64)
        state = np.array([len(self.words), 0, 0])
        table = (self._characters, self._numbers, self.occurrences)
        text = spool_texts(data, offsets, 0, *table, state, ids, places)
        while text < len(texts):
            self._enlarge(len(data))
            table = (self._characters, self._numbers, self.occurrences)
            text = spool_texts(data, offsets, text, *table, state, ids, places)
        new = (data[begin:stop].tobytes().decode("utf-8") for begin, stop in places[: state[1]])
        self.words += [fold(word, self._tokens) for word in new]
        self._file.write(ids[: state[2]].tobytes())

    def _enlarge(self, data: int) -> None:
        """Make room for as many new words as a batch can have at most."""
        from curation_assets.quality.perplexity.tables import fill

        slots, used = len(self._numbers), self._numbers[self._numbers[:, 0] != 0]
        while slots < 2 * (len(self._numbers) + data):
            slots *= 2
        self._numbers = np.zeros((slots, 2), np.uint64)
        fill(self._numbers, used[:, 0].copy(), used[:, 1].copy())
        self.occurrences = np.concatenate(
            [self.occurrences, np.zeros(slots - len(self.occurrences), np.int64)]
        )


def spooled(
    texts: Iterable[str],
    path: Path,
    tokens: Tokens,
    minimum: int,
    maximum: int,
    progress: Progress = silent,
) -> Spool:
    """Read all texts into a file at ``path``, which has to live as long as the result.

    Args:
        minimum: fewest occurrences of a word of the vocabulary.
        maximum: words of the vocabulary at most, besides <unk>, <s> and </s>.
    """
    count = total = 0
    with path.open("wb") as file:
        writer = _Writer(tokens, file)
        for batch in _batches(texts):
            writer.write(batch)
            count += len(batch)
            total += sum(map(_digest, batch))
            progress(len(batch))
    vocabulary, renumbered = _vocabulary(writer, minimum, maximum)
    words = np.fromfile(path, np.uint32, 0) if path.stat().st_size == 0 else np.memmap(path, np.uint32, "r+")
    for start in range(0, len(words), _BLOCK):
        words[start : start + _BLOCK] = renumbered[words[start : start + _BLOCK]]
    digest = f"{total % (1 << 128):032x}"
    return Spool(np.asarray(words), vocabulary, count, digest, len(writer.words) - len(SPECIAL))


def _vocabulary(writer: _Writer, minimum: int, maximum: int) -> tuple[tuple[str, ...], NDArray[np.uint32]]:
    """Return the words that are kept, and the new numbers of all."""
    special = len(SPECIAL)
    often = [row for row in range(special, len(writer.words)) if writer.occurrences[row] >= minimum]
    often.sort(key=lambda row: (-writer.occurrences[row], writer.words[row]))
    kept = often[:maximum]
    renumbered = np.full(len(writer.words), UNKNOWN, np.uint32)
    renumbered[:special] = range(special)
    renumbered[kept] = np.arange(special, special + len(kept))
    return (*SPECIAL, *(writer.words[row] for row in kept)), renumbered


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _digest(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=16).digest(), "little")
