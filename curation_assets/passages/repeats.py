"""What is a repeat: a pure function of the set of documents.

Documents are in the order of doc_id, then shard. A passage of ``substring_tokens`` consecutive words is a
repeat if the same words stand in an earlier document, or earlier in the same one (Lee et al. 2022, arXiv
2107.06499, keep one occurrence, too). A line is one if an equal line stands in an earlier document; lines
that come again within a document are what the rules on repetition count. The words of repeats are taken out.

A document of which too little is left is dropped. That is decided first, against all documents. What is taken
out of the others is decided then, against those that stay: so of what stands in some document that stays, one
copy does.

Passages are compared by 128-bit hashes of 64-bit hashes of their words, so two that differ count as equal
with odds below n^2 / 2^128 among n; lines by 64 bits, n^2 / 2^65.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.scanning import Documents, Occurrences, Scan, parts_of, scan
from curation_assets.passages.tables import KeySet, Tables
from curation_assets.progress import Progress, silent

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

SCANS = Sequence[Callable[[], Scan]]
PASSAGES_AT_ONCE = 1 << 27
"""Passages held at a time, some 30 bytes each; where there may be more, texts are read several times."""
_NOWHERE = np.uint64(0xFFFFFFFFFFFFFFFF)


class Repeats(NamedTuple):
    """The repeats of some documents.

    Attributes:
        documents: int64 [spans], number of the document; ascending.
        starts, stops: int64 [spans], the words of a repeat, by their number in the text. Those of one
            document neither overlap nor touch.
        origins: int64 [spans], rank of the document that has the first occurrence of what the span begins
            with.
        lines: int64 [documents], number of lines that are repeats.
        words: int64 [documents].
        dropped: bool [documents].
    """

    documents: Indices
    starts: Indices
    stops: Indices
    origins: Indices
    lines: Indices
    words: Indices
    dropped: Flags

    @property
    def repeated_words(self) -> Indices:
        """int64 [documents]."""
        lengths = np.bincount(self.documents, self.stops - self.starts, minlength=len(self.words))
        return lengths.astype(np.int64)


def find_repeats(
    tables: Tables,
    documents: Documents,
    repeated: NDArray[np.uint64],
    config: PassagesConfig,
    progress: Progress = silent,
    *,
    dropped_before: tuple[Flags, Flags] | None = None,
    passages_at_once: int = PASSAGES_AT_ONCE,
) -> Repeats:
    """Find the repeats of all documents, which may be read several times where there are very many.

    Args:
        repeated: ascending, the keys that occur more than once in the lake, or those of them that matter.
        dropped_before: bool [documents] each: of which documents it is known whether they are dropped, and
            whether they are.
    """
    passages = documents.keys * (config.sampled_of + 1) // 2  # by a key, in the middle
    ranges = list(parts_of(repeated, max(1, -(-passages // passages_at_once))))
    told = [progress, *[silent] * (len(ranges) - 1)]
    scans: SCANS = [
        lambda part=part, tell=tell: scan(tables, documents, KeySet(part), config, tell)  # type: ignore[misc]
        for part, tell in zip(ranges, told, strict=True)
    ]
    if len(scans) == 1:
        only = scans[0]()
        scans = [lambda: only]
    everyone = np.ones(len(documents.ranks), dtype=np.bool_)
    first = _judge(scans, documents, everyone)
    dropped = _too_little_left(first, config)
    if dropped_before is not None:
        known, were = dropped_before
        dropped = np.where(known, were, dropped)
    if not dropped.any():
        return first._replace(dropped=dropped)
    then = _judge(scans, documents, ~dropped)
    return _either(first, then, dropped)


def _too_little_left(found: Repeats, config: PassagesConfig) -> Flags:
    if config.policy == "count":
        return np.zeros(len(found.words), dtype=np.bool_)
    repeated = found.repeated_words
    left = found.words - repeated
    least = np.maximum(config.minimum_kept_share * found.words, max(1, config.minimum_kept_tokens))
    return (repeated > 0) & (left < least)


def _judge(scans: SCANS, documents: Documents, sources: Flags) -> Repeats:
    spans, lines = [np.empty((4, 0), np.int64)], np.zeros(len(documents.ranks), dtype=np.int64)
    words = np.zeros(len(documents.ranks), dtype=np.int64)
    for make in scans:
        found = make()
        words = found.words
        for kind in found.kinds:
            marked, counts = _spans(kind, documents.ranks, sources)
            spans.append(marked)
            lines += 0 if kind.within else counts
    merged = _merged(np.concatenate(spans, axis=1))
    return Repeats(*merged, lines=lines, words=words, dropped=np.zeros(len(words), dtype=np.bool_))


def _spans(kind: Occurrences, ranks: Indices, sources: Flags) -> tuple[Indices, Indices]:
    """Return spans as int64 [4, spans] (see the kernel), and int64 [documents] how many repeats they are
    of."""
    from curation_assets.passages import occurring

    first = np.full(kind.distinct, _NOWHERE, dtype=np.uint64)
    occurring.find_first(kind.numbers, kind.starts, kind.offsets, ranks, sources, first)
    places, counts = (kind.starts, kind.stops), np.zeros(len(ranks), dtype=np.int64)
    spans, found = np.empty((4, 0), dtype=np.int64), -1
    while found != spans.shape[1]:  # once to count, once to write
        spans = np.empty((4, max(0, found)), dtype=np.int64)
        counts[:] = 0
        found = occurring.repeats_of_documents(
            kind.numbers, places, kind.offsets, ranks, first, kind.within, spans, counts
        )
    return spans, counts


def _merged(spans: Indices) -> tuple[Indices, Indices, Indices, Indices]:
    from curation_assets.passages import occurring

    documents, starts, stops, origins = spans[:, np.lexsort((spans[3], spans[1], spans[0]))]
    columns = [np.ascontiguousarray(column) for column in (documents, starts, stops, origins)]
    left = occurring.merge_spans(columns[0], (columns[1], columns[2], columns[3]))
    return columns[0][:left], columns[1][:left], columns[2][:left], columns[3][:left]


def _either(first: Repeats, then: Repeats, dropped: Flags) -> Repeats:
    """Return the first verdict on dropped documents, and the second one on the others."""
    chosen = [dropped[first.documents], ~dropped[then.documents]]
    columns = [
        np.concatenate([one[chosen[0]], other[chosen[1]]])
        for one, other in zip(first[:4], then[:4], strict=True)
    ]
    order = np.argsort(columns[0], kind="stable")
    documents, starts, stops, origins = (column[order] for column in columns)
    lines = np.where(dropped, first.lines, then.lines)
    return Repeats(documents, starts, stops, origins, lines, first.words, dropped)
