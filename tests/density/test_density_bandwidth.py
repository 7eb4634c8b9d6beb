"""The sample, the kernel that suits a target, and the figures that are told of an estimate."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation_assets.density.bandwidth import choose, effective_share, histogram, two_digits
from curation_assets.density.config import DensityConfig
from curation_assets.density.examination import Sample, figures, kernel_of, spearman, tuned
from curation_assets.density.fixed_point import fixed
from curation_assets.density.neighbours import neighbour_density
from curation_assets.density.sample import gathered, smallest
from curation_assets.text.hashing import content_hash

TEXTS = [content_hash(str(number)) for number in range(3000)]


@given(
    cuts=st.lists(st.integers(0, 300), max_size=4), size=st.integers(1, 50), seed=st.integers(0, 2**63 - 1)
)
@settings(max_examples=20, deadline=None)
def test_the_sample_depends_on_the_set_of_texts_alone(cuts: list[int], size: int, seed: int) -> None:
    order = np.random.default_rng(size).permutation(300)
    texts = [TEXTS[place] for place in order] + TEXTS[:5]
    bounds = [0, *sorted(cuts), len(texts)]
    parts = [pl.Series(texts[a:b], dtype=pl.String) for a, b in itertools.pairwise(bounds)]
    found = smallest(parts, size, seed)
    assert found == smallest([pl.Series(TEXTS[:300])], size, seed)
    assert len(set(found)) == size
    assert smallest([pl.Series(TEXTS[:299])], size, seed)[: size - 1] != found or TEXTS[299] not in found


def test_every_text_is_as_likely_to_be_sampled() -> None:
    """Over 300 seeds each of 30 texts is among the 10 smallest a third of the time, within 4 sigma."""
    taken = [text for seed in range(300) for text in smallest([pl.Series(TEXTS[:30])], 10, seed)]
    counts = np.array([taken.count(text) for text in TEXTS[:30]])
    assert np.abs(counts - 100).max() < 4 * np.sqrt(300 * 2 / 9)


def test_vectors_of_the_sample_are_gathered_in_its_order(clustered: NDArray[np.float32]) -> None:
    shards = [(pl.Series(TEXTS[:10]), clustered[:10]), (pl.Series(TEXTS[5:30]), clustered[5:30])]
    wanted = [TEXTS[place] for place in (29, 3, 7, 99)]
    found = gathered(wanted, shards, 32)
    assert np.array_equal(found[:3], clustered[[29, 3, 7]])
    assert np.isnan(found[3]).all()


def _sample(vectors: NDArray[np.float32], landmarks: int = 0) -> Sample:
    return Sample(tuple(TEXTS[: len(vectors)]), vectors, len(vectors), landmarks)


@pytest.mark.parametrize(
    "changed", [{}, {"method": "race"}, {"method": "race", "hash": "signed_projections"}]
)
def test_the_histogram_gives_the_exact_kernel_sum(
    clustered: NDArray[np.float32], changed: dict[str, str]
) -> None:
    config = DensityConfig.model_validate(changed)
    vectors = clustered[:600].astype(np.float64)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, 1.0)
    exact = kernel_of(config)(cosines).mean(axis=1)
    assert _sample(clustered[:600]).histogram.density(kernel_of(config)) == pytest.approx(exact, rel=0.004)


def test_documents_looked_at_stand_for_the_lake(clustered: NDArray[np.float32]) -> None:
    """A twentieth of the lake, compared with itself: the density in the lake within a few hundredths."""
    whole = histogram(fixed(clustered[:500])[0], fixed(clustered)[0], 2000)
    part = histogram(fixed(clustered[:500])[0], fixed(clustered[:500])[0], 2000)
    kernel = kernel_of(DensityConfig())
    assert np.mean(np.abs(part.density(kernel) / whole.density(kernel) - 1)) < 0.1


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({}, "bandwidth"),
        ({"method": "exact"}, "bandwidth"),
        ({"method": "race"}, "width"),
        ({"method": "race", "hash": "signed_projections"}, "hashes_per_row"),
    ],
)
def test_the_target_is_met_and_small_changes_do_not_move_it(
    clustered: NDArray[np.float32], changed: dict[str, str], key: str
) -> None:
    config = DensityConfig.model_validate({**changed, "target_ess": 0.7})
    chosen = tuned(config, _sample(clustered[:500]))
    exact = _sample(clustered[:500]).histogram.density(kernel_of(chosen))
    assert effective_share(exact) == pytest.approx(0.7, abs=0.06)
    value = getattr(chosen, key)
    assert float(f"{value:.2g}") == value
    assert getattr(tuned(config, _sample(clustered[:499])), key) == value


def test_without_a_target_nothing_is_chosen(clustered: NDArray[np.float32]) -> None:
    assert tuned(DensityConfig(bandwidth=0.777), _sample(clustered)).bandwidth == 0.777


def test_a_target_that_is_out_of_reach_gives_the_least_share() -> None:
    shares = {3.0: 0.99, 2.0: 0.95, 1.0: 0.9, 0.5: 0.97}

    def density(value: float) -> NDArray[np.float64]:
        """Return two densities whose weights have this effective share."""
        spread = np.sqrt(1 / shares[value] - 1)
        return 1 / np.array([1 + spread, 1 - spread])

    assert choose(list(shares), density, 0.5).value == 1.0
    assert choose(list(shares), density, 0.96).value == 2.0
    assert choose(list(shares), density, 0.975).value == 3.0


def test_values_have_two_digits() -> None:
    values = two_digits(0.05, 3.0)
    assert (values[0], values[-1]) == (3.0, 0.05)
    assert values == sorted(set(values), reverse=True)
    assert {0.1, 0.45, 0.99, 1.0, 1.1} <= set(values)


def test_figures_tell_the_kernel_and_what_it_is_worth(clustered: NDArray[np.float32]) -> None:
    sample = _sample(clustered)
    exact = sample.histogram.density(kernel_of(DensityConfig()))
    told = figures(DensityConfig(), sample, exact)
    assert (told["spearman_to_exact"], told["bandwidth"], told["texts_looked_at"]) == (1.0, 0.45, 1000)
    assert told["effective_sample_share"] == effective_share(exact)
    assert "spearman_to_exact" not in figures(DensityConfig(), sample, np.ones(1000))
    assert figures(DensityConfig(), _sample(clustered[:0]), exact[:0]) == {
        "method": "landmarks",
        "bandwidth": 0.45,
    }


def test_rank_correlation_is_the_textbook_one() -> None:
    from scipy.stats import spearmanr

    one, other = np.random.default_rng(0).integers(0, 9, (2, 50)).astype(float)
    assert spearman(one, other) == pytest.approx(spearmanr(one, other)[0], abs=5e-5)
    one[3] = np.nan
    kept = np.delete(one, 3), np.delete(other, 3)
    assert spearman(one, other) == pytest.approx(spearmanr(*kept)[0], abs=5e-5)


def test_neighbours_give_the_mean_kernel() -> None:
    lists = pl.Series([[1.0, 0.5], [], None, [0.0]], dtype=pl.List(pl.Float32))
    found = neighbour_density(lists, 0.5)
    assert found[[0, 3]] == pytest.approx([(1 + np.exp(-2.0)) / 2, np.exp(-4.0)])
    assert np.isnan(found[1:3]).all()
    assert len(neighbour_density(lists.clear(), 0.5)) == 0
