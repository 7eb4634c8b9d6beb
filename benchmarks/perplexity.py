"""Judges the perplexity scores: speed, shuffled words, and junk against prose.

    python benchmarks/perplexity.py --corpus PATH [--labels FILE] [--order 5] [--neural 60]

PATH holds documents.parquet (text, kind). Half of its documents train the n-gram model, chosen by hash; the
others are judged. Times are of the processor, one thread, compiled loops warm. A low perplexity is taken for
good, so an area under the curve below .5 says that junk is less perplexing than prose.
"""

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.quality.ask_llm.train_probe import area_under_curve
from curation_assets.quality.perplexity.buckets import rank_shares
from curation_assets.quality.perplexity.neural import LanguageModelPerplexity
from curation_assets.quality.perplexity.ngram import NgramPerplexity
from curation_assets.quality.perplexity.training import Training, train
from resources.models import cpu_dtype, packaged_language_model

HERE = Path(__file__).resolve().parent.parent
FEWEST_WORDS = 20
EIFFEL = "The Eiffel Tower is in Paris. " * 200


def halves(corpus: Path) -> tuple[list[str], list[str]]:
    """Return the documents that train and those that are judged."""
    frame = pl.read_parquet(corpus / "documents.parquet").filter(pl.col("kind") == "base")
    texts = sorted(set(frame["text"].to_list()), key=_digest)
    return texts[::2], texts[1::2]


def shuffled(text: str) -> str:
    """Put the words of a text in random order; its lines keep their numbers of words."""
    words = text.split()
    random.Random(_digest(text)).shuffle(words)
    rest = iter(words)
    return "\n".join(" ".join(next(rest) for _ in line.split()) for line in text.split("\n"))


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    found = work()
    return found, time.process_time() - start


def speed(texts: Sequence[str], seconds: float) -> str:
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    return f"{megabytes:.1f} MB, {megabytes / seconds:.2f} MB/s a core"


def above(scorer: NgramPerplexity | LanguageModelPerplexity, texts: Sequence[str]) -> str:
    """Return the share of documents whose shuffled words have a higher perplexity."""
    found, mixed = scorer.score(texts), scorer.score([shuffled(text) for text in texts])
    medians = f"median {np.median(found):.0f}, shuffled {np.median(mixed):.0f}"
    return f"{(mixed > found).mean():.4f} of {len(texts)} ({medians})"


def on_labels(name: str, perplexities: NDArray[np.float64], rows: Sequence[dict[str, Any]]) -> None:
    """Print AUC of a low perplexity, and of one in the middle of the ranks, for prose against junk."""
    labels = np.array([row["label"] for row in rows])
    kinds = np.array([row["kind"] for row in rows])
    middle = -np.abs(rank_shares(perplexities) - 0.5)
    low = -perplexities
    areas = [area_under_curve(labels, scores) for scores in (low, middle)]
    print(f"  {name}: low is good {areas[0]:.3f}, middle is good {areas[1]:.3f}")
    shown = []
    for kind in sorted(set(kinds[labels == 0])):
        some = (labels == 1) | (kinds == kind)
        shown.append(f"{kind} {area_under_curve(labels[some], low[some]):.2f}")
    print("    by kind of junk (low is good): " + ", ".join(shown))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge the perplexity scores.")
    parser.add_argument("--corpus", type=Path, required=True, help="folder with documents.parquet")
    parser.add_argument("--labels", type=Path, default=HERE / "data" / "quality_labels.jsonl")
    parser.add_argument("--order", type=int, default=5)
    parser.add_argument("--neural", type=int, default=60, help="documents for the language model")
    parser.add_argument("--maximum-tokens", type=int, default=256, help="that the language model reads")
    arguments = parser.parse_args()
    training, judged = halves(arguments.corpus)
    settings = Training(order=arguments.order)
    NgramPerplexity(train(training[:20], settings)).score(judged[:20])  # compiles
    model, seconds = timed(lambda: train(training, settings))
    print(f"train, order {arguments.order}: {speed(training, seconds)}; {model.record['ngrams']} n-grams")
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.npz")
        print(f"  file {(Path(folder) / 'model.npz').stat().st_size / 1e6:.1f} MB")
    ngram, seconds = timed(lambda: NgramPerplexity(model))
    print(f"  made ready in {seconds:.2f} s")
    _, seconds = timed(lambda: ngram.score(judged))
    print(f"score: {speed(judged, seconds)}")
    long = [text for text in judged if len(text.split()) >= FEWEST_WORDS]
    print(f"shuffled above original, n-grams: {above(ngram, long)}")
    neural = LanguageModelPerplexity(packaged_language_model(), cpu_dtype(), arguments.maximum_tokens)
    few = long[: arguments.neural]
    neural.score(few[:1])
    _, seconds = timed(lambda: neural.score(few))
    print(f"language model, {cpu_dtype()}: {len(few) / seconds:.2f} documents/CPU s")
    print(f"shuffled above original, language model: {above(neural, few)}")
    both = {"n-grams": ngram, f"language model, {arguments.maximum_tokens} tokens": neural}
    print("the Eiffel Tower's sentence 200 times, and the median of documents:")
    for name, scorer in both.items():
        print(f"  {name}: {scorer.score([EIFFEL])[0]:.1f}, {np.median(scorer.score(few)):.1f}")
    rows = [json.loads(line) for line in arguments.labels.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["label"] in (0, 1)]
    print(f"AUC on {len(rows)} labelled texts (some sources also train the n-gram model)")
    for name, scorer in both.items():
        on_labels(name, scorer.score([row["text"] for row in rows]), rows)


if __name__ == "__main__":
    main()
