"""Codes by signs: exact, the same in any company, and colliding as often as the angle says."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation_assets.density import signed
from curation_assets.density.config import DensityConfig
from curation_assets.density.fixed_point import fixed
from curation_assets.density.hashing import INVALID, SketchParams, hash_codes
from curation_assets.density.kernels import collision_probability, signed_probability
from curation_assets.density.sketch import Sketch, sketch_of

PARAMS = SketchParams(40, 1 << 6, 6, 1.0, seed=3, dimension=32, hash="signed_projections")


def test_codes_equal_exact_integer_arithmetic(clustered: NDArray[np.float32]) -> None:
    planes = signed.signs(32, 40, 6, 3).planes.astype(np.int64)
    above = (fixed(clustered[:20])[0].astype(np.int64) @ planes >= 0).reshape(20, 40, 6)
    expected = (above * (1 << np.arange(6))).sum(axis=2)
    assert np.array_equal(hash_codes(clustered[:20], PARAMS), expected)


@given(order=st.permutations(range(60)), cut=st.integers(0, 60), copies=st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_sketches_depend_on_no_other_vector_and_subtract(
    clustered: NDArray[np.float32], order: list[int], cut: int, copies: int
) -> None:
    vectors, shuffled = clustered[:60], clustered[:60][order]
    alone = np.concatenate([hash_codes(vectors[i : i + 1], PARAMS) for i in range(60)])
    assert np.array_equal(hash_codes(np.concatenate([shuffled] * copies), PARAMS)[-60:], alone[order])
    one, other = sketch_of(shuffled[:cut], PARAMS), sketch_of(shuffled[cut:], PARAMS)
    assert one + other == sketch_of(vectors, PARAMS)
    assert sketch_of(vectors, PARAMS) - other == one


ROWS = 20_000
GOLDEN = {0.05: 0.9601, 0.1: 0.9202, 0.3: 0.7607, 0.5: 0.6095, 0.8: 0.4426, 1.0: 0.3687, 2**0.5: 0.2709}


@pytest.mark.parametrize(("distance", "probability"), GOLDEN.items())
def test_p_stable_collisions_within_three_sigma_of_the_golden_values(
    distance: float, probability: float
) -> None:
    params = SketchParams(ROWS, 1_000_000, 1, 1.0, seed=1, dimension=2)
    codes = hash_codes(np.array([[0.2, 0.4], [0.2 + distance, 0.4]]), params)
    sigma = np.sqrt(probability * (1 - probability) / ROWS)
    assert np.mean(codes[0] == codes[1]) == pytest.approx(probability, abs=3 * sigma + 1e-4)


@pytest.mark.parametrize(("angle", "hashes"), [(0.2, 1), (0.5, 4), (1.0, 2), (np.pi / 2, 3), (3.0, 1)])
def test_signs_collide_within_three_sigma_of_the_angle(angle: float, hashes: int) -> None:
    params = SketchParams(ROWS, 1 << hashes, hashes, 1.0, seed=2, dimension=2, hash="signed_projections")
    codes = hash_codes(np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]]), params)
    expected = (1 - angle / np.pi) ** hashes
    assert signed_probability(np.cos(angle), hashes) == pytest.approx(expected)
    sigma = np.sqrt(expected * (1 - expected) / ROWS)
    assert np.mean(codes[0] == codes[1]) == pytest.approx(expected, abs=3 * sigma)


@pytest.mark.parametrize("name", ["p_stable", "signed_projections"])
def test_estimates_are_unbiased_and_errors_fall_with_the_root_of_the_rows(
    clustered: NDArray[np.float32], name: str
) -> None:
    """Over 20 independent sketches; against the exact sum of the same kernel."""
    vectors = clustered[:500]
    cosine = np.clip(vectors.astype(np.float64) @ vectors.T.astype(np.float64), -1, 1)
    if name == "p_stable":
        exact = collision_probability(np.sqrt(2 - 2 * cosine), 1.0, 4).mean(axis=1)
    else:
        exact = signed_probability(cosine, 10).mean(axis=1)

    def errors(rows: int) -> NDArray[np.float64]:
        found = []
        for seed in range(20):
            params = DensityConfig(hash=name, rows=rows, seed=seed).sketch_params(32)  # type: ignore[arg-type]
            found.append(sketch_of(vectors, params).density_of(vectors) / exact - 1)
        return np.array(found)

    few, many = errors(10), errors(160)
    means = many.mean(axis=1)
    assert np.mean(means) == pytest.approx(0, abs=3 * np.std(means, ddof=1) / np.sqrt(20))
    assert 3 < np.sqrt(np.mean(few**2) / np.mean(many**2)) < 5.3  # 16 times the rows: 4


def test_weights_flatten_planted_clusters(clustered: NDArray[np.float32]) -> None:
    """Clusters of 16:8:4:2:1; chi-square of the shares to even ones falls at least 5-fold with ten signs."""
    generator = np.random.default_rng(7)
    centres = generator.normal(size=(5, 32))
    member = (clustered @ (centres / np.linalg.norm(centres, axis=1, keepdims=True)).T).argmax(axis=1)
    params = DensityConfig(hash="signed_projections", rows=200).sketch_params(32)
    weights = 1 / sketch_of(clustered, params).density_of(clustered)

    def unevenness(weight: NDArray[np.float64]) -> float:
        shares = np.bincount(member, weight, 5) / weight.sum()
        return float(np.square(shares - 0.2).sum() * 5)

    assert unevenness(np.ones(2000)) > 5 * unevenness(weights)


def test_lengths_play_no_part_and_bad_vectors_are_marked(clustered: NDArray[np.float32]) -> None:
    vectors = clustered[:10] * np.float32(1e3)
    vectors[4, 7] = np.nan
    codes = hash_codes(vectors, PARAMS)
    assert (codes[4] == INVALID).all()
    assert np.array_equal(np.delete(codes, 4, 0), np.delete(hash_codes(clustered[:10], PARAMS), 4, 0))
    assert sketch_of(vectors, PARAMS).documents == 9


def test_stored_sketches_are_read_back_and_impossible_sizes_refused(clustered: NDArray[np.float32]) -> None:
    sketch = sketch_of(clustered[:200], PARAMS)
    assert Sketch.from_frame(sketch.to_frame()) == sketch
    with pytest.raises(ValueError, match=r"6 signs make 2\*\*6 buckets"):
        dataclasses.replace(PARAMS, buckets=100)
    with pytest.raises(ValueError, match="at most 16"):
        DensityConfig(hash="signed_projections", hashes_per_row=17)


def test_codes_are_those_of_earlier_versions() -> None:
    """Golden codes from this code under numpy 2 (2026-11-22): if they change, stored sketches are void."""
    params = SketchParams(6, 1 << 10, 10, 1.0, seed=1, dimension=4, hash="signed_projections")
    vectors = np.array([[0.5, -0.5, 0.5, 0.5], [1, 0, 0, 0]])
    assert hash_codes(vectors, params).tolist() == [
        [153, 198, 142, 41, 705, 37],
        [951, 99, 781, 825, 864, 85],
    ]
