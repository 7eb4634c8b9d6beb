"""Judges the classifiers of quality: speed, kinds of text that they were not trained on, DSIR's selections.

    python benchmarks/classifiers.py --corpus PATH [--labels FILE] [--megabytes 30]

PATH holds documents.parquet (text, source, kind, bp). Each classifier is trained on the labelled texts
without one kind of junk and one kind of prose, and ranks these two: what it knows of a kind that it has seen
shows nothing. Megabytes are of UTF-8, per second of one core.
"""

import argparse
import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from quality_held_out import held_out

from curation_assets.mixture.draw import Pool, draw_by_log_weight
from curation_assets.mixture.keys import exponentials, uniforms
from curation_assets.quality.ask_llm.train_probe import Labelled, area_under_curve, read_labelled
from curation_assets.quality.classifiers.dsir import bucket_counts, divergence, train_dsir
from curation_assets.quality.classifiers.embedding import train_regression
from curation_assets.quality.classifiers.fasttext_training import Training, train_fasttext
from curation_assets.quality.classifiers.hashed import train_hashed

HERE = Path(__file__).resolve().parent.parent
SMALL = Training(epochs=25, rate=0.5)
"""For a few hundred texts; five epochs at DCLM's rate hardly move the weights."""

Score = Callable[[Sequence[str]], NDArray[np.float64]]
Train = Callable[[Sequence[str], Sequence[str]], Score]

TRAINERS: dict[str, Train] = {
    "hashed, C 1": lambda good, bad: train_hashed(good, bad).score,
    "hashed, as Spark cuts": lambda good, bad: train_hashed(good, bad, empty_terms=True).score,
    "hashed, C 0.01": lambda good, bad: train_hashed(good, bad, regularisation=0.01).score,
    "fasttext": lambda good, bad: train_fasttext(good, bad, SMALL).score,
    "fasttext, words only": lambda good, bad: (
        train_fasttext(good, bad, Training(epochs=25, rate=0.5, word_ngrams=1)).score
    ),
    "dsir": lambda good, bad: train_dsir(good, bad).score,
    "dsir, per word": lambda good, bad: _per_word(train_dsir(good, bad).score_and_count),
}


def _per_word(
    score_and_count: Callable[[Sequence[str]], tuple[NDArray[np.float64], NDArray[np.int64]]],
) -> Score:
    def score(texts: Sequence[str]) -> NDArray[np.float64]:
        weights, words = score_and_count(texts)
        return weights / np.maximum(words, 1)

    return score


def embedded(texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """Return the packaged embedding model's vector of each text."""
    from curation_assets.embeddings.config import EmbeddingsConfig
    from curation_assets.text.embedder import load_embedder

    vectors = load_embedder(EmbeddingsConfig()).embed(texts)
    return dict(zip(texts, vectors, strict=True))


def regression(vectors: dict[str, NDArray[np.float32]], penalty: float) -> Train:
    """Return a trainer of the regression on embeddings that were computed before."""

    def rows(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([vectors[text] for text in texts])

    def train(good: Sequence[str], bad: Sequence[str]) -> Score:
        grades = np.repeat([1.0, 0.0], [len(good), len(bad)])
        model = train_regression(rows([*good, *bad]), grades, "packaged", penalty=penalty)
        return lambda texts: model.score(rows(texts), "packaged")

    return train


def speed(trainers: dict[str, Train], examples: Sequence[Labelled], texts: Sequence[str]) -> None:
    """Print how fast each classifier scores and trains."""
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    own = sum(len(one.text.encode()) for one in examples) / 1e6
    print(f"\nspeed on {len(texts)} documents, {megabytes:.0f} MB: MB/s a core to score, seconds to train")
    for name, train in trainers.items():
        _trained(train, examples)
        start = time.process_time()
        score = _trained(train, examples)
        trained = time.process_time()
        score(texts[:2])
        begin = time.process_time()
        score(texts)
        seconds = time.process_time() - begin
        print(f"  {name:22} {megabytes / seconds:6.0f} MB/s   {trained - start:.2f} s for {own:.2f} MB")


def kinds_left_out(trainers: dict[str, Train], examples: Sequence[Labelled]) -> None:
    """Print AUC of each classifier on pairs of kinds that it has not seen, and on those it has."""
    kinds = [sorted({one.kind for one in examples if one.label == label}) for label in (0, 1)]
    print("\nAUC on a kind of junk and a kind of prose, both left out of training (mean of all pairs)")
    for name, train in trainers.items():
        table: dict[str, list[float]] = {}
        for junk, prose in itertools.product(*kinds):
            out = {junk, prose}
            score = _trained(train, [one for one in examples if one.kind not in out])
            table.setdefault(junk, []).append(_auc(score, [one for one in examples if one.kind in out]))
        seen = _auc(_trained(train, examples), examples)
        every = np.mean(list(table.values()))
        print(f"  {name:22} {every:.3f}   trained on all of them: {seen:.3f}")
        print("    junk left out: " + ", ".join(f"{kind} {np.mean(row):.2f}" for kind, row in table.items()))


def elsewhere(trainers: dict[str, Train], examples: Sequence[Labelled], corpus: Path, each: int) -> None:
    """Print AUC on sources that no labelled text comes from, and junk made of them in other ways."""
    documents = held_out(corpus, each)
    judged = [Labelled(one.text, one.label, one.kind) for one in documents]
    english = [one for one, document in zip(judged, documents, strict=True) if document.language == "en"]
    print(f"\nAUC on {len(judged)} documents of other sources (English: {len(english)})")
    for name, train in trainers.items():
        score = _trained(train, examples)
        print(f"  {name:22} {_auc(score, judged):.3f} ({_auc(score, english):.3f})")


def selections(corpus: Path, sources: int) -> None:
    """Print how much nearer DSIR's selection is to a source's bucket distribution than a random one."""
    frame = pl.read_parquet(corpus / "documents.parquet")
    frame = frame.filter((pl.col("kind") == "base") & (pl.col("bp") < 0))
    sizes = frame.group_by("source").agg(pl.col("text").str.len_bytes().sum())
    print("\nKL to half of a source, of as many documents as the other half, hidden among all others")
    for source in sizes.sort("text", descending=True)["source"][:sources]:
        own = frame.filter(pl.col("source") == source)["text"].to_list()
        target, hidden = own[::2], own[1::2]
        pool = [*frame.filter(pl.col("source") != source)["text"].to_list(), *hidden]
        weights = train_dsir(target, pool)
        log_weights, words = weights.score_and_count(pool)
        luck = exponentials(uniforms((str(number) for number in range(len(pool))), seed=0))
        once, most = np.ones(len(pool), np.int64), (words >= 100).astype(np.int32)  # DSIR takes no short ones
        found = []
        for weighed in (log_weights, np.zeros(len(pool))):
            taken = draw_by_log_weight(Pool(luck, once, most, len(hidden)), weighed).taken
            found.append(divergence(weights.target, bucket_counts(itertools.compress(pool, taken))))
        less = 1 - found[0] / found[1]
        print(f"  {source:24} selected {found[0]:.3f}, random {found[1]:.3f}: {less:.0%} less")


def _trained(train: Train, examples: Sequence[Labelled]) -> Score:
    return train(*([one.text for one in examples if one.label == label] for label in (1, 0)))


def _auc(score: Score, examples: Sequence[Labelled]) -> float:
    labels = np.array([one.label for one in examples])
    return area_under_curve(labels, score([one.text for one in examples]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge the classifiers of quality.")
    parser.add_argument("--corpus", type=Path, required=True, help="folder with documents.parquet")
    parser.add_argument("--labels", type=Path, default=HERE / "data" / "quality_labels.jsonl")
    parser.add_argument("--megabytes", type=float, default=30, help="of the corpus, to measure speed")
    parser.add_argument("--each", type=int, default=10, help="documents of each held-out source")
    parser.add_argument("--sources", type=int, default=14, help="targets of DSIR, the largest first")
    parser.add_argument("--no-embeddings", action="store_true", help="leave out what needs torch")
    arguments = parser.parse_args()
    examples = read_labelled(arguments.labels)
    texts = pl.read_parquet(arguments.corpus / "documents.parquet")["text"]
    some = texts.filter(texts.str.len_bytes().cum_sum() <= arguments.megabytes * 1e6).to_list()
    speed(TRAINERS, examples, some)
    trainers = dict(TRAINERS)
    if not arguments.no_embeddings:
        documents = [one.text for one in held_out(arguments.corpus, arguments.each)]
        vectors = embedded([*(one.text for one in examples), *documents])
        trainers |= {f"embedding, penalty {penalty:g}": regression(vectors, penalty) for penalty in (1, 10)}
    kinds_left_out(trainers, examples)
    elsewhere(trainers, examples, arguments.corpus, arguments.each)
    selections(arguments.corpus, arguments.sources)


if __name__ == "__main__":
    main()
