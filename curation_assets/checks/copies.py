"""Whether copies are left among the survivors of deduplication, from labels, band keys and texts.

What is sampled: of all survivors the band keys of which the value is a multiple of ``every`` (so that both
ends of a pair keep the same ones; all of them up to two million), then the ``checks.compared_pairs`` pairs
with most keys in common. Copies of equal words are looked for among all survivors.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
import polars as pl

from curation_assets.dedup.config import DedupConfig
from curation_assets.shingles.distinct import shingle_sets
from curation_assets.stage import Check, Figures
from curation_assets.survivors import texts_of
from curation_assets.workplace import Workplace
from resources.lake import Lake

MOST_KEYS = 2_000_000
MOST_NAMED = 3
ROW = ("doc_id", "shard")
_OF_LABELS = ["doc_id", "shard", "exact_hash", "cluster_id", "kept"]


def look_for_copies(workplace: Workplace, _shard: str) -> tuple[bool, Figures]:
    """Return whether no two survivors are copies that deduplication ought to have linked or dropped."""
    lake, config = workplace.lake, workplace.config.dedup
    shards = lake.recorded_shards("dedup_labels")
    if not config.enabled or not shards:
        return True, {"note": "deduplication is off" if shards else "there are no shards"}
    kept = lake.read_all("dedup_clusters", shards, _OF_LABELS).filter("kept").drop("kept")
    same = _of_equal_words(kept, config)
    pairs, every = _pairs(lake, shards, kept, config)
    chosen = pairs.head(workplace.config.checks.compared_pairs)
    alike = _alike(lake, chosen, config)
    figures: dict[str, int | float | str] = {
        "survivors": kept.height,
        "equal_words": same,
        "near_copies": alike.height,
        "pairs_compared": chosen.height,
        "pairs_with_common_keys": pairs.height,
        "share_of_keys_looked_at": round(1 / every, 6),
    }
    if alike.height:
        named = alike.head(MOST_NAMED).select("doc_id_a", "doc_id_b", "similarity").iter_rows()
        figures["examples"] = "; ".join(f"{one} and {other}: {value:.3f}" for one, other, value in named)
    return not same and not alike.height, figures


def _of_equal_words(kept: pl.DataFrame, config: DedupConfig) -> int:
    """Return how many survivors have the same words as another, and nothing allows for it."""
    unique = kept["exact_hash"].n_unique() if config.policy == "drop" else None
    if unique is not None:
        return kept.height - unique
    clusters = kept.select("exact_hash", "cluster_id").unique()
    return clusters.height - clusters["exact_hash"].n_unique()


def _pairs(
    lake: Lake, shards: Sequence[str], kept: pl.DataFrame, config: DedupConfig
) -> tuple[pl.DataFrame, int]:
    """Return pairs of survivors by how many of the keys that are looked at they share, most first."""
    every = -(-kept.height * config.bands // MOST_KEYS) or 1
    rows = kept.select(*ROW, "cluster_id").with_row_index("row")
    parts = [pl.DataFrame(schema={"row": pl.UInt32, "key": pl.UInt64})]
    for shard in shards:
        keys = lake.read("signatures", shard, ["doc_id", "shard", "band_keys"]).join(rows, on=ROW)
        flat = keys.select("row", key="band_keys").explode("key").drop_nulls("key")
        parts.append(flat.filter(pl.col("key") % every == 0))
    # A crowd of n that share a key gives n - 1 pairs, not n (n - 1) / 2: each with the first of them.
    flat = pl.concat(parts).sort("key", "row")
    first = pl.col("row").first().over("key")
    pairs = flat.select(a=first, b="row").filter(pl.col("a") != pl.col("b"))
    pairs = (
        pairs.group_by("a", "b")
        .agg(common=pl.len())
        .sort("common", "a", "b", descending=[True, False, False])
    )
    ends = [
        rows.select(
            pl.col("row").alias(end), *(pl.col(name).alias(f"{name}_{end}") for name in (*ROW, "cluster_id"))
        )
        for end in "ab"
    ]
    for end, table in zip("ab", ends, strict=True):
        pairs = pairs.join(table, on=end, how="left", maintain_order="left")
    if config.policy != "drop":
        pairs = pairs.filter(pl.col("cluster_id_a") != pl.col("cluster_id_b"))
    return pairs, every


def _alike(lake: Lake, pairs: pl.DataFrame, config: DedupConfig) -> pl.DataFrame:
    """Return the pairs that reach the threshold of both ends, by the Jaccard index of their shingles."""
    if not pairs.height:
        return pairs.with_columns(similarity=pl.lit(0.0))
    ends = [pairs.select(doc_id=f"doc_id_{end}", shard=f"shard_{end}") for end in "ab"]
    documents = pl.concat(ends).unique(maintain_order=True).with_row_index("at")
    texts, thresholds = _read(lake, documents, config)
    sets = shingle_sets(texts, config.shingle_words)
    places = [
        rows.join(documents, on=ROW, how="left", maintain_order="left")["at"].to_numpy() for rows in ends
    ]
    similarity = np.array(
        [
            _jaccard(
                sets.shingles[sets.offsets[one] : sets.offsets[one + 1]],
                sets.shingles[sets.offsets[other] : sets.offsets[other + 1]],
            )
            for one, other in zip(*(place.astype(np.int64) for place in places), strict=True)
        ]
    )
    asked = np.maximum(thresholds[places[0]], thresholds[places[1]])
    return pairs.with_columns(similarity=pl.Series(similarity)).filter(pl.Series(similarity >= asked))


def _read(lake: Lake, documents: pl.DataFrame, config: DedupConfig) -> tuple[pl.Series, np.ndarray]:
    """Return text (String) and threshold (float64; infinite where deduplication is off) of each document."""
    texts, thresholds = [""] * documents.height, np.full(documents.height, config.jaccard_threshold)
    for (shard,), rows in documents.partition_by("shard", as_dict=True).items():
        found = texts_of(lake, str(shard), rows["doc_id"])
        for at, text in zip(rows["at"].to_list(), found.to_list(), strict=True):
            texts[at] = text
        if config.sources:
            sources = lake.read("signatures", str(shard), ["doc_id", "source"])
            named = rows.join(sources, on="doc_id", how="left", maintain_order="left")["source"]
            thresholds[rows["at"].to_numpy()] = [_threshold(source, config) for source in named]
    return pl.Series(texts, dtype=pl.String), thresholds


def _threshold(source: str | None, config: DedupConfig) -> float:
    for pattern, settings in config.sources.items():
        if fnmatchcase(source or "", pattern):
            own = settings.jaccard_threshold
            return np.inf if not settings.enabled else config.jaccard_threshold if own is None else own
    return config.jaccard_threshold


def _jaccard(one: np.ndarray, other: np.ndarray) -> float:
    common = len(np.intersect1d(one, other, assume_unique=True))
    total = len(one) + len(other) - common
    return common / total if total else 0.0


NO_COPIES_LEFT = Check(
    "no_copies_left",
    "No two documents that survive deduplication are copies: none have the same words, and of the "
    "pairs that share most band keys none reaches dedup.jaccard_threshold when their texts are "
    "compared anew.",
    look_for_copies,
    advice="The tables contradict each other: curate run --verify builds again what is not as it was "
    "written. If it stays, materialise signatures and dedup_clusters, and report it with the "
    "two doc_ids.",
)
