"""A document's signature: what deduplication needs to know of it instead of its text."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.preference import FACTS, facts
from curation_assets.dedup.tokens import TokenBuffers, tokenise
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


def signatures(documents: pl.DataFrame, config: DedupConfig) -> pl.DataFrame:
    """Return the signature of every document, in the order given.

    Args:
        documents: doc_id, shard, text_hash, text (String each; a null text counts as empty), and what
        ``preference.facts`` looks at; further columns are ignored.

    Returns:
        A frame of ``SIGNATURE_SCHEMA``. ``exact_hash``: 128 bits (BLAKE2b) in hexadecimal, equal exactly
        where the lower-cased token sequences are equal; of the text as it stands where it has no tokens.
        ``characters``: Unicode characters of the text. ``tokens``: see ``dedup.tokens``. ``band_keys``:
        MinHash over shingles (Broder 1997), ``config.rows`` minima hashed to a 64-bit key for each of
        ``config.bands`` bands.
    """
    texts = documents["text"].cast(pl.String).fill_null("")
    parts = [_signature_columns(chunk, config) for chunk in _chunks(texts)]
    empty = SIGNATURE_SCHEMA.to_frame().drop(*CARRIED, *FACTS)
    return (
        documents.select(CARRIED)
        .hstack(facts(documents))
        .hstack(pl.concat([empty, *parts]))
        .select(pl.col(name).cast(dtype) for name, dtype in SIGNATURE_SCHEMA.items())
        .rechunk()
    )


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


def minhashes(texts: pl.Series, config: DedupConfig) -> NDArray[np.uint32]:
    """Return the minima behind the band keys: uint32 [texts, bands * rows].

    The share of equal minima of two texts estimates the Jaccard index of their shingle sets.
    """
    return _minima(*shingles(tokenise(texts), config.shingle_words), config)


def shingles(tokens: TokenBuffers, width: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the texts' shingles in a row, repetitions included, and int64 [texts + 1] offsets."""
    from curation_assets.dedup import kernels

    hashes = np.empty(len(tokens.hashes), dtype=np.uint64)
    offsets = np.zeros(len(tokens.token_offsets), dtype=np.int64)
    kernels.shingle_texts(tokens.hashes, tokens.token_offsets, width, hashes, offsets)
    return hashes[: offsets[-1]], offsets


def permutations(count: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return multipliers (odd) and addends of ``count`` affine maps modulo 2^32, drawn from the seed."""
    drawn = [content_hash("minhash", str(seed), str(number)) for number in range(count)]
    multipliers = np.array([int(digest[:8], 16) | 1 for digest in drawn], dtype=np.uint32)
    return multipliers, np.array([int(digest[8:16], 16) for digest in drawn], dtype=np.uint32)


def _chunks(texts: pl.Series) -> Iterator[pl.Series]:
    """Cut the column so that a chunk holds about ``CHUNK_BYTES``, to bound memory."""
    starts = texts.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy() // CHUNK_BYTES
    bounds = [0, *(np.flatnonzero(np.diff(starts)) + 1).tolist(), len(texts)]
    for start, stop in pairwise(bounds):
        if stop > start:
            yield texts.slice(start, stop - start)


def _signature_columns(texts: pl.Series, config: DedupConfig) -> pl.DataFrame:
    tokens = tokenise(texts)
    counts = pl.Series("tokens", np.diff(tokens.token_offsets))
    keys = _band_keys(_minima(*shingles(tokens, config.shingle_words), config), config)
    return pl.DataFrame(
        {
            "exact_hash": _exact_hashes(texts, tokens),
            "characters": texts.str.len_chars().cast(pl.Int64),
            "tokens": counts,
            "band_keys": pl.Series(keys, dtype=pl.Array(pl.UInt64, config.bands)).arr.to_list(),
        }
    ).with_columns(pl.when(pl.col("tokens") > 0).then("band_keys").alias("band_keys"))


def _exact_hashes(texts: pl.Series, tokens: TokenBuffers) -> list[str]:
    """BLAKE2b, not a faster hash: nobody can make two documents collide so that one displaces the other."""
    joined = memoryview(tokens.words.data)
    bounds = tokens.word_offsets.tolist()
    hashes = [content_hash("tokens", bytes(joined[start:stop])) for start, stop in pairwise(bounds)]
    for position in np.flatnonzero(np.diff(tokens.token_offsets) == 0).tolist():
        hashes[position] = content_hash("text", texts[position])
    return hashes


def _minima(
    hashes: NDArray[np.uint64], offsets: NDArray[np.int64], config: DedupConfig
) -> NDArray[np.uint32]:
    from curation_assets.dedup import kernels

    multipliers, addends = permutations(config.bands * config.rows, config.seed)
    minima = np.empty((len(offsets) - 1, config.bands * config.rows), dtype=np.uint32)
    upper = (hashes >> np.uint64(32)).astype(np.uint32)
    kernels.smallest_values(upper, offsets, multipliers, addends, minima)
    return minima


def _band_keys(minima: NDArray[np.uint32], config: DedupConfig) -> NDArray[np.uint64]:
    from curation_assets.dedup import kernels

    keys = np.empty((len(minima), config.bands), dtype=np.uint64)
    kernels.hash_bands(minima, config.rows, keys)
    return keys
