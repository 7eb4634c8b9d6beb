"""The sketch: right on average, exact under union and removal, and stored without loss."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from exact_densities import exact_density
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation_assets.density.sketch import Sketch, SketchParams, Tally, hash_codes, sketch_of

SMALL = SketchParams(rows=30, buckets=400, hashes_per_row=2, width=1.0, seed=5, dimension=32)


def _params(rows: int) -> SketchParams:
    return SketchParams(rows, 20_000, hashes_per_row=4, width=1.0, seed=5, dimension=32)


def _relative_error(vectors: NDArray[np.float32], params: SketchParams) -> float:
    exact = exact_density(vectors, params.width, params.hashes_per_row)
    estimate = sketch_of(vectors, params).density(hash_codes(vectors, params)) * len(vectors)
    return float(np.mean(np.abs(estimate - exact) / exact))


def test_estimates_are_close_to_the_exact_kernel_sum(clustered: NDArray[np.float32]) -> None:
    assert _relative_error(clustered, _params(1000)) < 0.05


def test_error_falls_with_the_square_root_of_the_rows(clustered: NDArray[np.float32]) -> None:
    ratio = _relative_error(clustered, _params(60)) / _relative_error(clustered, _params(960))
    assert 2.5 < ratio < 6.5  # 16 times the rows: 4 on average


def test_estimates_are_unbiased(clustered: NDArray[np.float32]) -> None:
    """Over 30 independent sketches the mean over documents is within 4 standard errors of the truth."""
    exact = exact_density(clustered, 1.0, 4).mean() / len(clustered)
    means = []
    for seed in range(30):
        params = dataclasses.replace(_params(20), seed=seed)
        means.append(sketch_of(clustered, params).density(hash_codes(clustered, params)).mean())
    assert np.mean(means) == pytest.approx(exact, abs=4 * np.std(means, ddof=1) / np.sqrt(30))


def test_chance_collisions_are_taken_off(clustered: NDArray[np.float32]) -> None:
    """With 40 buckets a stranger shares the counter every fortieth time, yet the density stays right."""
    params = dataclasses.replace(_params(1000), buckets=40)
    assert _relative_error(clustered, params) < 0.06


def test_density_never_falls_below_that_of_a_document_alone() -> None:
    """Two strangers among four buckets: taking off chance collisions must not go below 1/documents."""
    pair = np.zeros((2, 32), np.float32)
    pair[:, 0] = [50, -50]
    for seed in range(10):
        params = dataclasses.replace(SMALL, buckets=4, seed=seed)
        assert sketch_of(pair, params).density(hash_codes(pair, params)).min() >= 0.5


def test_mean_density_is_the_mean_over_documents(clustered: NDArray[np.float32]) -> None:
    sketch = sketch_of(clustered, _params(200))
    density = sketch.density(hash_codes(clustered, sketch.params))
    assert sketch.mean_density == pytest.approx(density.mean(), rel=1e-9)


@given(order=st.permutations(range(80)), cuts=st.lists(st.integers(0, 80), max_size=4))
@settings(max_examples=25, deadline=None)
def test_sketch_is_the_same_in_any_order_and_over_any_shards(
    clustered: NDArray[np.float32], order: list[int], cuts: list[int]
) -> None:
    vectors = clustered[:80]
    parts = [sketch_of(part, SMALL) for part in np.split(vectors[order], sorted(cuts))]
    assert sum(parts, Sketch.empty(SMALL)) == sketch_of(vectors, SMALL)


def test_replacing_a_shard_equals_a_rebuild(clustered: NDArray[np.float32]) -> None:
    first, second, replaced = clustered[:300], clustered[300:500], clustered[500:900]
    whole = sketch_of(first, SMALL) + sketch_of(second, SMALL)
    incremental = whole - sketch_of(second, SMALL) + sketch_of(replaced, SMALL)
    assert incremental == sketch_of(np.concatenate([first, replaced]), SMALL)
    assert whole - sketch_of(first, SMALL) - sketch_of(second, SMALL) == Sketch.empty(SMALL)


def test_removing_what_is_not_there_is_refused(clustered: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="sketch of 5 documents is not part"):
        sketch_of(clustered[:10], SMALL) - sketch_of(clustered[50:55], SMALL)


def test_a_tally_counts_in_and_out_and_leaves_its_start_alone(clustered: NDArray[np.float32]) -> None:
    start = sketch_of(clustered[:10], SMALL)
    tally = Tally(start)
    tally.add(clustered[10:30])
    tally.remove(clustered[5:15])
    assert tally.counted == 30
    expected = sketch_of(np.concatenate([clustered[:5], clustered[15:30]]), SMALL)
    assert tally.sketch() == expected
    assert start == sketch_of(clustered[:10], SMALL)
    wrong = Tally(start)
    wrong.add(clustered[10:20])
    wrong.remove(clustered[50:55])
    with pytest.raises(ValueError, match="not part of"):
        wrong.sketch()


def test_invalid_vectors_are_not_counted_and_have_no_density(clustered: NDArray[np.float32]) -> None:
    vectors = clustered[:20].copy()
    vectors[[2, 9]] = np.nan
    codes = hash_codes(vectors, SMALL)
    sketch = sketch_of(vectors, SMALL)
    assert sketch.documents == 18
    assert sketch.counts.sum(axis=1).tolist() == [18] * SMALL.rows
    assert np.flatnonzero(np.isnan(sketch.density(codes))).tolist() == [2, 9]
    assert np.isnan(Sketch.empty(SMALL).density(codes)).all()


@pytest.mark.parametrize("documents", [0, 1, 500])
def test_frame_round_trip_is_exact(clustered: NDArray[np.float32], documents: int) -> None:
    sketch = sketch_of(clustered[:documents], SMALL)
    frame = sketch.to_frame()
    assert Sketch.from_frame(frame) == sketch
    assert frame.filter(pl.col("count") <= 0).height == (1 if documents == 0 else 0)


def test_frames_that_cannot_be_read_back_are_refused(clustered: NDArray[np.float32]) -> None:
    frame = sketch_of(clustered[:10], SMALL).to_frame()
    with pytest.raises(ValueError, match="one line that describes it; found 0"):
        Sketch.from_frame(frame.drop_nulls("row"))
    other = frame.with_columns(pl.col("params").cast(pl.String).str.replace('"seed": 5', '"seed": 6'))
    with pytest.raises(ValueError, match="other random projections"):
        Sketch.from_frame(other)


def test_sketches_of_different_parameters_do_not_mix(clustered: NDArray[np.float32]) -> None:
    other = dataclasses.replace(SMALL, seed=6)
    for operation in (lambda a, b: a + b, lambda a, b: a - b):
        with pytest.raises(ValueError, match="different parameters"):
            operation(sketch_of(clustered[:10], SMALL), sketch_of(clustered[:10], other))
