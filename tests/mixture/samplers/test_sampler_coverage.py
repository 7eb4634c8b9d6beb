"""Quality x coverage between its two ends, and the curve of what alpha buys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampler_inputs import measured

from curation_assets.mixture.draw import Pool, draw_by_weight
from curation_assets.mixture.keys import exponentials, uniforms
from curation_assets.mixture.samplers.coverage import quality_and_coverage
from curation_assets.mixture.samplers.interface import Scores, scores_of
from curation_assets.mixture.samplers.tradeoff import inclusion, pareto_curve

NAMES = [f"d{number}" for number in range(500)]


@pytest.fixture(scope="module")
def scores() -> Scores:
    generator = np.random.default_rng(4)
    density, rank = generator.lognormal(-3, 0.8, 500), (generator.permutation(500) + 0.5) / 500
    return scores_of(500, density=density, rank=rank, quality=rank)


def test_the_ends_are_the_pure_samplers_to_the_last_bit(scores: Scores) -> None:
    """With no density below the floor."""
    pure = measured("density_ips", scores)
    assert measured("quality_coverage", scores, alpha=0.0, density_floor=1e-6).tolist() == pure.tolist()
    assert measured("quality_coverage", scores, alpha=1.0).tolist() == scores.rank.tolist()


def test_what_an_end_does_not_read_may_be_missing(scores: Scores) -> None:
    missing = np.full(500, np.nan)
    no_rank = quality_and_coverage(missing, scores.density, 0.0, 0.1)
    assert no_rank.tolist() == quality_and_coverage(scores.rank, scores.density, 0.0, 0.1).tolist()
    assert quality_and_coverage(scores.rank, missing, 1.0, 0.1).tolist() == scores.rank.tolist()


@given(st.sampled_from([2.0**-9, 0.5, 64.0]), st.sampled_from([0.0, 0.3, 0.7, 1.0]))
def test_the_unit_of_density_does_not_matter(scale: float, alpha: float) -> None:
    generator = np.random.default_rng(4)
    rank, density = generator.random(50), generator.lognormal(0, 1, 50)
    weights = quality_and_coverage(rank, density, alpha, 0.1)
    scaled = quality_and_coverage(rank, density * scale, alpha, 0.1)
    assert scaled / scaled[0] == pytest.approx(weights / weights[0], rel=1e-12)


def test_the_curve_goes_from_the_one_sampler_to_the_other(scores: Scores) -> None:
    alphas = [0.0, 0.25, 0.5, 0.75, 1.0]
    points = pareto_curve(scores, alphas, 0.2, density_floor=1e-6)
    assert [point.alpha for point in points] == alphas
    ranks, coverages = [point.mean_rank for point in points], [point.coverage for point in points]
    assert ranks == sorted(ranks)
    assert coverages[:4] == sorted(coverages[:4], reverse=True)
    assert ranks[0] == pytest.approx(0.5, abs=0.05)
    assert ranks[-1] > 0.63
    assert coverages[0] > 0.9 > coverages[-1]
    everything = pareto_curve(scores, [0.0, 1.0], 1.0)
    assert everything[0][1:] == pytest.approx(everything[1][1:])
    assert everything[0].effective_share == pytest.approx(1.0)
    assert everything[0].mean_rank == pytest.approx(0.5)


def test_the_chances_of_the_curve_are_those_of_draws(scores: Scores) -> None:
    """Mean rank of 400 draws of a hundred documents each, within 3 standard errors and the 1/n of theory."""
    weights = measured("quality_coverage", scores, alpha=0.7)
    ranks = []
    for seed in range(400):
        once = np.ones(500, np.int64)
        pool = Pool(exponentials(uniforms(NAMES, seed)), once, once.astype(np.int32), 100)
        ranks.append(scores.rank[draw_by_weight(pool, weights).taken].mean())
    expected = pareto_curve(scores, [0.7], 0.2)[0].mean_rank
    assert np.mean(ranks) == pytest.approx(expected, abs=3 * np.std(ranks) / 20 + 1 / 500)


@given(
    st.lists(st.floats(1e-12, 1e12), min_size=2, max_size=30),
    st.floats(0.01, 0.99),
)
def test_chances_add_up_to_what_is_expected(weights: list[float], fraction: float) -> None:
    chances = inclusion(np.array(weights), fraction * len(weights))
    assert chances.sum() == pytest.approx(fraction * len(weights), rel=1e-6)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (np.diff(chances[np.argsort(weights)]) >= 0).all()


def test_the_curve_skips_what_is_not_known_and_refuses_no_fraction(scores: Scores) -> None:
    more = scores_of(
        502,
        density=np.append(scores.density, [np.nan, 0.1]),
        rank=np.append(scores.rank, [0.5, np.nan]),
    )
    assert pareto_curve(more, [0.5], 0.2) == pareto_curve(scores, [0.5], 0.2)
    assert pareto_curve(scores_of(3), [0.5], 0.2) == []
    with pytest.raises(ValueError, match="above 0"):
        pareto_curve(scores, [0.5], 0.0)
