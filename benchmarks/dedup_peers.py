"""MinHash deduplication by this project and by others, each as a function of the same documents and words.

A peer is given the words that this project cuts, one text a string with a space between two words, and that
is not counted as its work: so its rate is better than from texts. What it has to do with the words in Python
(5-grams above all) is counted. gaoya takes texts, too, and cuts them at spaces; rensa takes hashes, too.
Every peer has as many bands and rows as this project's configuration.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from curation_assets.dedup.cluster import cluster
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.signatures import signatures
from curation_assets.dedup.tables import Tables
from curation_assets.shingles import kernels
from curation_assets.shingles import sets as set_kernels
from curation_assets.shingles.tokens import buffers, scratch_for
from curation_assets.text.characters import character_table

Pairs = list[tuple[int, int]]


class Corpus(NamedTuple):
    """Documents, and the words of each.

    Attributes:
        documents: doc_id, shard, text_hash, text.
        words: of each text the words with a space between two.
        shingles: uint64 distinct hashes of the 5-grams of all texts in a row, and int64 offsets.
    """

    documents: pl.DataFrame
    words: list[str]
    shingles: tuple[Any, Any]


class Found(NamedTuple):
    """The labels of all shards, and the verified pairs."""

    labels: pl.DataFrame
    edges: pl.DataFrame


def corpus_of(documents: pl.DataFrame, config: DedupConfig) -> Corpus:
    data, offsets = buffers(documents["text"])
    scratch, words = scratch_for(int(np.diff(offsets).max())), []
    stream = scratch.words.view(np.uint8)
    for start, stop in pairwise(offsets.tolist()):
        length = kernels.fold_text(data, start, stop, character_table(), stream)
        words.append(" ".join(stream[:length].tobytes().decode().split()))
    sets, bounds = np.empty(len(data) // 2 + len(words), np.uint64), np.zeros(len(offsets), np.int64)
    width = config.shingle_words
    set_kernels.shingle_texts(data, offsets, character_table(), width, scratch, sets, bounds)
    return Corpus(documents, words, (sets[: bounds[-1]], bounds))


def deduplicate(documents: pl.DataFrame, rows: pl.DataFrame, config: DedupConfig) -> Found:
    """Cluster signed documents; texts are asked for in memory."""
    by_shard = {str(key[0]): part for key, part in rows.partition_by("shard", as_dict=True).items()}
    tables = Tables(
        shards=sorted(by_shard),
        signatures=lambda shard, columns: by_shard[shard].select(columns),
        texts_of=lambda wanted: wanted.join(documents, on=["doc_id", "shard"], how="inner"),
    )
    found = cluster(tables, config)
    return Found(pl.concat(list(found.labels.values())), found.edges)


def ours(corpus: Corpus, config: DedupConfig) -> Pairs:
    """Signatures, clusters, every pair verified by its true Jaccard index; exact copies by their hash."""
    found = deduplicate(corpus.documents, signatures(corpus.documents, config), config)
    exact = found.labels.with_columns(first=pl.col("doc_id").min().over("exact_hash"))
    exact = exact.filter(pl.col("first") != pl.col("doc_id"))
    ends = [found.edges["doc_id_a"], found.edges["doc_id_b"], exact["first"], exact["doc_id"]]
    a, b, c, d = (column.cast(pl.Int64).to_list() for column in ends)
    return [*zip(a, b, strict=True), *zip(c, d, strict=True)]


def grams(words: str, width: int) -> list[bytes]:
    """Return the runs of ``width`` words; of fewer words the one there is, as this project does."""
    cut = words.split(" ")
    taken = min(width, len(cut))
    return [" ".join(cut[at : at + taken]).encode() for at in range(len(cut) - taken + 1)]


def datasketch(corpus: Corpus, config: DedupConfig) -> Pairs:
    """A MinHash for each document, looked up and put into MinHashLSH, as its documentation does."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=config.bands * config.rows, params=(config.bands, config.rows))
    found = []
    for number, words in enumerate(corpus.words):
        sketch = MinHash(num_perm=config.bands * config.rows)
        sketch.update_batch(grams(words, config.shingle_words))
        found += [(other, number) for other in index.query(sketch)]
        index.insert(number, sketch)
    return found


def rensa(corpus: Corpus, config: DedupConfig) -> Pairs:
    """Sketches of all documents in one call, put into its index and asked for in one call each."""
    from rensa import RMinHash, RMinHashLSH

    hashes = config.bands * config.rows
    texts = (grams(words, config.shingle_words) for words in corpus.words)
    sketches = RMinHash.from_token_sets(texts, hashes, config.seed)
    index = RMinHashLSH(config.jaccard_threshold, hashes, config.bands)
    index.insert_many(sketches)
    return [(a, b) for a, others in enumerate(index.query_all(sketches)) for b in others if b > a]


def rensa_given_hashes(corpus: Corpus, config: DedupConfig) -> None:
    """Its fastest way: hashes by this project's kernels, not counted; it tells no pairs, only who has one."""
    from rensa import RMinHash, RMinHashLSH

    hashes = config.bands * config.rows
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(*corpus.shingles, hashes, config.seed)
    index = RMinHashLSH(config.jaccard_threshold, hashes, config.bands)
    index.insert_matrix_and_query_duplicate_flags(matrix)


def gaoya(corpus: Corpus, config: DedupConfig) -> Pairs:
    """Its own 5-grams of the words, in Rust."""
    return _gaoya(corpus.words, config)


def gaoya_own_words(corpus: Corpus, config: DedupConfig) -> Pairs:
    """Texts as they stand, lower-cased and cut at spaces in Rust."""
    return _gaoya(corpus.documents["text"], config)


def _gaoya(texts: Iterable[str], config: DedupConfig) -> Pairs:
    """Asking signs a text anew: there is no other way to ask.

    Texts of fewer words have no 5-gram and would all be alike, so they are left out.
    """
    from gaoya.minhash import MinHashStringIndex

    width = config.shingle_words
    index = MinHashStringIndex(
        32, config.jaccard_threshold, config.bands, config.rows, None, "word", True, (width, width)
    )
    found = []
    for number, text in enumerate(texts):
        if len(text.split(None, width)) >= width:
            found += [(other, number) for other in index.query(text)]
            index.insert_document(number, text)
    return found


def datatrove(corpus: Corpus, config: DedupConfig) -> Pairs:
    """Its signatures, cut at spaces instead of by spaCy; buckets in a dict instead of in sorted files."""
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Spaces(WordTokenizer):  # type: ignore[misc]
        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(0, len(text))]

    shape = MinhashConfig(config.shingle_words, config.bands, config.rows)
    with tempfile.TemporaryDirectory() as folder:
        step = MinhashDedupSignature(folder, shape, Spaces())
        return list(_same_bucket(step, corpus.words))


def _same_bucket(step: Any, texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Link a document to the first of its bucket, as datatrove's second step does to the one before."""
    first: dict[tuple[int, ...], int] = {}
    for number, words in enumerate(texts):
        shingles = step.get_shingles(words)
        for bucket, values in enumerate(step.get_signature(shingles) if shingles.size else ()):
            other = first.setdefault((bucket, *values), number)
            if other != number:
                yield other, number


CONTENDERS: dict[str, Callable[[Corpus, DedupConfig], Pairs | None]] = {
    "ours": ours,
    "gaoya": gaoya,
    "gaoya, own words": gaoya_own_words,
    "rensa": rensa,
    "rensa, given hashes": rensa_given_hashes,
    "datasketch": datasketch,
    "datatrove": datatrove,
}
