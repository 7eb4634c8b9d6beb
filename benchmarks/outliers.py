"""What the guard against outliers does to a draw by inverse density, to gibberish and to a rare good topic.

    python benchmarks/outliers.py --corpus PATH [--documents 2000] [--store FILE.npz]

Planted vectors: large clusters, one of 1 %, and loners of low quality. Real texts: documents of PATH
(documents.parquet with text, source, lang, kind) and the gibberish of its quality_labels.json (random
strings, shuffled words, misread letters), embedded and scored by the packaged models. Of each of five sources
in turn all but ten documents are taken out: that is the rare topic.

For every way to guard it prints, of gibberish and of the rare topic, the share of the weight 1 / density as a
multiple of their share of the documents, and how many are labelled. Density is the exact mean of a Gaussian
kernel, of the width whose weights are the least even (the least effective sample size). ``published limits``
is ``outliers.worst: 0``; ``bad 50 %`` is ``worst: 0.5``. FILE keeps vectors and scores, which take minutes.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation_assets.embeddings.config import EmbeddingsConfig
from curation_assets.outliers.config import OutliersConfig
from curation_assets.outliers.labels import find, lowest, quality_ranks
from curation_assets.quality.ask_llm.scorer import load_scorer
from curation_assets.quality.ask_llm.train_probe import area_under_curve
from curation_assets.quality.config import QualityConfig
from curation_assets.statistics import effective_sample_size
from curation_assets.text.embedder import load_embedder
from curation_assets.vectors.rounded import rounded
from curation_assets.vectors.sample import Sample, draws

GIBBERISH = ("random/base64", "shuffled words", "ocr noise 22%")
CHARACTERS, TOKENS = 4_000, 96
OF_A_RARE_TOPIC, TOPICS = 10, 5
WIDTHS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
GUARDS = {
    "no guard": None,
    "published limits": OutliersConfig(worst=0.0),
    "default": OutliersConfig(),
    "farthest 10 %": OutliersConfig(farthest=0.1),
    "however far": OutliersConfig(farthest=1.0),
    "bad 50 %, farthest 10 %": OutliersConfig(farthest=0.1, worst=0.5),
    "bad 50 %, however far": OutliersConfig(farthest=1.0, worst=0.5),
}


@dataclass(frozen=True)
class Documents:
    """Documents [n]: unit vectors, quality, language, and a name of what they are."""

    vectors: NDArray[np.float32]
    quality: NDArray[np.float64]
    language: NDArray[np.str_]
    name: NDArray[np.str_]

    def taken(self, rows: NDArray[np.bool_]) -> "Documents":
        return Documents(self.vectors[rows], self.quality[rows], self.language[rows], self.name[rows])


def planted(documents: int, components: int = 384) -> Documents:
    random = np.random.default_rng(0)
    sizes = (np.array([0.45, 0.25, 0.17, 0.1, 0.01, 0.02]) * documents).astype(int)
    name = np.repeat(["common", "common", "common", "common", "rare", "gibberish"], sizes)
    centres = np.repeat(random.normal(size=(6, components)), sizes, axis=0)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    noise = random.normal(size=centres.shape)
    vectors = np.where((name == "gibberish")[:, None], noise, centres + noise * 0.6 / np.sqrt(components))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    quality = np.where(name == "gibberish", 0.5, 1.0) * random.uniform(size=len(name))
    return Documents(vectors.astype(np.float32), quality, np.full(len(name), "en"), name)


def real(corpus: Path, documents: int, store: Path | None) -> Documents:
    """Read, embed and score documents of the corpus and gibberish."""
    table = pl.read_parquet(corpus / "documents.parquet").filter(pl.col("kind") == "base").sort("id")
    table = table.sample(min(documents, table.height), seed=1)
    labelled = json.loads((corpus / "quality_labels.json").read_text(encoding="utf-8"))
    junk = [one["text"] for one in labelled if one["cat"] in GIBBERISH]
    texts = [*table["text"].to_list(), *junk]
    if store and store.is_file():
        kept = np.load(store)
        vectors, quality = kept["vectors"], kept["quality"]
    else:
        some = [text[:CHARACTERS] for text in texts]
        vectors = load_embedder(EmbeddingsConfig()).embed(some)
        quality = load_scorer(QualityConfig(maximum_tokens=TOKENS)).score(some)
        if store:
            np.savez(store, vectors=vectors, quality=quality)
    language = np.array([*table["lang"].to_list(), *["en"] * len(junk)])
    return Documents(vectors, quality, language, np.array([*table["source"], *["gibberish"] * len(junk)]))


def density(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64], float, float]:
    """Return the density of each vector, the width of its kernel, and the effective share of the sample."""
    exact = vectors.astype(np.float64)
    apart = np.maximum(2 - 2 * exact @ exact.T, 0)
    found = [(np.exp(-apart / (2 * width**2)).mean(axis=1), width) for width in WIDTHS]
    shares = [effective_sample_size(1 / each) / len(each) for each, _ in found]
    best = int(np.argmin(shares))
    return *found[best], shares[best]


def measured(documents: Documents, dense: NDArray[np.float64], config: OutliersConfig) -> pl.DataFrame:
    """Return doc_id, measures and verdict of the documents that are looked at."""
    ids = [f"d{number:06d}" for number in range(len(dense))]
    names = pl.DataFrame({"doc_id": ids, "shard": "s"})
    ranks = quality_ranks(pl.DataFrame({"language": documents.language, "quality": documents.quality}))
    sample, vectors = Sample(config.sample), rounded(documents.vectors)
    sample.add(names, draws(config.seed, ids), vectors)
    rare = lowest(dense, config.lowest_density)
    asked = names.with_columns(quality_rank=ranks).filter(pl.Series(rare))
    return find(asked, vectors[rare], sample, config).documents


def outliers(documents: Documents, dense: NDArray[np.float64], config: OutliersConfig) -> NDArray[np.bool_]:
    found = measured(documents, dense, config)
    ids = [f"d{number:06d}" for number in range(len(dense))]
    return np.isin(ids, found.filter("outlier")["doc_id"].to_list())


def extremes(settings: Sequence[tuple[Documents, NDArray[np.float64]]]) -> None:
    """Print how far out any document is, and whether quality tells gibberish from the others."""
    found = pl.concat(measured(documents, dense, OutliersConfig()) for documents, dense in settings)
    most = ", ".join(f"{name} {found[name].max():.2f}" for name in ("lof", "isolation"))
    apart = [
        area_under_curve((documents.name != "gibberish").astype(np.int64), documents.quality)
        for documents, _ in settings
    ]
    print(f"  farthest out: {most}; AUC of quality against gibberish {np.mean(apart):.3f}")


def report(title: str, settings: Sequence[tuple[Documents, str]]) -> None:
    """Print what guards do, on average over documents with the name of their rare topic."""
    print(f"\n{title}")
    print(
        f"  {'':<26}{'gibberish':>12}{'labelled':>10}{'rare topic':>12}{'labelled':>10}{'others':>8}{'s':>6}"
    )
    densities = [density(documents.vectors) for documents, _ in settings]
    for guard, config in GUARDS.items():
        rows = []
        for (documents, topic), (dense, _, _) in zip(settings, densities, strict=True):
            start = time.perf_counter()
            out = outliers(documents, dense, config) if config else np.zeros(len(dense), bool)
            seconds = time.perf_counter() - start
            weights = np.where(out, 0.0, 1 / dense)
            groups = [documents.name == name for name in ("gibberish", topic)]
            shares = [(weights[own].sum() / weights.sum() / own.mean(), out[own].mean()) for own in groups]
            others = out[~groups[0] & ~groups[1]].mean()
            rows.append([*shares[0], *shares[1], others, seconds])
        junk, labelled, rare, rare_labelled, others, seconds = np.mean(rows, axis=0)
        print(
            f"  {guard:<26}{junk:>10.2f} x{labelled:>10.0%}{rare:>10.2f} x{rare_labelled:>10.0%}"
            f"{others:>8.1%}{seconds:>6.1f}"
        )
    dense, width, share = densities[0]
    extremes([(documents, each) for (documents, _), (each, _, _) in zip(settings, densities, strict=True)])
    print(f"  {len(dense):,} documents, kernel width {width}, ESS/N {share:.2f} (of the first)")


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge the guard against outliers.")
    parser.add_argument("--corpus", type=Path, required=True, help="folder with documents and quality labels")
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--store", type=Path, help="npz file that keeps vectors and scores")
    arguments = parser.parse_args()
    report("planted vectors", [(planted(arguments.documents), "rare")])
    documents = real(arguments.corpus, arguments.documents, arguments.store)
    sources = pl.Series(documents.name).value_counts(sort=True, name="count").rows()
    commonest = [name for name, _ in sources if name != "gibberish"][:TOPICS]
    thinned = []
    for name in commonest:
        own = np.cumsum(documents.name == name)
        rows = (documents.name != name) | (own <= OF_A_RARE_TOPIC)
        thinned.append((documents.taken(rows), name))
    base = (documents.name == "gibberish").mean()
    report(f"real texts, gibberish {base:.1%}; rare topics: {', '.join(commonest)}", thinned)


if __name__ == "__main__":
    main()
