"""Excerpts of a corpus' longer documents: which are found, what is found that is none, and rates.

    python benchmarks/containment.py --corpus FOLDER

FOLDER holds documents.parquet (id, text). Of the documents that deduplication keeps, those of at least
LONG words are cut from: excerpts of 100, 200 and 500 words, verbatim and with 2 % and 5 % of the words
replaced. An edited word is in 5 shingles, so of the shingles of an excerpt about 0.98^5 = 90 % and 0.95^5 =
77 % stay: what the threshold asks for is told beside what is found. ``due`` are the excerpts that by all
shingles reach the threshold, ``of those found`` the share of them that is. Precision and recall of the corpus
itself are against all pairs, with no keys, of SUBSET documents. Rates are MB of UTF-8 text per CPU second of
one thread, the least of three runs.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl

from curation_assets.containment.config import ContainmentConfig
from curation_assets.containment.contained import Found, find
from curation_assets.containment.keys import SHINGLE_WORDS, containment_keys
from curation_assets.containment.tables import Tables
from curation_assets.dedup.cluster import cluster
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.signatures import signatures
from curation_assets.dedup.tables import Tables as DedupTables
from curation_assets.shingles.distinct import shingle_sets

Result = TypeVar("Result")
SHARDS, REPEATS, EXCERPTS, LONG, SUBSET = 20, 3, 300, 1_500, 4_000
THRESHOLDS = (0.9, 0.7)


def timed(work: Callable[[], Result], repeats: int = REPEATS) -> tuple[Result, float]:
    """Return the result and the least CPU seconds of several runs."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, min(seconds)


def by_shard(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key[0]): part for key, part in rows.partition_by("shard", as_dict=True).items()}


def survivors(documents: pl.DataFrame) -> pl.DataFrame:
    rows = by_shard(signatures(documents, DedupConfig()))
    tables = DedupTables(
        sorted(rows),
        lambda shard, columns: rows[shard].select(columns),
        lambda wanted: wanted.join(documents, on=["doc_id", "shard"], how="inner"),
    )
    labels = pl.concat(list(cluster(tables, DedupConfig()).labels.values()))
    return documents.join(labels.filter("kept"), on=["doc_id", "shard"], how="semi", maintain_order="left")


class Shards:
    """Documents and their keys by shard, in memory."""

    def __init__(self, documents: pl.DataFrame, config: ContainmentConfig) -> None:
        self.documents = by_shard(documents)
        self.keys = {shard: containment_keys(part, config) for shard, part in self.documents.items()}
        self.read = 0

    @property
    def tables(self) -> Tables:
        return Tables(sorted(self.keys), lambda shard, names: self.keys[shard].select(names), self.texts)

    def texts(self, shard: str, doc_ids: pl.Series) -> pl.Series:
        self.read += len(doc_ids)
        wanted = pl.DataFrame({"doc_id": doc_ids})
        return wanted.join(self.documents[shard], on="doc_id", how="left", maintain_order="left")["text"]


def found_in(documents: pl.DataFrame, config: ContainmentConfig) -> Found:
    return find(Shards(documents, config).tables, config)


def rates(documents: pl.DataFrame, config: ContainmentConfig) -> None:
    size = documents["text"].str.len_bytes().sum() / 1e6
    shards, keying = timed(partial(Shards, documents, config))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found, finding = timed(lambda: find(shards.tables, config))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    keys = sum(int(part["key_count"].sum()) for part in shards.keys.values())
    print(
        f"documents {documents.height}, MB {size:.1f}: keys {size / keying:.0f} MB/s, in all "
        f"{size / (keying + finding):.0f} MB/s; {keys * 8 / size / 1e4:.1f} % of the text's size in keys; "
        f"contained {found.excerpts.height}, pairs compared {found.compared}, texts read "
        f"{shards.read // REPEATS}; peak memory {(peak - before) / 1e3:.0f} MB more"
    )
    _, again = timed(lambda: find(shards.tables, config, known=found.pairs))
    print(f"  the same again with all pairs known: {100 * again / (keying + finding):.0f} % of that time")


class Planted(NamedTuple):
    """Excerpts and what they are of."""

    rows: pl.DataFrame
    sources: list[str]


def planted(documents: pl.DataFrame, words: int, share: float) -> Planted:
    """Cut excerpts out of long documents, and put other words in place of a share of theirs."""
    drawn = np.random.default_rng([words, round(1000 * share)])
    long = documents.filter(pl.col("text").str.count_matches(r"\S+") >= LONG)
    chosen = long[drawn.integers(long.height, size=EXCERPTS).tolist()]
    texts = []
    for text in chosen["text"]:
        own = text.split()
        start = int(drawn.integers(len(own) - words))
        excerpt = own[start : start + words]
        for at in drawn.permutation(words)[: round(share * words)].tolist():
            excerpt[at] = f"edit{drawn.integers(1 << 40)}"
        texts.append(" ".join(excerpt))
    ids = [f"excerpt{number:04}" for number in range(EXCERPTS)]
    rows = pl.DataFrame({"doc_id": ids, "text_hash": ids, "cluster_id": ids, "text": texts})
    shard = (pl.int_range(pl.len()) % SHARDS).cast(pl.String).str.zfill(2)
    return Planted(rows.with_columns(shard=shard), chosen["doc_id"].to_list())


def recall(documents: pl.DataFrame, words: int, share: float) -> None:
    made = planted(documents, words, share)
    texts = dict(documents.select("doc_id", "text").iter_rows())
    sources = pl.Series([texts[name] for name in made.sources])
    small, large = shingle_sets(made.rows["text"], SHINGLE_WORDS), shingle_sets(sources, SHINGLE_WORDS)
    shares = np.array([_share(small, large, at, at) for at in range(EXCERPTS)])
    rows = pl.concat([documents, made.rows.select(documents.columns)])
    for threshold in THRESHOLDS:
        config = ContainmentConfig(enabled=True, threshold=threshold)
        told = dict(found_in(rows, config).excerpts.select("doc_id", "contained_in").iter_rows())
        found = np.array([name in told for name in made.rows["doc_id"]])
        right = [
            told.get(name) == source for name, source in zip(made.rows["doc_id"], made.sources, strict=True)
        ]
        due = shares >= threshold
        of_those = f"{100 * found[due].mean():.1f} %" if due.any() else "none"
        print(
            f"  {words} words, {100 * share:.0f} % edited, threshold {threshold}: due {100 * due.mean():.1f} "
            f"%, of those found {of_those}; in what they were cut from {np.sum(right)} of {found.sum()}"
        )


def _share(
    small: tuple[np.ndarray, np.ndarray], large: tuple[np.ndarray, np.ndarray], a: int, b: int
) -> float:
    own, other = (sets[0][sets[1][at] : sets[1][at + 1]] for sets, at in ((small, a), (large, b)))
    return len(np.intersect1d(own, other, assume_unique=True)) / max(1, len(own))


def against_all_pairs(documents: pl.DataFrame, threshold: float) -> None:
    """Compare what is found of a subset with all its pairs, by a matrix of shingles in common."""
    some = documents.sort(pl.col("doc_id").hash(7))[:SUBSET]
    for words in (100, 200, 500):
        more = planted(some, words, 0.02).rows[:100].with_columns(doc_id=pl.col("doc_id") + f"of{words}")
        some = pl.concat(
            [some, more.with_columns(text_hash="doc_id", cluster_id="doc_id").select(some.columns)]
        )
    sets = shingle_sets(some["text"], SHINGLE_WORDS)
    truth = _contained(sets, threshold)
    names = some["doc_id"].to_list()
    config = ContainmentConfig(enabled=True, threshold=threshold)
    found = set(found_in(some, config).excerpts["doc_id"])
    true = {names[at] for at in truth}
    print(
        f"  of {some.height} documents by all pairs {len(true)} are contained, found {len(found)}: recall "
        f"{len(found & true) / max(1, len(true)):.4f}, precision {len(found & true) / max(1, len(found)):.4f}"
    )


def _contained(sets: tuple[np.ndarray, np.ndarray], threshold: float) -> list[int]:
    from scipy.sparse import csr_matrix

    sizes = np.diff(sets[1])
    _, numbers = np.unique(sets[0], return_inverse=True)
    matrix = csr_matrix((np.ones(len(numbers), np.int32), numbers, sets[1]))
    contained = []
    for start in range(0, len(sizes), 500):
        common = (matrix[start : start + 500] @ matrix.T).tocoo()
        rows, columns = common.row + start, common.col
        right = (sizes[columns] > sizes[rows]) & (common.data / np.maximum(1, sizes[rows]) >= threshold)
        contained += np.unique(rows[right]).tolist()
    return contained


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    corpus = parser.parse_args().corpus
    name = pl.col("id").cast(pl.String).str.zfill(8)
    shard = (pl.col("id") % SHARDS).cast(pl.String).str.zfill(2)
    read = pl.read_parquet(corpus / "documents.parquet", columns=["id", "text"])
    everything = read.select(doc_id=name, shard=shard, text_hash=name, cluster_id=name, text="text")
    config = ContainmentConfig(enabled=True)
    found_in(everything[:200], config)  # compiles the kernels
    with_rest = everything.with_columns(
        source=pl.lit("web"), date=pl.lit(None, pl.String), url=pl.lit(None, pl.String),
        fineweb_terminal_lines=pl.lit(1.0),
    )  # fmt: skip
    documents = survivors(with_rest).select(everything.columns)
    print("all")
    rates(everything, config)
    print("what deduplication keeps")
    rates(documents, config)
    for words in (100, 200, 500):
        for share in (0.0, 0.02, 0.05):
            recall(documents, words, share)
    for threshold in THRESHOLDS:
        print(f"threshold {threshold}")
        against_all_pairs(documents, threshold)


if __name__ == "__main__":
    main()
