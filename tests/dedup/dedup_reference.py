"""Deduplication as its definition reads, in plain Python, to test the compiled one against."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import polars as pl

from curation_assets.dedup.addresses import cluster_with_addresses
from curation_assets.dedup.cluster import Clusters
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.labels import LABEL_SCHEMA
from curation_assets.dedup.signatures import permutations, signatures
from curation_assets.dedup.tables import Tables
from curation_assets.text.hashing import content_hash

UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR")


@cache
def lowered(character: str) -> str:
    """One character for one, without regard to what stands around it."""
    low = str(pl.Series([character]).str.to_lowercase()[0])[0]
    return "\u03c3" if low == "\u03c2" else low


def tokens(text: str) -> list[str]:
    """Tokens by the categories and names of ``unicodedata``, for the scripts that the tests draw from."""
    found: list[str] = []
    inside = False
    for character in map(lowered, text):
        if unicodedata.category(character)[0] in "PZSC":
            inside = False
        elif unicodedata.name(character).startswith(UNSPACED):
            found.append(character)
            inside = False
        elif inside:
            found[-1] += character
        else:
            found.append(character)
            inside = True
    return found


def shingles(text: str, width: int) -> set[tuple[str, ...]]:
    words = tokens(text)
    if not words:
        return set()
    return {tuple(words[at : at + width]) for at in range(max(1, len(words) - width + 1))}


def jaccard(one: str, other: str, width: int) -> float:
    left, right = shingles(one, width), shingles(other, width)
    return len(left & right) / len(left | right) if left | right else 0.0


BITS_64 = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15  # SplitMix64
MIX_1, MIX_2 = 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53  # MurmurHash3
PRIME_1, PRIME_2 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F  # xxHash


def scrambled(value: int, multiplier: int) -> int:
    value = value * multiplier & BITS_64
    return value ^ value >> 32


def mix(value: int) -> int:
    """The finaliser of MurmurHash3 (Appleby, 64-bit variant fmix64)."""
    for multiplier in (MIX_1, MIX_2):
        value = (value ^ value >> 33) * multiplier & BITS_64
    return value ^ value >> 33


def token_hash(word: str) -> int:
    data, state = word.encode(), STEP
    for at in range(0, len(data), 8):
        state = scrambled(state ^ int.from_bytes(data[at : at + 8], "little"), MIX_1)
    return scrambled(state, MIX_2)


def exact_hash(words: Sequence[str]) -> str:
    one, other = STEP, MIX_1
    for word in words:
        one = scrambled(one ^ token_hash(word), PRIME_1)
        other = scrambled(other ^ token_hash(word), PRIME_2)
    return "".join(f"{mix(state ^ len(words)):016x}" for state in (one, other))


def shingle_hash(words: Sequence[str]) -> int:
    polynomial = 0
    for word in words:
        polynomial = polynomial * PRIME_1 + token_hash(word)
    value = polynomial + len(words) * STEP & BITS_64
    return scrambled(value ^ value >> 32, MIX_1)


def band_keys(text: str, config: DedupConfig) -> list[int]:
    upper = [shingle_hash(shingle) >> 32 for shingle in shingles(text, config.shingle_words)]
    maps = zip(
        *(column.tolist() for column in permutations(config.bands * config.rows, config.seed)), strict=True
    )
    minima = [
        min((multiplier * value + addend) % (1 << 32) for value in upper) for multiplier, addend in maps
    ]
    keys = []
    for band in range(config.bands):
        state = (band + 1) * STEP & BITS_64
        for smallest in minima[band * config.rows : (band + 1) * config.rows]:
            state = mix(state ^ smallest)
        keys.append(state)
    return keys


def edges(texts: Sequence[str], width: int, threshold: float) -> dict[tuple[int, int], float]:
    """Similarities of all pairs that reach the threshold, by brute force."""
    pairs = combinations(range(len(texts)), 2)
    scores = {(a, b): jaccard(texts[a], texts[b], width) for a, b in pairs}
    return {pair: score for pair, score in scores.items() if score >= threshold}


def components(count: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Smallest member of every node's component."""
    label = list(range(count))
    for _ in range(count):
        for a, b in pairs:
            label[a] = label[b] = min(label[a], label[b])
    return label


def date_of(text: str) -> str | None:
    """A date that follows from the length of a text."""
    return ("2003-05-07", None, "2003-05", "2004", "2003-05-11")[len(text) % 5]


def quality_of(text: str) -> float | None:
    return (0.5, None, 0.25, 1.0)[len(text) % 4]


def url_of(text: str) -> str | None:
    """Spellings of two addresses, or none."""
    return (None, "https://www.a.example/1/", "http://A.example/1?utm_source=x#top", "//b.example/2")[
        len(text) % 4
    ]


def address_of(text: str) -> str | None:
    return (None, "1", "1", "2")[len(text) % 4]


def source_of(text: str) -> str:
    return ("web", "manuals-de", "laws")[len(text) % 3]


def frame(texts: Sequence[str | None], shards: Sequence[str] | None = None) -> pl.DataFrame:
    """Documents d0000, d0001, ... of one shard, or of the shards given."""
    names = ["doc_id", "shard", "text_hash", "text", "date", "url", "source"]
    return pl.DataFrame(
        {
            "doc_id": [f"d{number:04d}" for number in range(len(texts))],
            "shard": list(shards) if shards is not None else ["s"] * len(texts),
            "text_hash": [content_hash(text or "") for text in texts],
            "text": list(texts),
            "date": [date_of(text or "") for text in texts],
            "source": [source_of(text or "") for text in texts],
            "url": [url_of(text or "") for text in texts],
            "fineweb_terminal_lines": [quality_of(text or "") for text in texts],
        },
        schema={**dict.fromkeys(names, pl.String), "fineweb_terminal_lines": pl.Float64},
    )


def preference(text: str, config: DedupConfig) -> int:
    """What the copy that stays has most of; documents that do not tell come last."""
    if config.representative == "longest":
        return len(text)
    if config.representative == "quality":
        quality = quality_of(text)
        return -(1 << 62) if quality is None else round(quality * 10**9)
    date = date_of(text)
    if date is None:
        return -(1 << 62)
    day = int(f"{date}-00-00".replace("-", "")[:8])
    return day if config.representative == "newest" else -day


@dataclass(frozen=True)
class Found:
    """Clusters with the labels of all shards in one frame."""

    labels: pl.DataFrame
    edges: pl.DataFrame


def tables_of(signed: pl.DataFrame, documents: pl.DataFrame) -> Tables:
    """Signatures and documents in memory, as deduplication reads them."""
    by_shard = {str(key[0]): rows for key, rows in signed.partition_by("shard", as_dict=True).items()}
    return Tables(
        shards=sorted(by_shard),
        signatures=lambda shard, columns: by_shard[shard].select(columns),
        texts_of=lambda wanted: wanted.join(documents, on=["doc_id", "shard"], how="inner"),
    )


def together(found: Clusters) -> Found:
    return Found(pl.concat([pl.DataFrame(schema=LABEL_SCHEMA), *found.labels.values()]), found.edges)


def clusters_of(documents: pl.DataFrame, config: DedupConfig, **options: int) -> Found:
    """Signatures and clusters of a frame of documents."""
    found = cluster_with_addresses(tables_of(signatures(documents, config), documents), config, **options)
    return together(found)


def running_text(words: int, seed: int) -> list[str]:
    """Words whose frequencies fall as in real text (Zipf), from a vocabulary of 5,000."""
    ranks = np.random.default_rng(seed).zipf(1.3, size=words) % 5_000
    return [f"w{rank}" for rank in ranks.tolist()]
