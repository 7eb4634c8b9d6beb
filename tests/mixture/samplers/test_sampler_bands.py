"""Orders by quality, bands of perplexity, and rank buckets."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError
from sampler_inputs import measured, taken_first

from curation_assets.mixture.config import MixtureConfig
from curation_assets.mixture.samplers.buckets import best_bucket
from curation_assets.mixture.samplers.interface import scores_of

QUALITY = np.array([0.5, 0.9, np.nan, 0.1, 0.9])


def test_the_best_and_the_worst_first() -> None:
    scores = scores_of(5, quality=QUALITY)
    assert taken_first(measured("top_k", scores)) == [1, 4, 0, 3]
    assert taken_first(measured("bottom_k", scores)) == [3, 0, 1, 4]
    assert measured("random", scores).tolist() == [1.0] * 5


def test_the_middle_half_of_each_group_stays() -> None:
    """Two languages of eight documents, whose perplexities do not overlap: four of each."""
    generator = np.random.default_rng(0)
    first, second = generator.permutation(8) + 1.0, (generator.permutation(8) + 1.0) * 100
    group = np.repeat(np.array([3, 7], np.uint64), 8)
    scores = scores_of(16, group=group, named={"perplexity": np.concatenate([first, second])})
    stays = ~np.isnan(measured("perplexity_band", scores))
    assert sorted(first[stays[:8]]) == [3, 4, 5, 6]
    assert sorted(second[stays[8:]]) == [300, 400, 500, 600]
    bottom = measured("perplexity_band", scores, perplexity={"low": 0.0, "high": 0.25})
    assert sorted(first[bottom[:8] == 1.0]) == [1, 2]
    with pytest.raises(ValidationError, match="the band is empty"):
        MixtureConfig(perplexity={"low": 0.5, "high": 0.5})


@given(st.integers(1, 60), st.integers(1, 59), st.integers(1, 60))
@example(30, 15, 1)  # the eighth ranks at exactly .25
def test_bands_that_meet_share_out_all_documents(count: int, cut: int, ties: int) -> None:
    values = np.arange(count, dtype=np.float64) // ties
    scores = scores_of(count, named={"perplexity": values})
    low = measured("perplexity_band", scores, perplexity={"low": 0.0, "high": cut / 60})
    high = measured("perplexity_band", scores, perplexity={"low": cut / 60, "high": 1.0})
    assert (np.isnan(low) != np.isnan(high)).all()


def test_a_bucket_is_a_twentieth_of_the_tokens_and_the_best_of_scores_counts() -> None:
    generator = np.random.default_rng(6)
    tokens = generator.integers(1, 1000, 4000)
    group = generator.integers(0, 2, 4000).astype(np.uint64)
    one, other = generator.random(4000), generator.random(4000)
    first, second = (best_bucket([score], group, tokens, 20) for score in (one, other))
    for number in (0, 1):
        members = group == number
        held = np.bincount(first[members].astype(int), tokens[members], 20) / tokens[members].sum()
        assert held == pytest.approx(np.full(20, 0.05), abs=1000 / tokens[members].sum())
        assert (np.diff(first[members][np.argsort(one[members])]) >= 0).all()
    assert best_bucket([one, other], group, tokens, 20).tolist() == np.maximum(first, second).tolist()


def test_labels_have_their_copies() -> None:
    scores = scores_of(20, tokens=np.full(20, 10), quality=np.arange(20.0))
    made = measured("buckets", scores)
    assert made.tolist() == [0.0] * 7 + [0.5] * 5 + [1.0] * 6 + [2.0, 4.0]
    two = measured("buckets", scores, buckets={"count": 4, "starts": [2], "copies": [0.25, 3]})
    assert two.tolist() == [0.25] * 10 + [3.0] * 10
    missing = scores_of(2, quality=np.array([np.nan, 1.0]))
    assert measured("buckets", missing) == pytest.approx([np.nan, 0.5], nan_ok=True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"starts": [5, 5], "copies": [1, 2, 3]}, "do not ascend"),
        ({"starts": [5, 20], "copies": [1, 2, 3]}, "do not ascend below 20"),
        ({"starts": [5], "copies": [1, 2, 3]}, "1 starts make 2 labels, and there are 3"),
        ({"starts": [5], "copies": [1, -2]}, "greater than or equal to 0"),
    ],
)
def test_labels_that_do_not_fit_are_refused(settings: dict[str, list[int]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MixtureConfig(buckets=settings)
