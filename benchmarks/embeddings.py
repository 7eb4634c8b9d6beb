"""How fast documents are embedded, against sentence-transformers' loop, and how well neighbours are found.

    python benchmarks/embeddings.py [--corpus FOLDER] [--documents 200] [--rounds 2] [--neighbours 0]

The loop is ``SentenceTransformer(...).encode(texts)``: float32, batches of 32 sorted by length. The other
ways embed the same documents one at a time. All take turns, round by round, on one thread; what counts is
processor time. The matrix rates are those of torch's product of the model's largest shape in the same run:
the ratio of the two bounds what bfloat16 alone can give. Cosines are to the loop's vectors.

With ``--neighbours N``, N vectors are searched by both ways of ``neighbours/search.py``: those of the
beginnings of ``--real`` documents, and jittered copies of them.
"""

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from curation_assets.embeddings.config import EmbeddingsConfig
from curation_assets.neighbours.search import among_all, among_candidates, candidates
from curation_assets.text.embedder import load_embedder
from curation_assets.vectors.rounded import rounded
from resources.models import packaged_embedding_model

LABELS = Path(__file__).parent.parent / "data" / "quality_labels.jsonl"
SHAPE, COUNT = (2048, 384, 1536), 10
Embed = Callable[[list[str]], NDArray[np.float32]]


def documents(corpus: Path | None, count: int) -> list[str]:
    if corpus:
        texts = pl.read_parquet(corpus / "documents.parquet", columns=["text"])["text"]
    else:
        texts = pl.read_ndjson(LABELS)["text"]
    return texts.gather_every(max(1, len(texts) // count)).head(count).to_list()


def loop() -> Embed:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(packaged_embedding_model()), device="cpu")
    return lambda texts: model.encode(texts, show_progress_bar=False)


def ways() -> dict[str, Embed]:
    found = {"sentence-transformers' loop, float32": loop()}
    for backend in ("torch", "openvino"):
        for dtype in ("float32", "bfloat16"):
            config = EmbeddingsConfig.model_validate({"backend": backend, "dtype": dtype})
            found[f"{backend} {dtype}"] = load_embedder(config).embed
    return found


def matrix_rate(dtype: torch.dtype) -> float:
    """Return FLOP per second of torch's product of the model's largest shape."""
    rows, width, height = SHAPE
    left, right = torch.randn(rows, width).to(dtype), torch.randn(height, width).to(dtype)

    def products(count: int) -> float:
        start = time.process_time()
        for _ in range(count):
            torch.nn.functional.linear(left, right)
        return time.process_time() - start

    products(5)
    return max(20 * 2 * rows * width * height / products(20) for _ in range(3))


def measured(
    embeds: dict[str, Embed], texts: list[str], rounds: int
) -> tuple[dict[str, float], dict[str, NDArray[np.float32]]]:
    """Return the least processor seconds of each way, which take turns, and the vectors."""
    best, vectors = dict.fromkeys(embeds, np.inf), {}
    for embed in embeds.values():
        embed(texts[:2])
    for _ in range(rounds):
        for name, embed in embeds.items():
            start = time.process_time()
            vectors[name] = embed(texts)
            best[name] = min(best[name], time.process_time() - start)
    return best, vectors


def nearest_by(vectors: NDArray[np.floating[Any]]) -> list[set[int]]:
    """Return the nearest vectors by plain brute force."""
    unit = vectors / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    similar = unit @ unit.T
    np.fill_diagonal(similar, -np.inf)
    return [set(row) for row in np.argpartition(-similar, COUNT, axis=1)[:, :COUNT].tolist()]


def recall(found: list[set[int]], expected: list[set[int]]) -> float:
    return float(np.mean([len(one & other) / COUNT for one, other in zip(found, expected, strict=True)]))


def fidelity(exact: NDArray[np.float32]) -> None:
    """Print what a vector loses in float16, and by the whole numbers that neighbours are found by."""
    expected = nearest_by(exact)
    half, whole = exact.astype(np.float16).astype(np.float32), rounded(exact).astype(np.float32)
    for name, vectors in (("float16 storage", half), ("whole numbers of a byte", whole)):
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
        cosine = (vectors.astype(np.float64) * exact).sum(axis=1) / lengths
        off = f", norm off by {np.abs(lengths - 1).max():.1e} at most" if vectors is half else ""
        print(
            f"{name}: cosine {cosine.min():.7f} at least, {cosine.mean():.7f} on average{off};"
            f" recall@{COUNT} {recall(nearest_by(vectors), expected):.4f}"
        )


def beginnings(corpus: Path | None, count: int) -> NDArray[np.float32]:
    """Embed the beginnings of the corpus's documents, which is cheaper than whole ones."""
    texts = documents(corpus, count)
    config = EmbeddingsConfig(backend="openvino", maximum_tokens=32)
    return load_embedder(config).embed(texts)


def neighbours(corpus: Path | None, count: int, real: int) -> None:
    some = beginnings(corpus, min(real, count))
    random = np.random.default_rng(0)
    source = np.concatenate([np.arange(len(some)), random.integers(len(some), size=count - len(some))])
    jitter = random.normal(size=(count, some.shape[1])) * 0.02
    jitter[: len(some)] = 0
    vectors = rounded(some[source] + jitter)
    print(f"neighbours: {count} vectors, {len(some)} of them real, the others jittered copies; k = 15")
    start, before = time.process_time(), peak()
    candidates(vectors[:500], 30, 0)
    print(f"pynndescent is compiled in {time.process_time() - start:.0f} s")
    start = time.process_time()
    near = among_candidates(vectors, candidates(vectors, 30, 0), 15)
    spent = time.process_time() - start
    print(f"pynndescent, then exact cosines: {spent:.1f} s, {peak() - before:.0f} MB more at the peak")
    start = time.process_time()
    exact = among_all(vectors, 15)
    print(
        f"all pairs: {time.process_time() - start:.1f} s, {peak() - before:.0f} MB more at the peak of both"
    )
    for count in (15, 10):
        pairs = zip(near.rows[:, :count].tolist(), exact.rows[:, :count].tolist(), strict=True)
        shares = [len(set(one) & set(other)) / count for one, other in pairs]
        print(f"recall@{count} {np.mean(shares):.4f}")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how fast documents are embedded.")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--neighbours", type=int, default=0)
    parser.add_argument("--real", type=int, default=12_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        if options.documents:
            speed(options)
        if options.neighbours:
            neighbours(options.corpus, options.neighbours, options.real)


def speed(options: argparse.Namespace) -> None:
    texts = documents(options.corpus, options.documents)
    seconds, vectors = measured(ways(), texts, options.rounds)
    slow, fast = matrix_rate(torch.float32), matrix_rate(torch.bfloat16)
    print(
        f"{len(texts)} documents; products of matrices: float32 {slow / 1e9:.0f} GFLOP/s a thread,"
        f" bfloat16 {fast / 1e9:.0f}: {fast / slow:.1f} x"
    )
    base, *_ = seconds
    exact = vectors[base] / np.linalg.norm(vectors[base], axis=1, keepdims=True)
    for name, spent in seconds.items():
        cosine = (vectors[name].astype(np.float64) * exact).sum(axis=1)
        print(
            f"{name:38} {len(texts) / spent:7.2f} documents/s {seconds[base] / spent:5.2f} x"
            f"  cosine {cosine.min():.6f} at least, {cosine.mean():.6f} on average"
        )
    fidelity(exact)


if __name__ == "__main__":
    main()
