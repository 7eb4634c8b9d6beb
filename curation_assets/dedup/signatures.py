"""A document's signature: what deduplication needs to know of it instead of its text."""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.contents import hexadecimal
from curation_assets.dedup.preference import FACTS, facts
from curation_assets.shingles.tokens import buffers, scratch_for
from curation_assets.text.characters import character_table
from curation_assets.text.hashing import content_hash

SIGNATURE_SCHEMA = pl.Schema(
    {
        "doc_id": pl.String(),
        "shard": pl.String(),
        "text_hash": pl.String(),
        "exact_hash": pl.String(),
        **FACTS,
        "characters": pl.Int64(),
        "tokens": pl.Int64(),
        "band_keys": pl.List(pl.UInt64()),
    }
)
"""``band_keys`` is null where a document has no tokens, else holds one key a band."""

CARRIED = ("doc_id", "shard", "text_hash")
CHUNK_BYTES = 4_000_000
LANES = 16
"""Numbers of 32 bits in the widest vectors there are."""


def signatures(documents: pl.DataFrame, config: DedupConfig) -> pl.DataFrame:
    """Return the signature of every document, in the order given.

    Args:
        documents: doc_id, shard, text_hash, text (String each; a null text counts as empty), and what
        ``preference.facts`` looks at; further columns are ignored.

    Returns:
        A frame of ``SIGNATURE_SCHEMA``. ``exact_hash``: 128 bits in hexadecimal, equal where the lower-cased
        token sequences are equal; of the text as it stands (BLAKE2b) where it has no tokens.
        ``characters``: Unicode characters of the text. ``tokens``: see ``shingles.tokens``. ``band_keys``:
        MinHash over shingles (Broder 1997), ``config.rows`` minima hashed to a 64-bit key for each of
        ``config.bands`` bands.
    """
    texts = documents["text"].cast(pl.String).fill_null("")
    signed = _sign(texts, config)
    columns = {
        "exact_hash": _exact_hashes(texts, signed),
        "characters": texts.str.len_chars().cast(pl.Int64),
        "tokens": pl.Series(signed.tokens),
        "band_keys": _lists(signed.keys, signed.tokens > 0),
    }
    frame = documents.select(CARRIED).hstack(facts(documents)).hstack(pl.DataFrame(columns))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in SIGNATURE_SCHEMA.items()).rechunk()


def signed_before(documents: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Take over the signatures of texts that were signed before with the same settings.

    A signature depends on the text alone, so the text's hash finds it, under whatever doc_id it was.

    Args:
        documents: doc_id, shard, text_hash, and what ``preference.facts`` looks at.
        before: rows of ``SIGNATURE_SCHEMA``.

    Returns:
        A frame of ``SIGNATURE_SCHEMA``, one row a document in the order given; ``exact_hash`` is null where
        the text is to be signed anew.
    """
    known = before.drop("doc_id", "shard", *FACTS).unique("text_hash", keep="first")
    return (
        documents.select(CARRIED)
        .hstack(facts(documents))
        .join(known, on="text_hash", how="left", maintain_order="left")
        .select(SIGNATURE_SCHEMA.names())
    )


def permutations(count: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return multipliers (odd) and addends of ``count`` affine maps modulo 2^32, drawn from the seed."""
    drawn = [content_hash("minhash", str(seed), str(number)) for number in range(count)]
    multipliers = np.array([int(digest[:8], 16) | 1 for digest in drawn], dtype=np.uint32)
    return multipliers, np.array([int(digest[8:16], 16) for digest in drawn], dtype=np.uint32)


def _chunks(texts: pl.Series) -> Iterator[tuple[int, int]]:
    """Cut the column so that a chunk holds about ``CHUNK_BYTES``, to bound memory."""
    starts = texts.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy() // CHUNK_BYTES
    bounds = [0, *(np.flatnonzero(np.diff(starts)) + 1).tolist(), len(texts)]
    for start, stop in pairwise(bounds):
        if stop > start:
            yield start, stop


class _Signed(NamedTuple):
    """Of each text: int64 tokens, uint64 [2] exact hash, uint64 [bands] keys."""

    tokens: NDArray[np.int64]
    exact: NDArray[np.uint64]
    keys: NDArray[np.uint64]


def _sign(texts: pl.Series, config: DedupConfig) -> _Signed:
    from curation_assets.dedup import signing

    maps = _padded_permutations(config.bands * config.rows, config.seed)
    signed = _Signed(
        np.empty(len(texts), dtype=np.int64),
        np.empty((len(texts), 2), dtype=np.uint64),
        np.empty((len(texts), config.bands), dtype=np.uint64),
    )
    scratch = scratch_for(int(texts.str.len_bytes().max() or 0))  # type: ignore[arg-type]
    table, width = character_table(), config.shingle_words
    for start, stop in _chunks(texts):
        smallest = np.empty((stop - start, len(maps[0])), dtype=np.uint32)
        data, offsets = buffers(texts[start:stop])
        outputs = [column[start:stop] for column in signed]
        signing.sign_texts(data, offsets, table, width, config.rows, maps, scratch, smallest, *outputs)
    return signed


@cache
def _padded_permutations(count: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the permutations, filled up to whole vectors."""
    maps = np.zeros((2, -(-count // LANES) * LANES), dtype=np.uint32)
    maps[:, :count] = permutations(count, seed)
    return maps[0], maps[1]


def _lists(keys: NDArray[np.uint64], there: NDArray[np.bool_]) -> pl.Series:
    """Return the rows as List(UInt64), null where they are not there."""
    column = pl.DataFrame({"keys": pl.Series(keys, dtype=pl.Array(pl.UInt64, keys.shape[1])).arr.to_list()})
    return column.select(pl.when(pl.Series(there)).then("keys").alias("keys"))["keys"]


def _exact_hashes(texts: pl.Series, signed: _Signed) -> pl.Series:
    digits = hexadecimal(signed.exact.byteswap().view("S16")[:, 0])
    bare = np.flatnonzero(signed.tokens == 0)
    if not len(bare):
        return digits
    return digits.scatter(bare, [content_hash("text", texts[position]) for position in bare.tolist()])
