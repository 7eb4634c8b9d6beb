"""Evaluation sets as n-grams of words.

Words are those of deduplication (``shingles.tokens``): lower-cased runs of letters and digits, and every
ideograph, kana or letter of Thai, Lao, Myanmar and Khmer by itself; punctuation, symbols and spaces, line
feeds too, only part them. So in Chinese 13 words are 13 characters. Texts of items are brought to NFC first,
as cleaning does with documents.

Each text of an item counts by itself: its n-grams are all runs of ``words`` words; a text with fewer, but at
least ``shortest``, is one n-gram as a whole. Of an item none of whose texts has ``shortest`` words the texts
in a row are taken as one; if that has not either, the item is too short and cannot be found.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.contamination.config import ContaminationConfig
from curation_assets.contamination.files import EvaluationSet
from curation_assets.shingles.tokens import buffers, scratch_for
from curation_assets.text.characters import character_table

if TYPE_CHECKING:
    from curation_assets.contamination.judging import Holders
    from curation_assets.contamination.matching import Lookup

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]
FREE_PLACES, FILTER_BITS, SMALLEST_FILTER = 4, 16, 1 << 13
"""Places an n-gram, of which three stay free; bits of the filter an anchor; its least bytes."""


class Occurrences(NamedTuple):
    """The n-grams of texts in order: uint64 ``grams`` and ``anchors`` (hash of their first words), int64
    [texts + 1] ``offsets`` into both, and int64 [texts] ``counts`` of words."""

    grams: Hashes
    anchors: Hashes
    offsets: Indices
    counts: Indices

    @property
    def texts(self) -> Indices:
        """int64, the text of every n-gram."""
        return np.repeat(np.arange(len(self.counts)), np.diff(self.offsets))


@dataclass(frozen=True)
class Index:
    """Evaluation sets, ready to be looked up.

    Attributes:
        sets: as read.
        texts: the texts that n-grams are of, those put together last.
        numbers: int64, for every occurrence of an n-gram in ``texts`` its number, -1 where it is ignored.
        offsets: int64 [texts + 1] into ``numbers``.
        holders: which items have which n-grams.
        lookup: n-grams by the hashes of their words; an n-gram's number is its place there.
    """

    config: ContaminationConfig
    sets: tuple[EvaluationSet, ...]
    texts: tuple[str, ...]
    numbers: Indices
    offsets: Indices
    holders: "Holders"
    lookup: "Lookup"

    @cached_property
    def names(self) -> list[str]:
        """The items' names, such as ``mmlu:12``: set and position in its file."""
        return [f"{one.name}:{item.position}" for one in self.sets for item in one.items]

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """bool [items]: whether the item has an n-gram, and can be found."""
        return self.holders.sizes > 0

    @cached_property
    def _first(self) -> Indices:
        """Return the first occurrence of every n-gram."""
        found = np.full(len(self.lookup.grams), len(self.numbers))
        known = self.numbers >= 0
        np.minimum.at(found, self.numbers[known], np.flatnonzero(known))
        return found

    def words_of(self, grams: Indices) -> dict[int, str]:
        """Return the words of n-grams by their number, with a space between two."""
        places = sorted(zip(self._first[grams].tolist(), grams.tolist(), strict=True))
        return {gram: self.words_at(place, 1) for place, gram in places}  # each text is cut once

    def words_at(self, occurrence: int, run: int) -> str:
        """Return the words of so many n-grams in a row of one text."""
        text = int(np.searchsorted(self.offsets, occurrence, side="right")) - 1
        start = occurrence - int(self.offsets[text])
        return " ".join(folded(self.texts[text])[start : start + run - 1 + self.config.words])


@lru_cache(maxsize=1)
def folded(text: str) -> list[str]:
    """Return the words of a text as they are compared; the list is shared."""
    from curation_assets.shingles import kernels

    data, offsets = buffers(pl.Series([text], dtype=pl.String))
    stream = scratch_for(len(data)).words.view(np.uint8)
    length = kernels.fold_text(data, int(offsets[0]), int(offsets[1]), character_table(), stream)
    return [word.decode() for word in stream[:length].tobytes().split()]


def make_index(sets: Sequence[EvaluationSet], config: ContaminationConfig) -> Index:
    """Return the index of some sets."""
    items = [[_composed(text) for text in item.texts] for one in sets for item in one.items]
    texts = [text for item in items for text in item]
    item_of = np.repeat(np.arange(len(items)), [len(item) for item in items])
    found = occurrences(texts, config.words, config.shortest)
    joined = _to_be_joined(found.counts, item_of, len(items), config.shortest)
    if len(joined):
        more = ["\n".join(items[item]) for item in joined.tolist()]
        texts, item_of = texts + more, np.concatenate([item_of, joined])
        found = _both(found, occurrences(more, config.words, config.shortest))
    sizes = np.minimum(found.counts, config.words)
    grams, first, numbers = np.unique(found.grams, return_index=True, return_inverse=True)
    stays = ~np.isin(grams, _ignored(config, set(sizes.tolist())))
    numbers = np.where(stays, np.cumsum(stays) - 1, -1)[numbers]
    grams, first = grams[stays], first[stays]
    set_of = np.repeat(np.arange(len(sets)), [len(one.items) for one in sets])
    holders = _holders(numbers, item_of[found.texts], len(grams), set_of)
    lookup = _lookup(grams, found.anchors[first], sizes[found.texts[first]] - config.shortest)
    return Index(config, tuple(sets), tuple(texts), numbers, found.offsets, holders, lookup)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _holders(numbers: Indices, owners: Indices, grams: int, set_of: Indices) -> "Holders":
    """Return which items have which n-grams, given number (-1: none) and item of every occurrence."""
    from curation_assets.contamination.judging import Holders

    known, items = numbers >= 0, len(set_of)
    pairs = np.sort(numbers[known] * items + owners[known])
    gram_of, item_in = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], max(1, items))
    offsets = np.searchsorted(gram_of, np.arange(grams + 1))
    return Holders(item_in, offsets, np.bincount(item_in, minlength=items), set_of)


def occurrences(texts: Sequence[str], words: int, shortest: int) -> Occurrences:
    """Return the n-grams of texts."""
    from curation_assets.contamination import matching

    data, offsets = buffers(pl.Series(texts, dtype=pl.String))
    sizes = np.diff(offsets)
    most = int(((sizes + 1) // 2).sum()) + len(texts)
    grams, anchors = np.empty(most, dtype=np.uint64), np.empty(most, dtype=np.uint64)
    counts, gram_offsets = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts) + 1, dtype=np.int64)
    matching.hash_items(
        data, offsets, character_table(), words, shortest, scratch_for(int(sizes.max(initial=0))), counts,
        grams, anchors, gram_offsets,
    )  # fmt: skip
    number = int(gram_offsets[-1])
    return Occurrences(grams[:number].copy(), anchors[:number].copy(), gram_offsets, counts)


def _to_be_joined(counts: Indices, item_of: Indices, items: int, shortest: int) -> Indices:
    """Return the items with several texts, each of them too short, that have enough words together."""
    longest, together = np.zeros(items, dtype=np.int64), np.zeros(items, dtype=np.int64)
    np.maximum.at(longest, item_of, counts)
    np.add.at(together, item_of, counts)
    return np.flatnonzero((longest < shortest) & (together >= shortest))


def _both(one: Occurrences, other: Occurrences) -> Occurrences:
    return Occurrences(
        np.concatenate([one.grams, other.grams]),
        np.concatenate([one.anchors, other.anchors]),
        np.concatenate([one.offsets, one.offsets[-1] + other.offsets[1:]]),
        np.concatenate([one.counts, other.counts]),
    )


def _ignored(config: ContaminationConfig, lengths: set[int]) -> Hashes:
    """Return the hashes of all n-grams, of the lengths that there are, that lie in a text to be ignored."""
    texts = [_composed(text) for text in config.ignore]
    wanted = sorted(length for length in lengths if length >= config.shortest) if texts else []
    return np.concatenate([np.empty(0, np.uint64), *(occurrences(texts, n, n).grams for n in wanted)])


def _lookup(grams: Hashes, anchors: Hashes, lengths: Indices) -> "Lookup":
    """Return the tables for distinct n-grams with their anchors, and lengths beyond the shortest."""
    from curation_assets.contamination import matching

    distinct, numbers = np.unique(anchors, return_inverse=True)
    masks = np.zeros(len(distinct), dtype=np.uint64)
    np.bitwise_or.at(masks, numbers, np.uint64(1) << lengths.astype(np.uint64))
    filter_ = np.zeros(max(SMALLEST_FILTER, _power_of_two(len(distinct) * FILTER_BITS // 8)), dtype=np.uint8)
    matching.fill_filter(distinct, filter_)
    return matching.Lookup(grams, _places(grams), distinct, _places(distinct), masks, filter_)


def _places(hashes: Hashes) -> NDArray[np.uint32]:
    from curation_assets.contamination import matching

    places = np.full(_power_of_two(FREE_PLACES * len(hashes) + 1), matching.FREE, dtype=np.uint32)
    matching.fill_places(hashes, places)
    return places


def _power_of_two(least: int) -> int:
    return 1 << max(0, least - 1).bit_length()
