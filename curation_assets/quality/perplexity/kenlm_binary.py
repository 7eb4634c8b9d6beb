"""Reads KenLM's binary files of the kind ``probing`` (Heafield 2011; ``build_binary probing``).

Layout, little-endian, established from KenLM's ``lm/binary_format.cc``, ``lm/vocab.cc``,
``lm/search_hashed.cc`` and ``util/probing_hash_table.hh``:

- 88 bytes: magic text (52, filled up to 56), the floats 0, 1 and -0.5, the uint32 1, 2**32 - 1 and 0, the
  uint64 1.
- 20 bytes: order (uint8), probing multiplier (float32 at 4), kind (uint32 at 8), whether there are words
  (uint8 at 12), version of the search (uint32 at 16). Then a uint64 for each order: its n-grams. Filled up to
  a multiple of 8.
- vocabulary: uint32 version 0, uint32 words, then a table with 12 bytes a slot: hash of the word and number.
- unigrams: one more than counted, by number: log10 probability and backoff (float32). <unk> has number 0.
- a table for each higher order: 16 bytes a slot (8 bytes key, probability, backoff); of the highest order 12.
- the words by number, each with a NUL behind it.

A table has max(n + 1, multiplier x n) slots, empty ones with key 0. The sign of a probability tells whether
longer n-grams end in this one; it counts as negative. An n-gram's key is made of the numbers of its words
from the last to the first: k -> (k x 8978948897894561157) xor ((1 + w) x 17894857484156487943) modulo 2**64.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.perplexity.characters import Tokens, character_table
from curation_assets.quality.perplexity.model import MAXIMUM_ORDER, SPECIAL, VERSION
from curation_assets.text.hashing import content_hash
from resources.files import hash_file
from resources.models import ModelError

MAGIC = b"mmap lm http://kheafield.com/code format version 5\n\0"
_ANY_VERSION = b"mmap lm http://kheafield.com/code format version"
_INCOMPLETE = b"mmap lm http://kheafield.com/code incomplete"
_SANITY = MAGIC + bytes(56 - len(MAGIC)) + struct.pack("<fffIIIQ", 0.0, 1.0, -0.5, 1, 2**32 - 1, 0, 1)
_KINDS = (
    "probing",
    "probing with rest costs",
    "trie",
    "quantised trie",
    "array trie",
    "quantised array trie",
)
_CONVERT = "give the ARPA file that it was built from (what lmplz writes), or build_binary probing of it"


@dataclass(frozen=True)
class ProbingModel:
    """A model as the file has it.

    Attributes:
        tokens: how texts are cut into words.
        vocabulary: words by number; the first is <unk>.
        order: length of the longest n-grams.
        unigrams: float32 [words, 2], log10 probability and backoff.
        keys: uint64 [n], of the longer n-grams of each order.
        weights: float32 [n, 2], log10 probability and backoff of each; of the highest order the latter is 0.
        hash: of the file.
    """

    tokens: Tokens
    vocabulary: tuple[str, ...]
    order: int
    unigrams: NDArray[np.float32]
    keys: list[NDArray[np.uint64]]
    weights: list[NDArray[np.float32]]
    hash: str

    @property
    def fingerprint(self) -> str:
        """Return the content hash of all that a value depends on beside the text."""
        return content_hash(VERSION, self.tokens, character_table(self.tokens).tobytes(), self.hash)


def is_binary(path: Path) -> bool:
    """Tell whether a file is one of KenLM's binary files, of whatever kind."""
    with path.open("rb") as file:
        return file.read(len(_ANY_VERSION)).startswith((_ANY_VERSION, _INCOMPLETE))


def read_binary(path: Path, tokens: Tokens = "words") -> ProbingModel:
    """Read a binary file of the kind ``probing``.

    Args:
        tokens: how texts are cut into the words of the model: "spaces" where another program does it.

    Raises:
        ModelError: the file is missing, damaged or of another kind; the message says how to convert it.
    """
    try:
        data = np.memmap(path, np.uint8, "r")
        return _parsed(path, data, tokens)
    except OSError as error:
        raise ModelError(f"KenLM file {path}: {error.strerror or error}") from error
    except (ValueError, struct.error) as error:
        raise ModelError(f"KenLM file {path}: damaged or cut off ({error})") from error


def _parsed(path: Path, data: NDArray[np.uint8], tokens: Tokens) -> ProbingModel:
    head = data[: len(_SANITY)].tobytes()
    if head != _SANITY:
        raise ModelError(f"KenLM file {path}: {_why(head)}; {_CONVERT}")
    fixed = struct.unpack_from("<B3xfIB3xI", data[88:108].tobytes())
    order, multiplier, kind, has_words, version = fixed
    if kind != 0:
        name = _KINDS[kind] if kind < len(_KINDS) else f"number {kind}"
        raise ModelError(f"KenLM file {path}: it is of the kind {name}, only probing can be read; {_CONVERT}")
    if not has_words or version != 0 or not 2 <= order <= MAXIMUM_ORDER or not 1.0 <= multiplier < 1e6:
        reason = "it was built without its words" if not has_words else f"order {order}, version {version}"
        raise ModelError(f"KenLM file {path}: {reason}; {_CONVERT}")
    counts = struct.unpack_from(f"<{order}Q", data[108 : 108 + 8 * order].tobytes())
    slots = [_slots(count, multiplier) for count in counts]
    at = -(-(108 + 8 * order) // 8) * 8
    words = struct.unpack_from("<I", data[at + 4 : at + 8].tobytes())[0]
    at += 8 + 12 * slots[0]
    unigrams = _taken(data, at, counts[0] + 1, 8).view("<f4")
    at += 8 * (counts[0] + 1)
    keys, weights = [], []
    for length in range(2, order + 1):
        width = 12 if length == order else 16
        table = _taken(data, at, slots[length - 1], width)
        at += width * slots[length - 1]
        found = table[:, :8].copy().view("<u8")[:, 0]
        own = np.zeros((len(found), 2), np.float32)
        own[:, : width // 4 - 2] = table[:, 8:].copy().view("<f4")
        keys.append(found[found != 0])
        weights.append(_negative(own[found != 0]))
    names = data[at:].tobytes().decode("utf-8").split("\0")[:-1]
    if len(names) != words or words > len(unigrams) or names[:1] != [SPECIAL[0]]:
        raise ValueError("the words are not where they should be")
    if not {*SPECIAL} <= {*names}:
        raise ModelError(f"KenLM file {path}: <s> or </s> is missing")
    unigrams = _negative(unigrams[:words].copy())
    return ProbingModel(tokens, tuple(names), order, unigrams, keys, weights, hash_file(path))


def _slots(count: int, multiplier: float) -> int:
    """Return how many slots a table has; the product is one of single precision."""
    return max(count + 1, int(np.float32(multiplier) * np.float32(count)))


def _taken(data: NDArray[np.uint8], at: int, rows: int, width: int) -> NDArray[np.uint8]:
    part = data[at : at + rows * width]
    if len(part) != rows * width:
        raise ValueError("shorter than its header says")
    return np.array(part).reshape(rows, width)


def _negative(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    weights[:, 0] = -np.abs(weights[:, 0])
    if not np.isfinite(weights).all():
        raise ValueError("a weight that is not finite")
    return weights


def _why(head: bytes) -> str:
    if head.startswith(_INCOMPLETE):
        return "build_binary did not finish writing it"
    if head.startswith(_ANY_VERSION) and not head.startswith(MAGIC):
        version = head[len(_ANY_VERSION) :].split(b"\n")[0].decode("ascii", "replace").strip()
        return f"it has the format version {version}, not 5"
    if head.startswith(MAGIC):
        return "it was built for another sort of machine"
    return "not a binary file of KenLM"
