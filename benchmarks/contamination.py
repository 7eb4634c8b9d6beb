"""Decontamination: what is found, what is hit besides, and the speed beside datatrove's NGramsDecontFilter.

    python benchmarks/contamination.py --corpus FOLDER [--megabytes 40] [--peer-megabytes 1.5]

FOLDER holds documents.parquet (id, text, kind). Of every tenth document WORDS words are an item of the
evaluation set. Half of the items are planted, each in the middle of one of the other documents, with other
case and line breaks. Verdicts are compared with sets of tuples of words in Python, document by document, and
with datatrove's filter: given our words (the rule alone: it has to say the same), and as it comes (spaCy's
words, accents off, numbers as 0). Rates are MB of UTF-8 per CPU second of one thread, the best of ROUNDS, the
rounds of all in turns; datatrove is given fewer documents, of about the same length.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl

from curation_assets.contamination.config import ContaminationConfig
from curation_assets.contamination.documents import contamination
from curation_assets.contamination.files import read_set
from curation_assets.contamination.index import Index, folded, make_index

WORDS, LENGTH, ROUNDS, SEED = 60, 13, 3, 1
Verdicts = list[bool]


def made(corpus: Path, megabytes: float) -> tuple[pl.DataFrame, list[str], np.ndarray[Any, Any]]:
    """Return the documents, the items, and which documents an item was planted in."""
    rows = pl.read_parquet(corpus / "documents.parquet", columns=["id", "text", "kind"])
    rows = rows.filter(pl.col("kind") == "base").unique("text", keep="first", maintain_order=True)
    rows = rows.sample(fraction=1.0, shuffle=True, seed=SEED)
    rows = rows.filter(pl.col("text").str.len_bytes().cast(pl.Int64).cum_sum() <= megabytes * 1e6)
    held_out = pl.int_range(pl.len()) % 10 == 0
    cut = [_cut(text) for text in rows.filter(held_out)["text"] if len(text.split()) > 2 * WORDS]
    texts = rows.filter(~held_out)["text"].to_list()
    planted = np.zeros(len(texts), dtype=np.bool_)
    for place, item in enumerate(cut[::2]):
        number = place * len(texts) // len(cut[::2])
        host = texts[number].split(" ")
        half = len(host) // 2
        texts[number] = " ".join([*host[:half], "\n" + item.upper().replace(" ", "\n") + "\n", *host[half:]])
        planted[number] = True
    documents = pl.DataFrame({"doc_id": [f"{number:07}" for number in range(len(texts))], "text": texts})
    return documents.with_columns(shard=pl.lit("a")), cut, planted


def _cut(text: str) -> str:
    found = text.split()
    start = (len(found) - WORDS) // 2
    return " ".join(found[start : start + WORDS])


def by_definition(documents: Sequence[str], items: Sequence[str]) -> Verdicts:
    """Return which documents have ``LENGTH`` words in a row of an item, or a shorter item of 8 as a whole."""
    known = {gram for item in items for gram in _grams(folded(item))}
    return [not known.isdisjoint(_grams(folded(text))) for text in documents]


def _grams(found: list[str]) -> list[tuple[str, ...]]:
    return list(zip(*(found[start:] for start in range(LENGTH)), strict=False))


def ours(documents: pl.DataFrame, index: Index) -> Verdicts:
    return contamination(documents, index)["contaminated"].to_list()


def datatrove(items: Sequence[str], folder: Path, *, our_words: bool) -> Callable[[Sequence[str]], Verdicts]:
    """Return datatrove's filter with an index of the items, as its indexer writes it."""
    from datatrove.data import Document
    from datatrove.pipeline.decont.n_grams import NGramsDecontConfig, NGramsDecontFilter
    from datatrove.utils.text import TextNormConfig, ngrams, simplify_text

    off = dict.fromkeys(TextNormConfig.__dataclass_fields__, False)
    norm = TextNormConfig(**off) if our_words else TextNormConfig()
    config = NGramsDecontConfig(n_grams=LENGTH, norm_config=norm)
    found = NGramsDecontFilter(str(folder), config)
    if our_words:
        found.tokenizer = _Spaces()
    hashes: set[int] = set()
    for item in items:
        words = found.tokenizer.word_tokenize(simplify_text(item, norm))
        hashes |= {found.hash_func(" ".join(gram)) for gram in ngrams(words, LENGTH)}
    np.array(sorted(hashes), dtype=np.uint64).tofile(folder / "items.index.hashes")

    def judge(texts: Sequence[str]) -> Verdicts:
        return [found.filter(Document(text=text, id="")) is not True for text in texts]

    return judge


class _Spaces:
    """Cuts at spaces, in place of datatrove's tokenizer."""

    @staticmethod
    def word_tokenize(text: str) -> list[str]:
        return text.split(" ")


def best(work: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the least CPU seconds of each, in turns."""
    seconds = dict.fromkeys(work, float("inf"))
    for _ in range(ROUNDS):
        for name, do in work.items():
            start = time.process_time()
            do()
            seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds


def size_of(texts: Sequence[str]) -> float:
    return sum(len(text.encode()) for text in texts) / 1e6


def compare(corpus: Path, megabytes: float, peer_megabytes: float) -> None:
    documents, items, planted = made(corpus, megabytes)
    texts = documents["text"].to_list()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.jsonl"
        path.write_text("".join(json.dumps({"text": item}) + "\n" for item in items))
        config = ContaminationConfig(files={"items": str(path)}, words=LENGTH, shortest=8)
        index = make_index([read_set("items", str(path))], config)
        print(f"{len(items)} items, {len(index.lookup.grams)} n-grams")
        verdicts = np.array(ours(documents, index))
        others = verdicts[~planted]
        wrong = (verdicts != by_definition(texts, items)).sum()
        print(f"{len(texts)} documents, {size_of(texts):.1f} MB; {planted.sum()} have a planted item")
        print(f"  planted and found: {verdicts[planted].mean():.2%}")
        print(f"  others with {LENGTH} words of an item in a row: {others.sum()} ({others.mean():.3%})")
        print(f"  verdicts that differ from sets of tuples: {wrong}")
        few = documents.filter(
            pl.col("text").str.len_bytes().cast(pl.Int64).cum_sum() <= peer_megabytes * 1e6
        )
        some = few["text"].to_list()
        work: dict[str, Callable[[], object]] = {"ours": lambda: ours(documents, index)}
        sizes = {"ours": size_of(texts)}
        try:
            peers = _peers(items, some, Path(folder), verdicts[: len(some)].tolist())
        except ImportError as error:
            print(f"datatrove is not here: {error}")
            peers = {}
        seconds = best(work | peers)
        for name in seconds:
            rate = sizes.get(name, size_of(some)) / seconds[name]
            ratio = sizes["ours"] / seconds["ours"] / rate
            print(f"  {name:32s} {rate:8.2f} MB/s   ours is {ratio:.0f} times as fast")


def _peers(
    items: Sequence[str], texts: Sequence[str], folder: Path, verdicts: Verdicts
) -> dict[str, Callable[[], object]]:
    """Compare verdicts; return what is to be timed."""
    cut = [" ".join(folded(text)) for text in texts]
    peers: dict[str, Callable[[], object]] = {}
    for name, given, of in (
        ("datatrove, our words given", cut, [" ".join(folded(item)) for item in items]),
        ("datatrove", texts, items),
    ):
        own = folder / name.replace(",", "").replace(" ", "_")
        own.mkdir()
        judge = datatrove(of, own, our_words=given is cut)
        theirs = judge(given)
        pairs = list(zip(verdicts, theirs, strict=True))
        ours_alone, its_alone = pairs.count((True, False)), pairs.count((False, True))
        print(
            f"  {name}: {len(given)} documents, {sum(theirs)} hit, by us alone {ours_alone}, "
            f"by it alone {its_alone}"
        )
        peers[name] = lambda judge=judge, given=given: judge(given)
    return peers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--megabytes", type=float, default=40.0)
    parser.add_argument("--peer-megabytes", type=float, default=1.5)
    arguments = parser.parse_args()
    compare(arguments.corpus, arguments.megabytes, arguments.peer_megabytes)
