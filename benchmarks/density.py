"""What the ways to estimate densities cost and are worth, and what sampling by 1/density does.

Three tables, of planted vectors: clusters of unit vectors, each half as populous as the one before, and 1 %
of loners; and with --vectors of a file of real ones, resampled and shaken if there are too few.

Methods, over --documents vectors, in CPU seconds of one thread:

  build, query  to count all documents, and to look all of them up
  x exact       how many times faster than the exact Gaussian kernel sum, by 2,000 documents of it
  Spearman      rank correlation of these 2,000 with the exact sum of the method's own kernel (for the uniform
                subsample that of h), and with the Gaussian kernel of h = 0.45
  ESS/N         effective sample size of the weights 1/density: 1 is uniform sampling

Widths, over at most 8,000 vectors (of the file as they are, if there is one): ESS/N of the exact Gaussian
sum, and the Spearman of 512 landmarks to it, by the width h; and ESS/N of one p-stable hash a row, exact.

Clusters, over at most 4,000 vectors: for each kernel, exact where nothing else is said,

  error         mean relative error of the sketch to the exact sum of its kernel
  uneven        chi-square distance of the clusters' weight from even, as a share of that without weights
  loners        share of the weight on the loners (1 % of the documents)

Run: python benchmarks/density.py [--documents 200000] [--dimension 384] [--rows 1000] [--vectors FILE.npy]
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from curation_assets.density.bandwidth import effective_share
from curation_assets.density.cells import cells_of
from curation_assets.density.config import DensityConfig
from curation_assets.density.examination import kernel_of, spearman
from curation_assets.density.fixed_point import fixed
from curation_assets.density.sketch import hash_codes, sketch_of
from curation_assets.mixture.draw import Pool, draw_by_weight
from curation_assets.mixture.keys import exponentials, uniforms

CLUSTERS = 7
BANDWIDTH = 0.45
LOOKED_AT = 2000
FEW = 4000
SUBSAMPLE = 2000
DRAWN = 1_000_000
MOST_FOR_WIDTHS, WIDTHS = 8_000, (1.0, 0.6, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1)


@dataclass(frozen=True)
class Planted:
    """Unit vectors [n, d] and the cluster of each; CLUSTERS stands for a loner."""

    vectors: NDArray[np.float32]
    cluster: NDArray[np.int64]


def plant(documents: int, dimension: int) -> Planted:
    """Return clustered vectors; within a cluster, two are about 0.6 apart."""
    generator = np.random.default_rng(0)
    shares = np.array([0.99 * 2.0**-i / (2 - 2.0 ** (1 - CLUSTERS)) for i in range(CLUSTERS)] + [0.01])
    cluster = generator.choice(CLUSTERS + 1, documents, p=shares / shares.sum())
    centres = np.vstack([generator.normal(size=(CLUSTERS, dimension)), np.zeros(dimension)])
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    vectors = centres[cluster] + generator.normal(size=(documents, dimension)) * 0.45 / np.sqrt(dimension)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Planted(vectors.astype(np.float32), cluster)


def unevenness(weights: NDArray[np.float64], cluster: NDArray[np.int64]) -> float:
    """Return the chi-square distance of the clusters' shares of the weight from even shares."""
    shares = np.bincount(cluster, weights, CLUSTERS + 1)[:CLUSTERS]
    shares = shares / shares.sum()
    return float(np.square(shares - 1 / CLUSTERS).sum() * CLUSTERS)


def real(path: str, documents: int) -> NDArray[np.float32]:
    """Return unit vectors drawn from those of a file with replacement, each shaken by half its length."""
    stored = np.load(path).astype(np.float32)
    if len(stored) >= documents:
        return stored[:documents]
    generator = np.random.default_rng(0)
    vectors = stored[generator.integers(0, len(stored), documents)]
    shaken = generator.standard_normal(vectors.shape, np.float32)
    vectors = vectors + shaken * np.float32(0.5 / np.sqrt(vectors.shape[1]))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def timed(work: Callable[[], NDArray[np.float64]]) -> tuple[NDArray[np.float64], float]:
    """Return what the work returns, and the seconds of processor time it took."""
    started = time.process_time()
    return work(), time.process_time() - started


def exact(
    vectors: NDArray[np.float32], looked_at: NDArray[np.float32], config: DensityConfig
) -> NDArray[np.float64]:
    """Return the mean kernel of some vectors to all: float64 [n]; by blocks, in single precision."""
    kernel, sums = kernel_of(config), np.zeros(len(looked_at))
    for start in range(0, len(vectors), 2048):
        cosines = np.minimum(looked_at @ vectors[start : start + 2048].T, 1.0)
        if config.method == "race":
            sums += kernel(cosines).sum(axis=1)
        else:  # as fast as it gets
            sums += np.exp((cosines - 1) / np.float32(config.bandwidth**2)).sum(axis=1)
    return sums / len(vectors)


def by_landmarks(vectors: NDArray[np.float32], landmarks: int) -> tuple[NDArray[np.float64], float, float]:
    """Return densities, and the seconds to build and to query."""
    chosen = fixed(vectors[np.random.default_rng(1).permutation(len(vectors))[:landmarks]])[0]
    started = time.process_time()
    cells = cells_of(vectors, chosen)
    built = time.process_time() - started
    density, queried = timed(lambda: cells.density(vectors, BANDWIDTH))
    return density, built, queried


def by_race(vectors: NDArray[np.float32], config: DensityConfig) -> tuple[NDArray[np.float64], float, float]:
    """Return densities, and the seconds to build and to query."""
    params = config.sketch_params(vectors.shape[1])
    hash_codes(vectors[:1], params)  # draws the projections, which are kept
    started = time.process_time()
    sketch = sketch_of(vectors, params)
    built = time.process_time() - started
    density, queried = timed(
        lambda: np.concatenate(
            [sketch.density_of(vectors[i : i + 4096]) for i in range(0, len(vectors), 4096)]
        )
    )
    return density, built, queried


def by_subsample(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64], float, float]:
    """Return densities from the exact kernel to some documents, and the seconds to build and to query."""
    some = vectors[np.random.default_rng(2).permutation(len(vectors))[:SUBSAMPLE]]
    return *timed(lambda: exact(some, vectors, DensityConfig(bandwidth=BANDWIDTH))), 0.0


def compare(vectors: NDArray[np.float32], rows: int) -> None:
    """Print a line for each method."""
    documents = len(vectors)
    places = np.random.default_rng(3).permutation(documents)[:LOOKED_AT]
    smooth = DensityConfig(bandwidth=BANDWIDTH)
    by_landmarks(vectors[:600], 16), by_race(vectors[:50], DensityConfig(method="race", rows=2))  # compiles
    truth, seconds = timed(lambda: exact(vectors, vectors[places], smooth))
    all_seconds = seconds * documents / len(places)
    print(f"{documents} vectors of {vectors.shape[1]} components")
    print(f"{'method':34s} {'build':>7s} {'query':>7s} {'x exact':>8s} Spearman (h = .45)   ESS/N")
    share = effective_share(truth)
    print(f"{'exact, extrapolated':34s} {0:7.2f} {all_seconds:7.2f} {1:8.1f} {1:8.4f} {1:8.4f} {share:8.3f}")
    race = DensityConfig(method="race", rows=rows)
    signs = race.model_copy(update={"hash": "signed_projections"})
    methods: list[tuple[str, DensityConfig, Callable[[], tuple[NDArray[np.float64], float, float]]]] = [
        ("landmarks, 512", smooth, lambda: by_landmarks(vectors, 512)),
        ("landmarks, 2048", smooth, lambda: by_landmarks(vectors, 2048)),
        (f"uniform subsample, {SUBSAMPLE}", smooth, lambda: by_subsample(vectors)),
        (f"race, p_stable, 4 x {rows}", race, lambda: by_race(vectors, race)),
        (f"race, signed_projections, 10 x {rows}", signs, lambda: by_race(vectors, signs)),
    ]
    for name, config, work in methods:
        density, built, queried = work()
        own = truth if config is smooth else exact(vectors, vectors[places], config)
        print(
            f"{name:34s} {built:7.2f} {queried:7.2f} {all_seconds / (built + queried):8.1f}"
            f" {spearman(density[places], own) or 0:8.4f} {spearman(density[places], truth) or 0:8.4f}"
            f" {effective_share(density):8.3f}",
            flush=True,
        )


def widths(vectors: NDArray[np.float32]) -> None:
    """Print what the width of the kernel does to weights and to landmarks."""
    print(f"\n{len(vectors)} vectors: h, ESS/N of the exact sum, Spearman of 512 landmarks to it")
    cells = cells_of(vectors, fixed(vectors[np.random.default_rng(1).permutation(len(vectors))[:512]])[0])
    for width in WIDTHS:
        truth = exact(vectors, vectors, DensityConfig(bandwidth=width))
        agreed = spearman(cells.density(vectors, width), truth) or 0
        print(f"  {width:4.2f} {effective_share(truth):7.3f} {agreed:7.4f}")
    one = DensityConfig(method="race", hashes_per_row=1)
    print(f"  one p-stable hash a row, ESS/N {effective_share(exact(vectors, vectors, one)):.4f}")


def clusters(planted: Planted, rows: int) -> None:
    """Print a line for each kernel."""
    vectors = planted.vectors
    before = unevenness(np.ones(len(vectors)), planted.cluster)
    print(f"\n{len(vectors)} planted vectors\n{'kernel':34s} error  ESS/N  uneven  loners")
    race = DensityConfig(method="race", rows=rows)
    kernels = [
        *(race.model_copy(update={"hashes_per_row": hashes}) for hashes in (1, 2, 4, 8)),
        *(
            race.model_copy(update={"hash": "signed_projections", "hashes_per_row": hashes})
            for hashes in (4, 10)
        ),
        *(DensityConfig(bandwidth=bandwidth) for bandwidth in (0.6, 0.45, 0.3)),
    ]
    for config in kernels:
        truth = exact(vectors, vectors, config)
        if config.method == "race":
            name, (density, _, _) = f"race, {config.hash}, {config.hashes_per_row}", by_race(vectors, config)
        else:
            name = f"landmarks, 512, h = {config.bandwidth}"
            density = cells_of(vectors, fixed(vectors[:512])[0]).density(vectors, config.bandwidth)
        weights = 1.0 / density
        loners = weights[planted.cluster == CLUSTERS].sum() / weights.sum()
        print(
            f"{name:34s} {np.mean(np.abs(density - truth) / truth):5.1%} {effective_share(density):6.2f}"
            f" {unevenness(weights, planted.cluster) / before:7.2f} {loners:7.1%}"
        )


def draw(documents: int) -> None:
    """Print the seconds to draw a tenth of some documents by inverse density."""
    weights = 1 / np.random.default_rng(4).lognormal(-3, 1, documents)
    names = np.array([f"{number:032x}" for number in range(documents)], "S")
    once = np.ones(documents, np.int64)
    luck, seconds = timed(lambda: exponentials(uniforms(names, 0)))
    pool = Pool(luck, once, once.astype(np.int32), documents // 10)
    _, chosen = timed(lambda: draw_by_weight(pool, weights).probability)
    print(
        f"\na tenth of {documents} documents by 1/density: {seconds:.2f} s for random numbers, {chosen:.2f} s"
        " to draw"
    )


def main() -> None:
    """Read the command line and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=FEW)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--vectors", help="a file of real vectors, float32 [n, d], for the first table")
    arguments = parser.parse_args()
    planted = plant(arguments.documents, arguments.dimension)
    with threadpool_limits(1):
        if arguments.vectors:
            compare(real(arguments.vectors, arguments.documents), arguments.rows)
            widths(np.load(arguments.vectors)[:MOST_FOR_WIDTHS].astype(np.float32))
        else:
            compare(planted.vectors, arguments.rows)
            widths(planted.vectors[:MOST_FOR_WIDTHS])
        clusters(plant(FEW, arguments.dimension), arguments.rows)
        draw(DRAWN)


if __name__ == "__main__":
    main()
