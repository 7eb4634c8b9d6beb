"""Outliers are rare and bad: planted junk ends below its base rate, a planted rare good topic stays."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from lake_of_vectors import LakeOfVectors, Vectors, planted, unit
from numpy.typing import NDArray

from curation_assets.config import Config
from curation_assets.outliers.config import OutliersConfig
from curation_assets.outliers.labels import LABEL_SCHEMA, lowest, quality_ranks
from curation_assets.outliers.measures import LEAST_SAMPLE, Measures
from curation_assets.outliers.stage import OUTLIERS
from curation_assets.stage import BuiltLabels
from curation_assets.vectors.rounded import rounded

COMMON, RARE, JUNK = range(3)
SIZES = (700, 450, 280, 145, 25)
"""The last is rare, but of more documents than the neighbours that LOF looks at."""
LONERS = 20


class Planted:
    """Large clusters, a rare one of ordinary quality, and loners of low quality; density by a Gaussian."""

    def __init__(self, seed: int = 0) -> None:
        random = np.random.default_rng([seed, 1])
        clustered, cluster = planted(SIZES, 64, 0.6, seed)
        self.vectors: Vectors = np.vstack([clustered, unit(random.normal(size=(LONERS, 64)))])
        kind = np.where(cluster == len(SIZES) - 1, RARE, COMMON)
        self.kind: NDArray[np.int64] = np.concatenate([kind, np.full(LONERS, JUNK)])
        apart = 2 - 2 * self.vectors.astype(np.float64) @ self.vectors.T.astype(np.float64)
        self.density = np.exp(-apart / (2 * 0.45**2)).mean(axis=1)
        self.quality = random.uniform(0.3, 1.0, len(self.kind))
        self.quality[self.kind == JUNK] = random.uniform(0.0, 0.5, LONERS)

    @property
    def rank(self) -> NDArray[np.float64]:
        return (np.argsort(np.argsort(self.quality)) + 0.5) / len(self.quality)

    def documents(self) -> pl.DataFrame:
        ids = [f"d{number:04d}" for number in range(len(self.kind))]
        return pl.DataFrame({"doc_id": ids, "density": self.density, "quality": self.quality})

    def build(self, folder: Path, config: OutliersConfig, parts: dict[str, NDArray[np.int64]]) -> BuiltLabels:
        lake = LakeOfVectors(folder, Config(outliers=config))
        for shard, rows in parts.items():
            lake.write(shard, self.documents()[rows], self.vectors[rows])
        return lake.build(OUTLIERS, list(parts))

    def share_of_draw(self, kind: int, left_out: NDArray[np.bool_]) -> float:
        """Return the share of the weight 1 / density that documents of a kind have."""
        weights = np.where(left_out, 0.0, 1 / self.density)
        return float(weights[self.kind == kind].sum() / weights.sum())


def labels(built: BuiltLabels) -> pl.DataFrame:
    return pl.concat(built.labels.values()).sort("doc_id")


def test_planted_junk_ends_below_its_base_rate_and_a_rare_good_topic_stays(tmp_path: Path) -> None:
    lake = Planted()
    built = lake.build(tmp_path, OutliersConfig(), {"s": np.arange(len(lake.kind))})
    found = labels(built)
    assert found.schema == LABEL_SCHEMA
    outlier = found["outlier"].to_numpy()
    junk, rare = (float((lake.kind == kind).mean()) for kind in (JUNK, RARE))
    nobody = np.zeros(len(outlier), bool)
    assert lake.share_of_draw(JUNK, nobody) > 5 * junk  # which is why there is a guard
    assert lake.share_of_draw(JUNK, outlier) <= junk
    assert lake.share_of_draw(RARE, nobody) > 3 * rare
    assert lake.share_of_draw(RARE, outlier) > 3 * rare
    assert (outlier[lake.kind == RARE] <= (lake.rank[lake.kind == RARE] < 0.2)).all()
    published = labels(lake.build(tmp_path / "0", OutliersConfig(worst=0.0), {"s": np.arange(len(outlier))}))
    assert not published["outlier"].to_numpy()[lake.kind != JUNK].any()
    assert lake.share_of_draw(JUNK, published["outlier"].to_numpy()) <= junk
    assert outlier.sum() == built.figures["outliers"]
    looked_at = found["lof"].is_not_null().to_numpy()
    assert looked_at.sum() == built.figures["looked_at"] <= 0.1 * len(outlier)
    assert (lake.density[looked_at].max()) < lake.density[~looked_at].min()
    assert all(plot() for plot in built.plots.values())


def test_what_is_rare_and_good_is_no_outlier(tmp_path: Path) -> None:
    lake = Planted()
    lake.quality[lake.kind == JUNK] = 0.95
    built = lake.build(tmp_path, OutliersConfig(), {"s": np.arange(len(lake.kind))})
    assert not labels(built)["outlier"].to_numpy()[lake.kind == JUNK].any()
    lake.quality[lake.kind == JUNK] = np.nan  # nor is one of which nobody knows
    built = lake.build(tmp_path / "unknown", OutliersConfig(), {"s": np.arange(len(lake.kind))})
    assert not labels(built)["outlier"].to_numpy()[lake.kind == JUNK].any()


def test_what_is_common_is_no_outlier_however_bad(tmp_path: Path) -> None:
    lake = Planted()
    lake.quality[lake.kind == COMMON] = 0.0
    lake.density[:] = np.where(lake.kind == COMMON, lake.density, 2 * lake.density.max())
    config = OutliersConfig(worst=0.0)
    found = labels(lake.build(tmp_path, config, {"s": np.arange(len(lake.kind))}))
    assert found["lof"].is_not_null().sum() > 50
    assert not found["outlier"].any()


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_depends_on_how_documents_lie_in_shards(tmp_path: Path, seed: int) -> None:
    lake, config = Planted(), OutliersConfig(sample=200)
    everything = np.arange(len(lake.kind))
    whole = labels(lake.build(tmp_path / "whole", config, {"s": everything}))
    dealt = np.array_split(np.random.default_rng(seed).permutation(everything), 3)
    parts = dict(zip(("c", "a", "b"), dealt, strict=True))
    assert labels(lake.build(tmp_path / "dealt", config, parts)).drop("shard").equals(whole.drop("shard"))
    assert whole["outlier"].sum() > 0


def test_a_score_does_not_depend_on_what_else_is_measured() -> None:
    lake = Planted()
    vectors = rounded(lake.vectors)
    measures = Measures(vectors[::2], seed=0, farthest=0.1)
    together = measures.scores(vectors[1::2], np.full(len(vectors) // 2, -1))
    for row in (0, 7, -1):
        alone = measures.scores(vectors[1::2][[row]], np.array([-1]))
        assert {name: values[0] for name, values in alone.items()} == {
            name: values[row] for name, values in together.items()
        }


def test_the_published_limits_hold_where_they_are_nearer() -> None:
    lake = Planted()
    vectors = rounded(lake.vectors)
    everything = np.arange(len(vectors))
    published = Measures(vectors, seed=0, farthest=0.0)
    assert published.published.lof == 1.5
    assert published.published.isolation == 0.5
    assert published.published.mahalanobis == pytest.approx(104.7, abs=0.1)  # chi-square of 64, .999
    votes = published.published.votes(published.scores(vectors, everything))
    assert (votes[lake.kind == JUNK] >= 2).all()
    assert (votes[lake.kind != JUNK] < 2).all()
    nearer = Measures(vectors, seed=0, farthest=0.3)
    far = nearer.scores(vectors, everything)["lof"] > nearer.relative.lof
    assert nearer.relative.lof < 1.5
    assert 0.1 < far.mean() <= 0.3
    assert published.relative == published.published


def test_the_local_outlier_factor_is_that_of_the_definition() -> None:
    """LOF of Breunig et al. (2000), sections 3 and 4, in plain numpy, of vectors that lie in 8 components."""
    vectors = rounded(unit(np.random.default_rng(5).normal(size=(150, 8))))
    found = Measures(vectors, seed=0, farthest=0.1).scores(vectors, np.arange(150))["lof"]
    places = unit(vectors.astype(np.float64)).astype(np.float64)
    gaps = np.sqrt(np.maximum(np.square(places[:, None] - places[None]).sum(axis=2), 0))
    np.fill_diagonal(gaps, np.inf)
    neighbours = np.argsort(gaps, axis=1)[:, :20]
    reach = np.take_along_axis(gaps, neighbours, axis=1)[:, -1]
    lrd = 1 / np.maximum(np.take_along_axis(gaps, neighbours, axis=1), reach[neighbours]).mean(axis=1)
    expected = lrd[neighbours].mean(axis=1) / lrd
    assert np.abs(found / expected - 1).max() < 0.02  # six significant bits


def test_no_more_than_the_share_is_rare() -> None:
    density = np.array([0.5, 0.1, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, np.nan])
    assert lowest(density, 0.3).tolist() == [False, True, True, *[False] * 7]
    assert lowest(density, 0.2).sum() == 0  # the two of the same density are more than 20 %
    assert lowest(np.ones(50), 0.5).sum() == 0
    assert lowest(density, 1.0).sum() == 9
    assert lowest(np.empty(0), 0.1).tolist() == []


def test_quality_is_ranked_within_the_language() -> None:
    documents = pl.DataFrame(
        {"language": ["de", "de", "en", None, "de", "de"], "quality": [0.2, 0.4, 0.1, 0.3, None, np.nan]}
    )
    assert quality_ranks(documents)[:4].tolist() == [0.25, 0.75, 0.5, 0.5]
    assert np.isnan(quality_ranks(documents)[4:]).all()


@pytest.mark.parametrize("documents", [0, 1, LEAST_SAMPLE - 1])
def test_of_next_to_nothing_nothing_is_an_outlier(tmp_path: Path, documents: int) -> None:
    lake = LakeOfVectors(tmp_path, Config(outliers=OutliersConfig(lowest_density=1.0)))
    vectors, _ = planted([documents], 8, 0.5, seed=1) if documents else ([], None)
    ids = pl.Series("doc_id", [f"d{number}" for number in range(documents)], pl.String)
    lake.write("s", pl.DataFrame({"doc_id": ids}), vectors)
    found = labels(lake.build(OUTLIERS, ["s"]))
    assert found.height == documents
    assert not found["outlier"].any()
    assert found["lof"].null_count() == documents
    assert not lake.build(OUTLIERS, []).labels


def test_documents_without_a_vector_or_a_density_are_no_outliers(tmp_path: Path) -> None:
    lake = LakeOfVectors(tmp_path, Config(outliers=OutliersConfig(lowest_density=1.0, quality_below=1.0)))
    vectors, _ = planted([60], 8, 0.5, seed=2)
    rows: list[object] = [*vectors[:58], None, np.full(8, np.nan)]
    density = [None, *np.linspace(0.1, 0.9, 59)]
    lake.write("s", pl.DataFrame({"doc_id": [f"d{n:02d}" for n in range(60)], "density": density}), rows)
    found = labels(lake.build(OUTLIERS, ["s"]))
    assert found["lof"].is_null().arg_true().to_list() == [0, 58, 59]
    assert found["outlier"].null_count() == 0
    counts = OUTLIERS.count(lake.workplace, ["s"])
    assert (counts.rows_in, counts.kept) == (60, 60)


def test_equal_vectors_do_no_harm(tmp_path: Path) -> None:
    lake = LakeOfVectors(tmp_path, Config(outliers=OutliersConfig(lowest_density=1.0)))
    ids = pl.DataFrame({"doc_id": [f"d{number:02d}" for number in range(60)]})
    lake.write("s", ids.with_columns(density=pl.int_range(60) / 60), np.ones((60, 8)))
    found = labels(lake.build(OUTLIERS, ["s"]))
    assert found["lof"].is_finite().all()
    assert not found["outlier"].any()


def test_off_it_tells_nothing_and_reads_no_vectors(tmp_path: Path) -> None:
    lake = LakeOfVectors(tmp_path, Config(outliers=OutliersConfig(enabled=False)))
    lake.write("s", pl.DataFrame({"doc_id": ["b", "a"]}), [None, None])
    lake.workplace.lake.table_path("embeddings", "s").unlink()
    found = labels(lake.build(OUTLIERS, ["s"]))
    assert found.schema == LABEL_SCHEMA
    assert found.rows() == [("a", "s", None, None, None, False), ("b", "s", None, None, None, False)]
