"""One pass over the bytes of a text that finds where personal data and secrets can be.

What it reports is a superset: the regular expressions decide, but look only there. Most text has nothing to
look at, and then this pass is all that it costs.
"""

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.cleaning.kernels.buffers import text_buffers

NUMBER, EMAIL, IPV6, IBAN, KEY, ASSIGNMENT = range(6)
"""What was seen: digits in a row, an "@", a first group of IPv6, a country code and two digits, the first
letters of a well-known key, and a name such as ``api_key`` before ``=`` or ``:``."""

LEAST_DIGITS = 7
"""Digits of the shortest number that is looked at, but for four numbers parted by dots."""
MOST_SEPARATORS = 5
"""Characters that may stand between two digits of a number, as in ``(0)30) - (``."""
LONGEST_LOCAL_PART, LONGEST_NAME = 64, 64
_ROWS_AT_A_BYTE = 2

_KEY_STARTS = (
    "AKI ASI ABI ACC AIz ghp gho ghu ghs ghr git glp xox xap sk_ sk- rk_ eyJ npm hf_ BEG"  # see secret_shapes
)
_NAME_ENDS = "key ken ret ord swd pwd ase ial eys ens ets rds als"


def _table(characters: str) -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    table[list(characters.encode())] = 1
    return table


def _packed(triples: str) -> NDArray[np.int64]:
    return np.array([int.from_bytes(triple.encode(), "big") for triple in triples.split()], np.int64)


_DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = _UPPER + _UPPER.lower()
_WORD = _table(_LETTERS + _DIGITS + "_")
_LOCAL = _table(_LETTERS + _DIGITS + "._%+-")
_NAME = _table(_LETTERS + _DIGITS + "_.-")
_HEX = _table(_DIGITS + "abcdefABCDEF")
_CAPITALS = _table(_UPPER)
_SEPARATORS = _table(" .-()/")
_AFTER_NAME = _table(" \t\"'`])}")
_KEYS, _NAMES = _packed(_KEY_STARTS), _packed(_NAME_ENDS)
# Letters begin a key only at the start of a word: hence one table for there, one for within a word.
_INTERESTING = np.stack([_table(_DIGITS + "@:=" + _KEY_STARTS[0::4]), _table(_DIGITS + "@:=")])
_INTERESTING[:, 0x80:0xC0] = 1


Places = dict[int, list[tuple[int, int]]]
"""By what was seen, where: the characters from start to end of a number, else just the start, and 0."""


def places(text: str) -> Places:
    """Return the places, those of a kind in the order of the text. Never raises for a ``str``."""
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    rows = np.empty((len(data) + 1, 3), np.int64)
    count = _scan(data, rows, len(rows))
    seen: Places = {}
    for what, start, end in rows[:count].tolist():
        seen.setdefault(what, []).append((start, end))
    return seen


def any_places(texts: pl.Series) -> pl.Series:
    """Return for each text (String, no nulls) whether ``places`` finds something in it."""
    found = np.zeros(len(texts), np.bool_)
    _scan_all(*text_buffers(texts), found)
    return pl.Series(found)


@numba.njit(cache=True)
def _scan_all(data: NDArray[np.uint8], offsets: NDArray[np.int64], found: NDArray[np.bool_]) -> None:
    first = np.empty((_ROWS_AT_A_BYTE, 3), np.int64)
    for text in range(len(found)):
        found[text] = _scan(data[offsets[text] : offsets[text + 1]], first, 1) > 0


@numba.njit(cache=True)
def _scan(data: NDArray[np.uint8], found: NDArray[np.int64], enough: int) -> int:
    """Fill ``found`` (what, start, end) until there are ``enough``, and return how many there are.

    As many rows as bytes are enough: where two are found at one byte, the next six have none. Every byte is
    passed once forward; what looks back from one is bounded by a constant.
    """
    size = len(data)
    count = position = inner = last_end = 0  # inner: bytes so far that are not the first of a character
    in_word = np.uint8(0)
    while position < size and count < enough:
        byte = data[position]
        seen = _INTERESTING[in_word, byte]
        in_word = _WORD[byte]
        if not seen:
            position += 1
            continue
        if byte >= 0x80:
            inner += 1
        elif 48 <= byte <= 57:
            start = position
            end, digits, dots, inside = _number(data, position)
            while start > last_end and (data[start - 1] == 43 or data[start - 1] == 40):  # "+" and "("
                start -= 1
            if position >= 2 and digits >= 2 and _iban(data, position):
                found[count] = (IBAN, position - 2 - inner, 0)
                count += 1
            if digits >= LEAST_DIGITS or (dots >= 3 and digits >= 4):
                found[count] = (NUMBER, start - inner, end - inner - inside)
                count += 1
            inner += inside
            position = last_end = end
            in_word = _WORD[data[end - 1]]
            continue
        elif byte == 64:  # "@"
            start = _email(data, position)
            if start >= 0:
                found[count] = (EMAIL, start - inner, 0)
                count += 1
        elif byte == 58 or byte == 61:  # ":" and "="
            if byte == 58 and _ipv6(data, position):
                found[count] = (IPV6, position - 4 - inner, 0)
                count += 1
            start = _name(data, position)
            if start >= 0:
                found[count] = (ASSIGNMENT, start - inner, 0)
                count += 1
        elif _key(data, position):
            start = position - 5 if byte == 66 else position  # "-----BEGIN"
            found[count] = (KEY, start - inner, 0)
            count += 1
        position += 1
    return count


@numba.njit(cache=True)
def _number(data: NDArray[np.uint8], position: int) -> tuple[int, int, int, int]:
    """Return where the number ends, its digits and dots, and its bytes that continue a character."""
    digits = dots = inside = separators = dots_since = inside_since = 0
    end = position
    while position < len(data):
        byte = data[position]
        if 48 <= byte <= 57:
            digits += 1
            dots += dots_since
            inside += inside_since
            separators = dots_since = inside_since = 0
            end = position + 1
        elif separators == MOST_SEPARATORS:
            break
        elif (byte == 0xE2 or byte == 0xEF) and position + 2 < len(data) and _separates(data, position):
            position += 2
            inside_since += 2
            separators += 1
        elif _SEPARATORS[byte]:
            dots_since += byte == 46
            separators += 1
        else:
            break
        position += 1
    # The bracket that closes the last group belongs to the number.
    return (end + 1 if end < len(data) and data[end] == 41 else end), digits, dots, inside


@numba.njit(cache=True)
def _separates(data: NDArray[np.uint8], position: int) -> bool:
    """Say whether a dash (U+2010 to U+2015, U+2212, U+FF0D) or wide bracket (U+FF08, U+FF09) stands there."""
    second, third = data[position + 1], data[position + 2]
    if data[position] == 0xEF:
        return second == 0xBC and (third == 0x88 or third == 0x89 or third == 0x8D)
    return (second == 0x80 and 0x90 <= third <= 0x95) or (second == 0x88 and third == 0x92)


@numba.njit(cache=True)
def _iban(data: NDArray[np.uint8], position: int) -> bool:
    """Say whether the digits follow two capitals that begin a word, and at least 9 more characters follow."""
    if not (_CAPITALS[data[position - 1]] and _CAPITALS[data[position - 2]]):
        return False
    return position + 11 <= len(data) and (position == 2 or not _WORD[data[position - 3]])


@numba.njit(cache=True)
def _email(data: NDArray[np.uint8], position: int) -> int:
    """Return where the name before "@" starts, or -1."""
    start = position
    while start > 0 and _LOCAL[data[start - 1]] and position - start <= LONGEST_LOCAL_PART:
        start -= 1
    follows = position + 1 < len(data) and _WORD[data[position + 1]]
    return start if follows and 0 < position - start <= LONGEST_LOCAL_PART else -1


@numba.njit(cache=True)
def _ipv6(data: NDArray[np.uint8], position: int) -> bool:
    """Say whether the colon ends the first group, 2xxx or 3xxx, of what has more colons."""
    if position < 4 or position + 1 >= len(data) or not 50 <= data[position - 4] <= 51:
        return False
    for back in range(1, 4):
        if not _HEX[data[position - back]]:
            return False
    return bool(_HEX[data[position + 1]]) or data[position + 1] == 58


@numba.njit(cache=True)
def _name(data: NDArray[np.uint8], position: int) -> int:
    """Return where the name before "=" or ":" starts, if it ends like one of a secret, else -1."""
    end = position
    while end > 0 and position - end < 4 and _AFTER_NAME[data[end - 1]]:
        end -= 1
    if end < 3:
        return -1
    lowered = 0
    for byte in data[end - 3 : end]:
        lowered = lowered << 8 | (byte | 32)
    if not _one_of(lowered, _NAMES):
        return -1
    start = end
    while start > 0 and _NAME[data[start - 1]] and end - start <= LONGEST_NAME:
        start -= 1
    return start if end - start <= LONGEST_NAME else -1


@numba.njit(cache=True)
def _key(data: NDArray[np.uint8], position: int) -> bool:
    """Say whether the first letters of a well-known kind of key stand there."""
    if position + 16 > len(data):
        return False
    first = (int(data[position]) << 16) | (int(data[position + 1]) << 8) | int(data[position + 2])
    if not _one_of(first, _KEYS):
        return False
    if data[position] != 66:
        return True
    for back in range(1, 6):  # noqa: SIM110
        if position < 5 or data[position - back] != 45:
            return False
    return True


@numba.njit(cache=True)
def _one_of(value: int, choices: NDArray[np.int64]) -> bool:
    for choice in choices:  # noqa: SIM110 (a generator costs more when compiled)
        if value == choice:
            return True
    return False
