"""Settings of their own for the documents of some sources.

Texts that are made from a template, such as manuals and laws, are alike without being copies. A pair is
linked when it reaches the stricter threshold of the two documents' sources. Whether two contents are linked
must depend on these two alone; so the same words under other settings are another content: the first byte of
its hash is the number of its settings, and the threshold is read from there.
"""

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.contents import Hashes
from curation_assets.dedup.tables import Tables
from curation_assets.text.hashing import content_hash

_NEEDED, _CHANGED = ("shard", "doc_id", "source"), ("exact_hash", "tokens")


def by_source(tables: Tables, config: DedupConfig) -> Tables:
    """Return the tables with hashes that tell the settings of each document.

    A document of a source that is switched off has a hash of its own and counts as having no words, so that
    it is nobody's copy.
    """
    if not config.sources:
        return tables

    def signatures(shard: str, columns: Sequence[str]) -> pl.DataFrame:
        rows = tables.signatures(shard, list(dict.fromkeys((*columns, *_NEEDED, *_CHANGED))))
        return _told(rows, config).select(columns)

    return replace(tables, signatures=signatures)


def thresholds(hashes: Hashes, config: DedupConfig) -> NDArray[np.float64] | None:
    """Return the least similarity that each content asks for, None where all ask for the same."""
    if not config.sources:
        return None
    common = config.jaccard_threshold
    of_number = np.full(256, common)
    for number, settings in enumerate(config.sources.values(), start=1):
        of_number[number] = common if settings.jaccard_threshold is None else settings.jaccard_threshold
    return of_number[np.ascontiguousarray(hashes).view(np.uint8).reshape(-1, 16)[:, 0]]


def least_threshold(config: DedupConfig) -> float:
    """Return the smallest similarity that any pair may be linked at."""
    own = (settings.jaccard_threshold for settings in config.sources.values())
    return min([config.jaccard_threshold, *(threshold for threshold in own if threshold is not None)])


def _told(rows: pl.DataFrame, config: DedupConfig) -> pl.DataFrame:
    numbers = {name: _number(name, config) for name in rows["source"].unique()}
    off = [place for place, settings in enumerate(config.sources.values(), start=1) if not settings.enabled]
    digits = rows["source"].replace_strict(
        list(numbers), [f"{number:02x}" for number in numbers.values()], return_dtype=pl.String
    )
    alone = pl.Series(digits.is_in([f"{number:02x}" for number in off]))
    hashes, tokens = rows["exact_hash"], rows["tokens"]
    if alone.any():
        own = [content_hash(*names) for names in rows.select("shard", "doc_id").filter(alone).iter_rows()]
        hashes = hashes.scatter(alone.arg_true(), own)
        tokens = tokens.scatter(alone.arg_true(), 0)
    told = pl.select(exact_hash=pl.concat_str(digits, hashes.str.slice(2)), tokens=tokens)
    return rows.with_columns(told["exact_hash"], told["tokens"])


def _number(source: str | None, config: DedupConfig) -> int:
    """Return the place of the first pattern that a source matches, from 1; 0 where none does."""
    patterns = enumerate(config.sources, start=1)
    return next((place for place, pattern in patterns if fnmatchcase(source or "", pattern)), 0)
