"""Deduplication of a corpus with known near-duplicate pairs, beside peers that take turns with it.

    python benchmarks/dedup.py --corpus FOLDER [--rounds 1]

FOLDER holds documents.parquet (id, text) and duplicate_pairs.parquet (a, b, J: all pairs with J >= .5).
Every turn is a process of its own with one thread: it reads the documents, runs once on a few of them to load
and compile, then measures itself on all, several times, and tells the least time. Rates are MB of UTF-8 text
per CPU second, which a busy machine changes less than wall time. A ratio is to the turn of ours just before,
on the same documents. Peak memory is what the turn takes beyond what it had when the documents had been read.
Peers come with the extra ``peers``; one that is not installed is named as such. "Words cut in Python" is what
a peer that takes words needs first, and is not counted as its own work.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl
from dedup_peers import CONTENDERS, Found, corpus_of, deduplicate

from curation_assets.dedup.candidates import connected_components
from curation_assets.dedup.config import DedupConfig, candidate_probability
from curation_assets.dedup.signatures import signatures

FEWER_DOCUMENTS = {"datatrove": 1_500}
WARM_UP = 200
MARGIN = 0.03
"""The words behind J differ in detail from ours (lower-casing of other letters than ASCII's)."""
CURVES = ((14, 8), (20, 6), (25, 5), (20, 13))
REPEATS = 3


def read(corpus: Path, count: int | None) -> pl.DataFrame:
    documents = pl.read_parquet(corpus / "documents.parquet", columns=["id", "text"], n_rows=count)
    return documents.select(
        doc_id=pl.col("id").cast(pl.String).str.zfill(8),
        shard=(pl.col("id") % 7).cast(pl.String),
        text_hash=pl.lit(None, pl.String),
        text="text",
    )


def resident(field: str) -> int:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status[field].split()[0]) * 1024


def turn(name: str, corpus: Path, count: int | None, into: Path) -> None:
    """Measure one contender; write its pairs and what it took."""
    config, documents = DedupConfig(), read(corpus, count)
    run = CONTENDERS[name]
    try:
        run(corpus_of(documents.head(WARM_UP), config), config)
    except ImportError as error:
        into.write_text(json.dumps({"missing": str(error)}))
        return
    inputs = corpus_of(documents, config)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before, seconds = resident("VmRSS"), []
    for _ in range(REPEATS):
        start = time.process_time()
        pairs = run(inputs, config)
        seconds.append(time.process_time() - start)
        if len(seconds) == 1:
            peak = resident("VmHWM") - before
    into.write_text(json.dumps({"seconds": min(seconds), "peak": peak, "pairs": pairs}))


def measured(name: str, corpus: Path, count: int | None) -> dict:  # type: ignore[type-arg]
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder) / "turn.json"
        command = [sys.executable, __file__, "--corpus", str(corpus), "--turn", name, "--into", str(into)]
        command += ["--documents", str(count)] if count else []
        subprocess.run(command, check=True)
        found: dict = json.loads(into.read_text())  # type: ignore[type-arg]
        return found


def told(pairs: list[list[int]], truth: pl.DataFrame, names: np.ndarray, threshold: float) -> str:  # type: ignore[type-arg]
    """Return recall of pairs that reach the threshold, by components, and the precision of the pairs told."""
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    place = np.searchsorted(names, ends) if len(ends) else ends
    roots = connected_components(len(names), place[:, 0].copy(), place[:, 1].copy())
    known = truth.filter(pl.col("a").is_in(names.tolist()) & pl.col("b").is_in(names.tolist()))
    wanted = known.filter(pl.col("J") >= threshold)
    left, right = (roots[np.searchsorted(names, wanted[end].to_numpy())] for end in ("a", "b"))
    frame = pl.DataFrame({"a": ends.min(axis=1), "b": ends.max(axis=1)}).unique()
    real = frame.join(known, on=["a", "b"], how="left")["J"].fill_null(0.0).to_numpy()
    exact, near = ((real >= least).mean() for least in (threshold, threshold - MARGIN))
    return f"recall {(left == right).mean():.5f}  precision {exact:.4f} ({near:.4f} with the margin)"


def beside_peers(corpus: Path, rounds: int) -> None:
    config, truth = DedupConfig(), pl.read_parquet(corpus / "duplicate_pairs.parquet")
    for name in [name for name in CONTENDERS if name != "ours"] * rounds:
        count = FEWER_DOCUMENTS.get(name)
        documents = read(corpus, count)
        names = documents["doc_id"].cast(pl.Int64).to_numpy()
        size = megabytes(documents)
        found = {turned: measured(turned, corpus, count) for turned in ("ours", name)}
        print(f"{name}, {len(documents):,} documents, {size:.1f} MB")
        for turned, taken in found.items():
            if "missing" in taken:
                print(f"  {turned:<20} is not installed: {taken['missing']}")
                continue
            rate = f"{size / taken['seconds']:>7.1f} MB/s/core  ratio "
            rate += (
                f"{taken['seconds'] / found['ours']['seconds']:>6.1f}  peak {taken['peak'] / 1e6:>5.0f} MB  "
            )
            # Peers count documents from 0; the names of ours are those of the corpus.
            pairs = taken["pairs"]
            if pairs is not None and turned != "ours":
                pairs = names[np.array(pairs, dtype=np.int64).reshape(-1, 2)].tolist()
            words = (
                told(pairs, truth, names, config.jaccard_threshold) if pairs is not None else "no pairs told"
            )
            print(f"  {turned:<20}{rate}{words}", flush=True)


def cutting(corpus: Path) -> None:
    """Print what it costs to cut texts into words in Python, which peers that take words need first."""
    documents = read(corpus, None)
    start = time.process_time()
    for text in documents["text"]:
        re.findall(r"[^\W_]+", text.lower())
    print(f"words cut in Python: {megabytes(documents) / (time.process_time() - start):.1f} MB/s/core")


def megabytes(documents: pl.DataFrame) -> float:
    return int(documents["text"].str.len_bytes().sum()) / 1e6


def share(holds: pl.Series) -> float:
    return float(holds.to_numpy().mean())


def agreement(found: Found, pairs: pl.DataFrame, threshold: float) -> dict[str, float]:
    """Recall of the pairs that reach the threshold, and the share of clustered pairs that do.

    ``together``: of all pairs in one cluster, linked or not. ``edges``: of the verified pairs. ``dropped``:
    of (dropped document, representative).
    """
    label = found.labels.select("doc_id", "cluster_id")
    wanted = (
        pairs.filter(pl.col("J") >= threshold)
        .join(label, left_on="a", right_on="doc_id")
        .join(label, left_on="b", right_on="doc_id", suffix="_b")
    )
    together = label.join(label, on="cluster_id", suffix="_b").filter(pl.col("doc_id") < pl.col("doc_id_b"))
    dropped = found.labels.filter(~pl.col("kept")).select(
        a=pl.min_horizontal("doc_id", "representative"), b=pl.max_horizontal("doc_id", "representative")
    )
    told_by = {
        "together": together.select(a="doc_id", b="doc_id_b"),
        "edges": found.edges.select(a="doc_id_a", b="doc_id_b"),
        "dropped": dropped,
    }
    figures = {"recall": share(wanted["cluster_id"] == wanted["cluster_id_b"])}
    for name, told_pairs in told_by.items():
        real = told_pairs.join(pairs.select("a", "b", "J"), on=["a", "b"], how="left")["J"].fill_null(0.0)
        figures[f"precision_{name}"] = share(real >= threshold)
        figures[f"precision_{name}_margin_{MARGIN}"] = share(real >= threshold - MARGIN)
    return figures


def alone(corpus: Path) -> None:
    """Print what ours finds, and what its two halves take: the least of several runs."""
    config, documents = DedupConfig(), read(corpus, None)
    truth = pl.read_parquet(corpus / "duplicate_pairs.parquet")
    truth = truth.with_columns(pl.col("a", "b").cast(pl.String).str.zfill(8))
    first = documents.head(WARM_UP)
    deduplicate(first, signatures(first, config), config)  # compiles the kernels
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        rows = signatures(documents, config)
        signed = time.process_time()
        found = deduplicate(documents, rows, config)
        seconds.append((signed - start, time.process_time() - start))
    size = megabytes(documents)
    kept = found.labels["kept"].sum()
    print(f"documents {len(documents)}, MB {size:.1f}, kept {kept}, edges {len(found.edges)}")
    for figure, value in agreement(found, truth, config.jaccard_threshold).items():
        print(f"{figure} {value:.5f}")
    signing, everything = (min(column) for column in zip(*seconds, strict=True))
    print(f"signatures MB/s/core {size / signing:.0f}")
    print(f"signatures, clusters and verification MB/s/core {size / everything:.0f}")


def curves(pairs: int = 1_000, words: int = 120) -> None:
    """Pairs of known similarity against 1 - (1 - s^r)^b; deviations are in standard errors."""
    print("share of pairs that have a band in common: found / expected (deviation)")
    for bands, rows in CURVES:
        config, line = DedupConfig(bands=bands, rows=rows, shingle_words=1), []
        for shared in (60, 72, 80, 96, 102, 108):
            own = [words - shared, 0]  # one text is part of the other: J = shared / words
            texts = [
                " ".join(
                    [f"p{pair}c{word}" for word in range(shared)]
                    + [f"p{pair}o{word}" for word in range(extra)]
                )
                for pair in range(pairs)
                for extra in own
            ]
            similarity = shared / words
            sets = [set(text.split()) for text in texts[:2]]
            assert len(sets[0] & sets[1]) / len(sets[0] | sets[1]) == similarity
            names = [str(number) for number in range(len(texts))]
            frame = pl.DataFrame({"doc_id": names, "shard": "s", "text_hash": names, "text": texts})
            keys = signatures(frame, config)["band_keys"].list.to_array(bands).to_numpy()
            found = (keys[0::2] == keys[1::2]).any(axis=1).mean()
            expected = candidate_probability(similarity, bands, rows)
            error = max(1 / pairs, np.sqrt(expected * (1 - expected) / pairs))
            line.append(f"J={similarity:.2f} {found:.3f}/{expected:.3f} ({(found - expected) / error:+.1f})")
        print(f"  {bands:>3} x {rows:<2} " + "  ".join(line), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=1, help="turns of every peer")
    parser.add_argument("--documents", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--turn", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.turn:
        turn(arguments.turn, arguments.corpus, arguments.documents, arguments.into)
        return
    alone(arguments.corpus)
    cutting(arguments.corpus)
    beside_peers(arguments.corpus, arguments.rounds)
    curves()


if __name__ == "__main__":
    main()
