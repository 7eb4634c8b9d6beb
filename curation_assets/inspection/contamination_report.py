"""What ``curate contamination`` tells: how much of evaluation sets a lake's documents hold."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.columns import flat_keys
from curation_assets.contamination.documents import Hits, judge
from curation_assets.contamination.index import Index
from curation_assets.contamination.stage import CONTAMINATION, load_index
from curation_assets.freshness import external_version
from curation_assets.workplace import Workplace

Indices = NDArray[np.int64]
COMMON_DOCUMENTS = 10
"""GPT-3 ignores n-grams that more documents have (Brown et al. 2020, arXiv 2005.14165, appendix C)."""
TOP_ITEMS, TOP_COMMON = 5, 20
_READ = ["contaminated", "sets", "longest", "ngrams"]


@dataclass(frozen=True)
class HitItem:
    """An item, the documents that it contaminates, and the first n-gram of it that is in the lake."""

    item: str
    documents: int
    ngram: str


@dataclass(frozen=True)
class SetReport:
    """What became of one evaluation set.

    Attributes:
        items: as read.  unusable: those of them without an n-gram, too short or ignored.
        unreadable: rows without a text.
        items_hit: items that contaminate a document; ``items_hit_share`` of those that are usable.
        documents: that this set contaminates; ``documents_share`` of all.
        longest: words of the longest match in one of these documents.
    """

    name: str
    items: int
    unusable: int
    unreadable: int
    items_hit: int
    items_hit_share: float
    documents: int
    documents_share: float
    longest: int
    top: list[HitItem]


@dataclass(frozen=True)
class Common:
    """Words of the sets, a run of n-grams each of which many documents have; ``documents``: most of one."""

    words: str
    documents: int


@dataclass(frozen=True)
class Report:
    """All of it; ``common`` are the runs that more than ``common_documents`` documents have."""

    documents: int
    contaminated: int
    share: float
    words: int
    shortest: int
    common_documents: int
    sets: list[SetReport]
    common: list[Common]

    def as_json(self) -> Mapping[str, Any]:
        return asdict(self)


def contamination_report(workplace: Workplace, common_documents: int = COMMON_DOCUMENTS) -> Report:
    """Return the report on all shards of a lake.

    Raises:
        LookupError: the settings name no evaluation set, or the lake was not built with these sets.
        EvaluationSetError: a file cannot be used.
    """
    config = workplace.config.contamination
    if not config.enabled:
        raise LookupError("no evaluation set is named: contamination.files of curation.yaml")
    index, tally = load_index(workplace), None
    for shard in _shards(workplace):
        own = _Tally.of(workplace.lake.read(CONTAMINATION.name, shard, _READ), index)
        tally = own if tally is None else tally.plus(own)
    if tally is None:
        raise LookupError(
            "no document of the lake was looked at yet: curate run does it, with the same --config"
        )
    return Report(
        documents=tally.documents,
        contaminated=tally.contaminated,
        share=_share(tally.contaminated, tally.documents),
        words=config.words,
        shortest=config.shortest,
        common_documents=common_documents,
        sets=[_of_set(number, index, tally) for number in range(len(index.sets))],
        common=_common(index, tally.of_grams, common_documents),
    )


def _shards(workplace: Workplace) -> list[str]:
    """Return the shards that have been looked at, all of them with the sets and settings as they are now."""
    records = [
        record
        for shard in workplace.lake.recorded_shards(CONTAMINATION.name)
        if (record := workplace.lake.record(CONTAMINATION.name, shard)) and not record.error
    ]
    version = CONTAMINATION.code_version(workplace)
    for record in records:
        files = external_version(CONTAMINATION, workplace, record.shard)
        if (record.code_version, record.inputs.get("external", "")) != (version, files):
            raise LookupError(
                f"shard {record.shard!r} was looked at with other sets or settings: "
                "curate run first, with the same --config"
            )
    return [record.shard for record in records]


@dataclass(frozen=True)
class _Tally:
    """Counts over documents: of items, n-grams and sets how many, and the longest match by set."""

    documents: int
    contaminated: int
    of_items: Indices
    of_grams: Indices
    of_sets: Indices
    longest: Indices

    @classmethod
    def of(cls, table: pl.DataFrame, index: Index) -> "_Tally":
        hashes, offsets = flat_keys(table["ngrams"])
        grams = np.searchsorted(index.lookup.grams, hashes)
        longest = table["longest"].to_numpy().astype(np.int64)
        judged = judge(Hits(grams.astype(np.uint32), offsets, longest), index)
        return cls(
            documents=table.height,
            contaminated=int(table["contaminated"].sum()),
            of_items=judged.documents,
            of_grams=np.bincount(grams, minlength=len(index.lookup.grams)),
            of_sets=judged.sets.sum(axis=0, dtype=np.int64),
            longest=(judged.sets * longest[:, np.newaxis]).max(axis=0, initial=0),
        )

    def plus(self, other: "_Tally") -> "_Tally":
        return _Tally(
            self.documents + other.documents,
            self.contaminated + other.contaminated,
            self.of_items + other.of_items,
            self.of_grams + other.of_grams,
            self.of_sets + other.of_sets,
            np.maximum(self.longest, other.longest),
        )


def _of_set(number: int, index: Index, tally: _Tally) -> SetReport:
    own = np.flatnonzero(index.holders.sets == number)
    usable = int(index.usable[own].sum())
    hit = own[tally.of_items[own] > 0]
    top = hit[np.argsort(-tally.of_items[hit], kind="stable")][:TOP_ITEMS]
    return SetReport(
        name=index.sets[number].name,
        items=len(own),
        unusable=len(own) - usable,
        unreadable=len(index.sets[number].unreadable),
        items_hit=len(hit),
        items_hit_share=_share(len(hit), usable),
        documents=int(tally.of_sets[number]),
        documents_share=_share(int(tally.of_sets[number]), tally.documents),
        longest=int(tally.longest[number]),
        top=[_hit_item(item, index, tally) for item in top.tolist()],
    )


def _hit_item(item: int, index: Index, tally: _Tally) -> HitItem:
    """Tell of an item by the n-gram that is in most documents."""
    places = np.flatnonzero(index.holders.items == item)
    grams = np.searchsorted(index.holders.offsets, places, side="right") - 1
    found = grams[[int(np.argmax(tally.of_grams[grams]))]]
    (words,) = index.words_of(found).values()
    return HitItem(index.names[item], int(tally.of_items[item]), words)


def _common(index: Index, of_grams: Indices, limit: int) -> list[Common]:
    """Return the longest runs of n-grams, each in more documents than the limit, those in most first."""
    known = index.numbers >= 0
    documents = np.where(known, of_grams[np.where(known, index.numbers, 0)] if len(of_grams) else 0, 0)
    places = np.flatnonzero(documents > limit)
    begins = np.isin(places, index.offsets) | (np.diff(places, prepend=-2) > 1)
    starts = np.flatnonzero(begins)
    stops = np.append(starts[1:], [len(places)] if len(places) else [])
    found: dict[str, int] = {}
    known_runs = set()
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        run = slice(int(places[start]), int(places[start]) + stop - start)
        key = index.numbers[run].tobytes()
        if key not in known_runs:
            known_runs.add(key)
            found[index.words_at(run.start, stop - start)] = int(documents[run].max())
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return [Common(words, documents) for words, documents in ordered[:TOP_COMMON]]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
