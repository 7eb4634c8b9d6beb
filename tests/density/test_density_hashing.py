"""Codes: exact, the same in any company, and colliding as often as the theory says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from curation_assets.density import hashing
from curation_assets.density.hashing import INVALID, SketchParams, hash_codes
from curation_assets.density.kernels import collision_probability

PARAMS = SketchParams(rows=40, buckets=500, hashes_per_row=4, width=1.0, seed=3, dimension=32)


def test_codes_equal_exact_integer_arithmetic(clustered: NDArray[np.float32]) -> None:
    """Parity with the definition worked out in Python integers, which neither round nor overflow."""
    drawn = hashing._projections(PARAMS)
    scale = 1 << hashing.FRACTION_BITS
    directions = [[int(value) for value in column] for column in drawn.directions.T]
    offsets = [int(value) for value in drawn.offsets]
    multipliers = [[int(value) for value in row] for row in drawn.multipliers]
    vectors = clustered[:5]
    expected = np.empty((5, PARAMS.rows), np.int32)
    for i, vector in enumerate(vectors):
        whole = [round(float(value) * scale) for value in vector]
        for row in range(PARAMS.rows):
            mixed = multipliers[row][0]
            for j in range(PARAMS.hashes_per_row):
                column = row * PARAMS.hashes_per_row + j
                total = sum(x * a for x, a in zip(whole, directions[column], strict=True)) + offsets[column]
                mixed += (total // scale**2) * multipliers[row][1 + j]
            expected[i, row] = ((mixed % 2**64 >> 32) * PARAMS.buckets) >> 32
    assert np.array_equal(hash_codes(vectors, PARAMS), expected)


@given(order=st.permutations(range(60)), cut=st.integers(0, 60), copies=st.integers(1, 9))
@settings(max_examples=20, deadline=None)
def test_codes_depend_on_no_other_vector(
    clustered: NDArray[np.float32], order: list[int], cut: int, copies: int
) -> None:
    """Permuted, cut into batches of any size or put among others, a vector keeps its code to the bit."""
    vectors = clustered[:60]
    alone = np.concatenate([hash_codes(vectors[i : i + 1], PARAMS) for i in range(60)])
    shuffled = vectors[order]
    batched = [hash_codes(shuffled[:cut], PARAMS), hash_codes(shuffled[cut:], PARAMS)]
    crowded = hash_codes(np.concatenate([shuffled] * copies), PARAMS)
    assert np.array_equal(np.concatenate(batched), alone[order])
    assert np.array_equal(crowded, np.concatenate([alone[order]] * copies))


def test_codes_are_those_of_the_rounded_vector(clustered: NDArray[np.float32]) -> None:
    """What makes sums exact: digits below 2**-18 play no part, even next to the border of a cell."""
    rounded = np.round(clustered.astype(np.float64) * 2**18) / 2**18
    params = SketchParams(rows=300, buckets=500, hashes_per_row=4, width=1.0, seed=3, dimension=32)
    assert np.array_equal(hash_codes(clustered, params), hash_codes(rounded, params))


def test_codes_do_not_depend_on_threads_or_on_the_layout_of_memory(clustered: NDArray[np.float32]) -> None:
    with threadpool_limits(1):
        single = hash_codes(clustered, PARAMS)
    with threadpool_limits(4):
        assert np.array_equal(hash_codes(np.asfortranarray(clustered), PARAMS), single)
        assert np.array_equal(hash_codes(clustered.astype(np.float64), PARAMS), single)


@pytest.mark.parametrize(("distance", "hashes"), [(0.1, 1), (0.5, 1), (0.5, 4), (1.0, 2)])
def test_collisions_are_as_frequent_as_the_kernel_says(distance: float, hashes: int) -> None:
    rows = 4000
    params = SketchParams(rows, 100_000, hashes, 1.0, seed=11, dimension=2)
    pair = np.array([[0.3, 0.1], [0.3 + distance * 0.6, 0.1 + distance * 0.8]])
    codes = hash_codes(pair, params)
    expected = float(collision_probability(distance, 1.0, hashes))
    tolerance = 4 * np.sqrt(expected * (1 - expected) / rows) + 1 / params.buckets
    assert np.mean(codes[0] == codes[1]) == pytest.approx(expected, abs=tolerance)


def test_unlike_vectors_fill_the_buckets_evenly() -> None:
    """Thousand vectors far apart fall into 50 buckets like balls into urns: chi-square within 4 sigma."""
    vectors = np.random.default_rng(0).normal(size=(1000, 32)) * 50
    params = SketchParams(rows=20, buckets=50, hashes_per_row=4, width=1.0, seed=0, dimension=32)
    codes = hash_codes(vectors, params)
    statistics = [np.square(np.bincount(row, minlength=50) - 20).sum() / 20 for row in codes.T]
    assert np.mean(statistics) == pytest.approx(49, abs=4 * np.sqrt(2 * 49 / 20))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_bad_vectors_are_marked_and_disturb_nobody(clustered: NDArray[np.float32], bad: float) -> None:
    vectors = clustered[:10].copy()
    vectors[4, 7] = bad
    codes = hash_codes(vectors, PARAMS)
    good = [i for i in range(10) if i != 4]
    assert (codes[4] == INVALID).all()
    assert np.array_equal(codes[good], hash_codes(clustered[:10], PARAMS)[good])


def test_wrong_dimension_is_refused(clustered: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match=r"\(2000, 31\); expected \(n, 32\)"):
        hash_codes(clustered[:, :31], PARAMS)


def test_codes_are_those_of_earlier_versions() -> None:
    """Golden codes from this code under numpy 2 (2026-11-21): if they change, stored sketches are void."""
    params = SketchParams(rows=6, buckets=20_000, hashes_per_row=4, width=1.0, seed=1, dimension=4)
    vectors = np.array([[0.5, -0.5, 0.5, 0.5], [1, 0, 0, 0], [0, 0, 0, 0]])
    assert hash_codes(vectors, params).tolist() == [
        [9420, 10235, 3829, 4176, 9727, 16486],
        [5707, 18196, 6719, 3578, 19647, 8180],
        [16793, 2194, 11533, 11939, 9768, 5900],
    ]
