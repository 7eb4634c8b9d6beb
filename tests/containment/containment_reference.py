"""Containment as its definition reads, in plain Python, to test the compiled one against.

Texts are words with single spaces between them. A shingle's hash is that of a text which it is by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from curation_assets.containment.config import ContainmentConfig
from curation_assets.containment.keys import containment_keys
from curation_assets.containment.tables import Tables
from curation_assets.shingles.distinct import shingle_sets

Name = tuple[str, str]


class Document(NamedTuple):
    doc_id: str
    shard: str
    text: str
    cluster_id: str = ""

    @property
    def name(self) -> Name:
        return self.doc_id, self.shard

    @property
    def cluster(self) -> str:
        return self.cluster_id or f"{self.doc_id} {self.shard}"


def random_words(count: int, seed: int, of: int = 100_000) -> list[str]:
    return [f"w{number}" for number in np.random.default_rng(seed).integers(of, size=count)]


def shingles(text: str) -> list[str]:
    words = text.split()
    width = min(5, len(words))
    return [" ".join(words[at : at + width]) for at in range(len(words) - width + 1)] if words else []


def containment(small: str, large: str) -> float:
    """The share of one text's shingles that the other has, 0 unless the other has more."""
    own, other = set(shingles(small)), set(shingles(large))
    return len(own & other) / len(own) if own and len(own) < len(other) else 0.0


def all_pairs(documents: Sequence[Document], threshold: float) -> dict[Name, tuple[Name, float]]:
    """Return of each document that is contained in any other the largest that contains it."""
    by_size = sorted(documents, key=lambda one: (-len(set(shingles(one.text))), one.name))
    found = {}
    for small in documents:
        for large in by_size:
            if (share := containment(small.text, large.text)) >= threshold:
                found[small.name] = (large.name, share)
                break
    return found


def by_definition(documents: Sequence[Document], config: ContainmentConfig) -> dict[Name, tuple[Name, float]]:
    """Return what ``contained.find`` must, by its candidates."""
    runs = [shingles(one.text) for one in documents]
    sizes = {one.name: len(set(own)) for one, own in zip(documents, runs, strict=True)}
    by_size = sorted(documents, key=lambda one: (-sizes[one.name], one.name))
    place = {one.name: number for number, one in enumerate(by_size)}
    texts = {one.name: one for one in documents}
    hashed = {one.name: _hashes(own) for one, own in zip(documents, runs, strict=True)}
    keys = {name: _keys(own, config.window) for name, own in hashed.items()}
    holders = defaultdict(list)
    for one in by_size:
        for key in keys[one.name]:
            holders[key].append(one.name)
    found = {}
    for name in place:
        probes = sorted(keys[name])[: config.probes]
        short = [key for key in probes if len(holders[key]) > config.candidates]
        led, sure = Counter(), Counter()  # type: ignore[var-annotated]
        for key in probes:
            for other in holders[key][: config.candidates]:
                if sizes[other] > sizes[name] and texts[other].cluster != texts[name].cluster:
                    led[other] += 1
                    sure[other] += key not in short
        needed = max(1, int(config.threshold / 3 * len(probes))) - len(short)
        may = [other for other in led if sure[other] >= needed]
        best = sorted(may, key=lambda other: (-led[other], place[other]))[: config.candidates]
        for other in sorted(best, key=lambda other: place[other]):
            if len(keys[name] & keys[other]) / len(keys[name]) < config.threshold / 3:
                continue
            share = containment(texts[name].text, texts[other].text)
            if share >= config.threshold:
                found[name] = (other, share)
                break
    return found


def _hashes(own: Sequence[str]) -> list[int]:
    sets = shingle_sets(pl.Series(own, dtype=pl.String), 5)
    return sets.shingles.tolist()


def _keys(hashes: Sequence[int], window: int) -> set[int]:
    wide = min(window, len(hashes))
    return {min(hashes[at : at + wide]) for at in range(len(hashes) - wide + 1)} if hashes else set()


def frame(documents: Sequence[Document]) -> pl.DataFrame:
    """Return doc_id, shard, text_hash, cluster_id, text."""
    rows = [(one.doc_id, one.shard, f"hash of {one.text}", one.cluster, one.text) for one in documents]
    columns = ("doc_id", "shard", "text_hash", "cluster_id", "text")
    return pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row")


def tables_of(documents: Sequence[Document], config: ContainmentConfig) -> Tables:
    by_shard = {
        str(key[0]): rows for key, rows in frame(documents).partition_by("shard", as_dict=True).items()
    }
    keys = {shard: containment_keys(rows, config) for shard, rows in by_shard.items()}

    def texts(shard: str, doc_ids: pl.Series) -> pl.Series:
        wanted = pl.DataFrame({"doc_id": doc_ids})
        return wanted.join(by_shard[shard], on="doc_id", how="left", maintain_order="left")["text"]

    return Tables(sorted(keys), lambda shard, columns: keys[shard].select(columns), texts)
