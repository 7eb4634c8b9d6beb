"""Repeated passages of a corpus: rates, what is removed, memory, and which planted quotes are found.

    python benchmarks/passages.py --corpus FOLDER

FOLDER holds documents.parquet (id, text, bp: the number of a boilerplate paragraph planted in it, or -1).
Rates are MB of UTF-8 text per CPU second of one thread, which a busy machine changes less than wall time; the
least of three runs. ``survivors`` are the documents that deduplication keeps, which is what the stage reads;
``all`` are all of them, copies included.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl

from curation_assets.dedup.cluster import cluster
from curation_assets.dedup.config import DedupConfig
from curation_assets.dedup.signatures import signatures
from curation_assets.dedup.tables import Tables as DedupTables
from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.keys import passage_keys
from curation_assets.passages.labels import LABEL_SCHEMA
from curation_assets.passages.passages import Found, find
from curation_assets.passages.tables import Tables
from curation_assets.passages.update import Before, update
from curation_assets.passages.words import buffers, words_of

Result = TypeVar("Result")
SHARDS = 20
REPEATS = 3
QUOTES = 200
SUBSTRINGS = PassagesConfig(substrings=True)
CONFIGS = {
    "substrings": SUBSTRINGS,
    "lines": PassagesConfig(lines=True),
    "both": PassagesConfig(substrings=True, lines=True),
    "off": PassagesConfig(),
}


def timed(work: Callable[[], Result], repeats: int = REPEATS) -> tuple[Result, float]:
    """Return the result and the least CPU seconds of several runs."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, min(seconds)


def size_of(documents: pl.DataFrame) -> int:
    return int(documents["text"].str.len_bytes().sum())


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

    def __init__(self, documents: pl.DataFrame, config: PassagesConfig) -> None:
        self.documents = by_shard(documents)
        self.keys = {shard: passage_keys(part, config) for shard, part in self.documents.items()}

    @property
    def tables(self) -> Tables:
        return Tables(sorted(self.keys), lambda shard, names: self.keys[shard].select(names), self.texts)

    def texts(self, shard: str, doc_ids: pl.Series) -> pl.Series:
        wanted = pl.DataFrame({"doc_id": doc_ids})
        return wanted.join(self.documents[shard], on="doc_id", how="left", maintain_order="left")["text"]


def all_labels(found: Found) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=LABEL_SCHEMA), *found.labels.values()])


def labels_of(shards: Shards, config: PassagesConfig) -> pl.DataFrame:
    return all_labels(find(shards.tables, config))


def rates(name: str, documents: pl.DataFrame) -> None:
    size = size_of(documents) / 1e6
    print(f"{name}: documents {documents.height}, MB {size:.1f}")
    for kind, config in CONFIGS.items():
        shards, keying = timed(partial(Shards, documents, config))
        labels, finding = timed(partial(labels_of, shards, config))
        edited = documents.join(labels.select("doc_id", "kept", edited="text"), on="doc_id")
        stays = edited.filter("kept").select(pl.coalesce("edited", "text").alias("text"))
        keys = sum(int(part["key_count"].sum()) for part in shards.keys.values())
        dropped = int((~labels["kept"]).sum())
        removed = 1 - size_of(stays) / size / 1e6
        print(
            f"  {kind}: keys {size / keying:.0f} MB/s, in all {size / (keying + finding):.0f} MB/s; "
            f"{keys * 8 / size / 1e4:.1f} % of the text's size in keys; "
            f"removed {100 * removed:.1f} % of the text, documents dropped {dropped}"
        )


def one_changed_shard(documents: pl.DataFrame) -> None:
    """Say what an update costs, where every tenth document of one of the shards is gone."""
    shards = Shards(documents, SUBSTRINGS)
    found, whole = timed(lambda: all_labels(find(shards.tables, SUBSTRINGS)))
    labels = by_shard(found)
    index = dict(find(shards.tables, SUBSTRINGS).index)
    first = sorted(shards.keys)[0]
    before = Before(
        frozenset(shards.keys),
        lambda shard, columns: labels[shard].select(columns),
        lambda shard: index[shard],
        changed={first},
        gone=(),
    )
    for parts in (shards.documents, shards.keys):
        parts[first] = parts[first].filter(pl.int_range(pl.len()) % 10 != 0)

    def updated() -> int:
        done = update(shards.tables, before, SUBSTRINGS)
        all_labels(done.found)
        return done.found.read

    read, seconds = timed(updated)
    print(
        f"a tenth of one of {SHARDS} shards gone: {100 * seconds / whole:.0f} % of finding anew, "
        f"{read} of {documents.height} documents read"
    )


def planted(documents: pl.DataFrame, length: int) -> tuple[float, float]:
    """Put quotes of other documents into documents; return which share is found, by words and as a whole."""
    drawn = np.random.default_rng(length)
    long = documents.filter(pl.col("text").str.count_matches(r"\S+") > 3 * length)
    chosen = long[drawn.permutation(long.height)[: 2 * QUOTES].tolist()]
    texts, sources = chosen["text"].to_list(), []
    marks = []
    for number in range(QUOTES):
        source, target = texts[number], texts[QUOTES + number]
        cut = words_of(buffers(pl.Series([source])), placed=True)
        start = int(drawn.integers(0, len(cut.starts) - length))
        begin, end = int(cut.starts[start]), int(cut.stops[start + length - 1])
        quote = source.encode()[begin:end].decode()
        at = target.find(" ", int(drawn.integers(0, len(target) // 2)))
        texts[QUOTES + number] = (
            f"{target[: max(at, 0)]} quote{number} {quote} unquote{number} {target[max(at, 0) :]}"
        )
        sources.append(len(quote))
        marks.append((f" quote{number} ", f" unquote{number} "))
    doc_ids = [f"{number:04}" for number in range(2 * QUOTES)]
    rows = pl.DataFrame({"doc_id": doc_ids, "shard": "s", "text_hash": "", "text": texts})
    config = SUBSTRINGS.model_copy(update={"minimum_kept_share": 0.0, "minimum_kept_tokens": 0})
    labels = all_labels(find(Shards(rows, config).tables, config))
    covered, whole = [], []
    for number, (opening, closing) in enumerate(marks):
        text, spans = texts[QUOTES + number], labels["spans"][QUOTES + number]
        begin, end = text.index(opening) + len(opening), text.index(closing)
        inside = sum(max(0, min(end, span["end"]) - max(begin, span["start"])) for span in spans)
        covered.append(inside > 0)
        whole.append(inside == end - begin)
    return float(np.mean(covered)), float(np.mean(whole))


def boilerplate(documents: pl.DataFrame, planted_in: pl.DataFrame) -> None:
    """Count the documents that hold a planted paragraph: the one that most documents of its number share."""
    rows = documents.join(planted_in, on="doc_id").filter(pl.col("bp") >= 0)
    paragraphs = rows.select("bp", pl.col("text").str.split("\n\n").list.unique()).explode("text")
    shared = paragraphs.group_by("bp", "text").len().filter(pl.col("len") > 1)
    for kind in ("substrings", "lines"):
        found = find(Shards(documents, CONFIGS[kind]).tables, CONFIGS[kind])
        labels = all_labels(found).filter("kept").select("doc_id", edited="text")
        left = documents.join(labels, on="doc_id").select(pl.coalesce("edited", "text"))["edited"]
        held, once, eligible = 0, 0, 0
        for _, rows in shared.sort("len").group_by("bp"):
            paragraph = rows["text"][-1]
            words = len(words_of(buffers(pl.Series([paragraph]))).hashes)
            if kind == "lines" or words >= SUBSTRINGS.substring_tokens:
                eligible += 1
                held += int(documents["text"].str.contains(paragraph, literal=True).sum())
                once += int(left.str.contains(paragraph, literal=True).sum())
        print(f"{kind}: {eligible} planted paragraphs in {held} documents before, in {once} after")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    corpus = parser.parse_args().corpus
    name = pl.col("id").cast(pl.String).str.zfill(8)
    shard = (pl.col("id") % SHARDS).cast(pl.String).str.zfill(2)
    read = pl.read_parquet(corpus / "documents.parquet", columns=["id", "text", "bp"])
    documents = read.select(doc_id=name, shard=shard, text_hash=name, text="text")
    planted_in = read.select(doc_id=name, bp="bp")
    all_labels(find(Shards(documents[:200], CONFIGS["both"]).tables, CONFIGS["both"]))  # compiles the kernels
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rates("all", documents)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory beyond the texts: {(peak - before) / 1e3:.0f} MB")
    kept = survivors(documents)
    rates("survivors", kept)
    one_changed_shard(kept)
    boilerplate(kept, planted_in)
    for length in (60, 50, 49, 40):
        found, whole = planted(kept, length)
        print(f"quotes of {length} words: {100 * found:.1f} % found, {100 * whole:.1f} % as a whole")


if __name__ == "__main__":
    main()
