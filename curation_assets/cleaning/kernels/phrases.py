"""Finds phrases in texts, in a compiled loop over a trie. Importing this module imports numba."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_SPACES = b" \t\n\r\x0b\x0c"
_UNKNOWN, _SPACE = 0, 1
_LETTERS_AND_DIGITS = [byte for byte in range(0x80) if chr(byte).isalnum()]


class Trie(NamedTuple):
    """Phrases by their bytes.

    classes: uint8 [256], what a byte is taken for. following: uint16 [nodes, classes], the next node, 0 where
    there is none; node 0 is the beginning. kinds: uint8 [nodes], the bits of the phrases that end there.
    starts: uint8 [2, 65536], whether a phrase begins with two bytes, by whether a letter or digit is before
    them.
    """

    classes: Bytes
    following: NDArray[np.uint16]
    kinds: Bytes
    starts: Bytes


def build_trie(phrases: Mapping[str, int]) -> Trie:
    """Return the trie of phrases, in lower case and parted by single spaces, each with the bits of its kinds.

    They have two bytes or more.

    A phrase is found in any case of the letters of ASCII and Latin-1, with any ASCII white space between its
    words. One that begins with a letter or digit is found only where none of ASCII is before it.
    """
    encoded = {phrase.encode(): kinds for phrase, kinds in phrases.items()}
    classes = _classes(sorted({byte for phrase in encoded for byte in phrase} - {*_SPACES}))
    following = np.zeros((1 + sum(map(len, encoded)), int(classes.max()) + 1), np.uint16)
    kinds, starts = np.zeros(len(following), np.uint8), np.zeros((2, 1 << 16), np.uint8)
    nodes = 1
    for phrase, bits in encoded.items():
        node = 0
        for byte in phrase:
            if not following[node, classes[byte]]:
                following[node, classes[byte]] = nodes
                nodes += 1
            node = following[node, classes[byte]]
        kinds[node] |= bits
        first, second = classes == classes[phrase[0]], classes == classes[phrase[1]]
        begins = np.logical_and.outer(first, second).ravel()
        starts[0, begins] = 1
        starts[1, begins] |= not _WORD[phrase[0]]
    return Trie(classes, following[:nodes], kinds[:nodes], starts)


def _classes(used: list[int]) -> Bytes:
    """Number the bytes in use; a capital is its small letter, that of Latin-1 by its second byte."""
    classes = np.full(256, _UNKNOWN, np.uint8)
    classes[list(_SPACES)] = _SPACE
    classes[used] = np.arange(len(used)) + _SPACE + 1
    for small in used:
        if chr(small).islower() and small < 0x80:
            classes[ord(chr(small).upper())] = classes[small]
        elif 0xA0 <= small <= 0xBE and not classes[small - 0x20]:
            classes[small - 0x20] = classes[small]
    return classes


def _words() -> Bytes:
    words = np.zeros(256, np.uint8)
    words[_LETTERS_AND_DIGITS] = 1
    return words


_WORD = _words()


def kinds_in(data: Bytes, offsets: NDArray[np.int64], trie: Trie) -> Bytes:
    """Return for each text (``buffers.text_buffers``) the bits of all phrases in it: uint8 [texts]."""
    found = np.zeros(len(offsets) - 1, np.uint8)
    _find(data, offsets, trie.classes, trie.following, trie.kinds, trie.starts, found)
    return found


@njit(cache=True, nogil=True)
def _find(
    data: Bytes,
    offsets: NDArray[np.int64],
    classes: Bytes,
    following: NDArray[np.uint16],
    kinds: Bytes,
    starts: Bytes,
    found: Bytes,
) -> None:
    for text in range(len(offsets) - 1):
        stop, in_word, bits = offsets[text + 1], np.uint8(0), np.uint8(0)
        for start in range(offsets[text], stop):
            byte = data[start]
            begins = starts[in_word, np.uint16(byte) << 8 | data[start + 1]]
            in_word = _WORD[byte]
            if not begins:
                continue
            node, at = following[0, classes[byte]], start + 1
            while node and at < stop:
                bits |= kinds[node]
                kind = classes[data[at]]
                at += 1
                while kind == _SPACE and at < stop and classes[data[at]] == _SPACE:
                    at += 1
                node = following[node, kind]
            bits |= kinds[node]
        found[text] = bits
