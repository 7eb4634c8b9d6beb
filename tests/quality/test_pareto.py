"""GPT-3's noisy threshold keeps what (2 - s)^-alpha says, by draws that belong to the documents."""

import numpy as np
import pytest

from curation_assets.quality.classifiers.pareto import keep_probability, pareto_keep
from curation_assets.text.hashing import uniform

COUNT = 20_000
IDS = [f"doc-{number}" for number in range(COUNT)]


@pytest.mark.parametrize("alpha", [3.0, 9.0])
@pytest.mark.parametrize("score", [0.0, 0.3, 0.5, 0.9, 0.99, 1.0])
def test_the_share_kept_is_the_formulas(alpha: float, score: float) -> None:
    drawn = pareto_keep(IDS, np.full(COUNT, score), alpha=alpha, seed=1)
    expected = (2 - score) ** -alpha
    assert drawn.probability == pytest.approx(expected)
    assert abs(drawn.kept.mean() - expected) <= 3 * np.sqrt(expected * (1 - expected) / COUNT)


def test_the_formula_is_numpys_pareto() -> None:
    noise = np.random.default_rng(3).pareto(9, size=200_000)
    for score in (0.5, 0.8, 0.95):
        share = float((noise > 1 - score).mean())
        expected = float(keep_probability(np.array([score]))[0])
        assert abs(share - expected) <= 3 * np.sqrt(expected * (1 - expected) / len(noise))


def test_values_of_the_paper() -> None:
    found = keep_probability(np.array([1.0, 0.9, 0.5, 0.0]), 9.0)
    np.testing.assert_allclose(found, [1.0, 0.4241, 0.02601, 0.001953], rtol=1e-3)


def test_a_draw_is_the_documents_own() -> None:
    scores = np.linspace(0.5, 1.0, COUNT)
    everything = pareto_keep(IDS, scores, seed=1).kept
    some = np.arange(0, COUNT, 7)[::-1]
    alone = pareto_keep([IDS[index] for index in some], scores[some], seed=1).kept
    assert (alone == everything[some]).all()
    assert (pareto_keep(IDS, scores, seed=2).kept != everything).any()


def test_the_draw_tells_nothing_of_other_draws_by_the_same_seed() -> None:
    kept = pareto_keep(IDS, np.full(COUNT, 0.9), seed=1).kept
    others = np.array([uniform(1, name) for name, is_kept in zip(IDS, kept, strict=True) if is_kept])
    assert abs(others.mean() - 0.5) <= 3 * np.sqrt(1 / 12 / len(others))


@pytest.mark.parametrize("score", [-0.1, 1.1, np.nan])
def test_scores_out_of_range_are_refused(score: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        keep_probability(np.array([score]))
