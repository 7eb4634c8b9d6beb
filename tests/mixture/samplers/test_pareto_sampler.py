"""GPT-3's noisy threshold keeps what (2 - s)^-alpha says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampler_inputs import measured

from curation_assets.mixture.samplers.interface import scores_of
from curation_assets.mixture.samplers.pareto import keep_chances
from curation_assets.text.hashing import uniform


def test_values_of_the_paper() -> None:
    found = keep_chances(np.array([1.0, 0.9, 0.5, 0.0]), 9.0)
    np.testing.assert_allclose(found, [1.0, 0.4241, 0.02601, 0.001953], rtol=1e-3)


def test_the_formula_is_numpys_pareto() -> None:
    noise = np.random.default_rng(3).pareto(9, size=200_000)
    for score in (0.5, 0.8, 0.95):
        share = float((noise > 1 - score).mean())
        expected = float(keep_chances(np.array([score]))[0])
        assert abs(share - expected) <= 3 * np.sqrt(expected * (1 - expected) / len(noise))


@pytest.mark.parametrize("alpha", [3.0, 9.0])
def test_frequencies_over_seeds_are_the_chances(alpha: float) -> None:
    """Each document kept by its own number, as the plan does: 3,000 seeds, eleven scores."""
    quality, seeds = np.linspace(0, 1, 11), 3000
    chances = measured("pareto", scores_of(11, quality=quality), pareto={"alpha": alpha})
    numbers = np.array([[uniform(seed, f"d{row}") for row in range(11)] for seed in range(seeds)])
    error = np.sqrt(chances * (1 - chances) / seeds)
    assert (np.abs((numbers < chances).mean(axis=0) - chances) <= 3 * error).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.sampled_from([3.0, 9.0]))
def test_chances_ascend_with_the_score(scores: list[float], alpha: float) -> None:
    chances = keep_chances(np.sort(np.array(scores)), alpha)
    assert (np.diff(chances) >= 0).all()
    assert ((chances >= 2.0**-alpha) & (chances <= 1)).all()


@pytest.mark.parametrize("score", [-0.1, 1.1])
def test_scores_out_of_range_are_refused(score: float) -> None:
    with pytest.raises(ValueError, match=r"these go from .*score: rank"):
        keep_chances(np.array([score, 0.5, np.nan]))


def test_ranks_do_where_the_scale_of_a_score_does_not() -> None:
    scores = scores_of(2, quality=np.array([-812.0, -3.0]), rank=np.array([0.25, 0.75]))
    made = measured("pareto", scores, pareto={"score": "rank", "alpha": 3})
    assert made == pytest.approx([1.75**-3, 1.25**-3])
