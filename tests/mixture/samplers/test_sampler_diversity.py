"""Greedy diversity against a slow one that compares each document with all that were taken before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sampler_inputs import measured, taken_first, unit_vectors

from curation_assets.mixture.samplers.diversity import diverse_places
from curation_assets.mixture.samplers.interface import Neighbours, scores_of

EMPTY = np.empty(0, np.uint32)


def slow(values: NDArray[np.float64], cosines: NDArray[np.floating], threshold: float) -> list[int]:
    """Take documents by descending value, then by row, unless one as similar is taken."""
    taken: list[int] = []
    for row in sorted(range(len(values)), key=lambda one: (-values[one], one)):
        if not (cosines[row, taken] >= threshold).any():
            taken.append(row)
    return taken


def all_pairs(
    cosines: NDArray[np.floating],
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float32]]:
    one, other = (rows.astype(np.uint32) for rows in np.triu_indices(len(cosines), 1))
    return one, other, cosines[one, other].astype(np.float32)


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9])
def test_with_all_pairs_it_is_the_slow_one(threshold: float) -> None:
    """2,000 vectors around 300 points, so that at .9 most have something near; qualities in hundredths."""
    generator = np.random.default_rng(2)
    vectors = unit_vectors(300, 24, seed=1)[generator.integers(0, 300, 2000)]
    vectors = vectors + generator.normal(scale=0.05, size=vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (vectors @ vectors.T).astype(np.float32)
    quality = generator.integers(0, 100, 2000) / 100
    expected = slow(quality, cosines, threshold)
    assert 100 < len(expected) < 1500
    one, other, similarity = all_pairs(cosines)
    made = diverse_places(quality, one, other, similarity, threshold)
    assert taken_first(made) == expected
    scores = scores_of(2000, quality=quality, neighbours=Neighbours(other, one, similarity))
    found = measured("greedy_diversity", scores, diversity={"similarity": threshold})
    assert taken_first(found) == expected


@given(st.data())
def test_order_direction_and_repetition_of_pairs_do_not_matter(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 9))
    values = np.array(data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)), np.float64)
    cosines = np.zeros((count, count))
    one, other = np.triu_indices(count, 1)
    near = data.draw(st.lists(st.sampled_from([0.2, 0.9]), min_size=len(one), max_size=len(one)))
    cosines[one, other] = cosines[other, one] = near
    pairs = list(zip(one.tolist(), other.tolist(), near, strict=True))
    given_pairs = data.draw(st.permutations(pairs + [(b, a, c) for a, b, c in pairs]))
    first, second, similarity = np.array(given_pairs, np.float64).reshape(-1, 3).T
    made = diverse_places(
        values, first.astype(np.uint32), second.astype(np.uint32), similarity.astype(np.float32), 0.9
    )
    assert taken_first(made) == slow(values, cosines, 0.9)


def test_what_was_left_out_keeps_nothing_else_out() -> None:
    """a near b near c: b gives way to a, so that c stays."""
    one, other = np.array([0, 1], np.uint32), np.array([1, 2], np.uint32)
    made = diverse_places(np.array([3.0, 2.0, 1.0]), one, other, np.array([0.95, 0.95], np.float32), 0.9)
    assert made == pytest.approx([1, np.nan, 2], nan_ok=True)


def test_a_similarity_of_exactly_the_threshold_is_too_near() -> None:
    pair = np.array([0], np.uint32), np.array([1], np.uint32), np.array([0.9], np.float32)
    assert np.isnan(diverse_places(np.array([1.0, 2.0]), *pair, 0.9)[0])


def test_without_pairs_it_is_the_order_of_the_score() -> None:
    made = diverse_places(np.array([0.5, np.nan, 0.9]), EMPTY, EMPTY, np.empty(0, np.float32), 0.9)
    assert made == pytest.approx([2, np.nan, 1], nan_ok=True)


def test_several_scores_are_multiplied() -> None:
    scores = scores_of(3, quality=np.array([0.9, 0.5, 0.8]), named={"complexity": np.array([0.1, 0.9, 0.5])})
    both = {"scores": ["complexity", "quality"]}
    assert taken_first(measured("greedy_diversity", scores, diversity=both)) == [1, 2, 0]
    negative = scores_of(1, quality=np.ones(1), named={"complexity": np.array([-2.0])})
    with pytest.raises(ValueError, match=r"complexity goes down to -2; only scores of 0 or more"):
        measured("greedy_diversity", negative, diversity=both)
