"""Landmark cells: exact under union and removal, the same in any company, and near the exact kernel sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from curation_assets.density.bandwidth import effective_share
from curation_assets.density.cells import Cells, CellTally, cell_of_every_vector, cells_of
from curation_assets.density.examination import spearman
from curation_assets.density.fixed_point import LENGTH, fixed

BANDWIDTH = 0.45


def _exact(vectors: NDArray[np.float32], bandwidth: float = BANDWIDTH) -> NDArray[np.float64]:
    rows = vectors.astype(np.float64)
    return np.asarray(np.exp((rows @ rows.T - 1) / bandwidth**2).mean(axis=1))


def _landmarks(vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    return fixed(vectors[:count])[0]


@pytest.fixture(scope="module")
def scattered() -> NDArray[np.float32]:
    """Return 3,000 unit vectors [n, 48] around 200 centres, the i-th with a share of 1 / i."""
    generator = np.random.default_rng(3)
    shares = 1 / np.arange(1, 201)
    vectors = generator.normal(size=(200, 48))[generator.choice(200, 3000, p=shares / shares.sum())]
    vectors += generator.normal(size=vectors.shape) * 0.6
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_whole_numbers_equal_the_definition_in_integers(clustered: NDArray[np.float32]) -> None:
    """Direction in steps of 2**-18 of the largest component, stretched to 4,000, by Python's integers."""
    whole, valid = fixed(clustered[:20] * np.float32(3.7))
    assert valid.all()
    for row, vector in zip(whole, clustered[:20] * np.float32(3.7), strict=True):
        largest = max(abs(float(value)) for value in vector)
        fine = [round(float(value) * (2**18 / largest)) for value in vector]
        stretch = LENGTH / np.sqrt(float(sum(value * value for value in fine)))
        assert row.tolist() == [round(value * stretch) for value in fine]


def test_products_of_whole_numbers_are_exact_in_single_precision() -> None:
    """The worst case: all of a vector's length in few or in very many components, and parallel vectors."""
    for dimension in (1, 2, 384, 20_000):
        vectors = np.random.default_rng(0).normal(size=(40, dimension)).astype(np.float32)
        whole, _ = fixed(np.concatenate([vectors, np.ones((1, dimension), np.float32)]))
        exact = whole.astype(np.int64) @ whole.astype(np.int64).T
        assert np.array_equal((whole @ whole.T).astype(np.int64), exact)
        assert np.abs(exact).max() < 2**24


@given(order=st.permutations(range(120)), cut=st.integers(0, 120), threads=st.sampled_from([1, 4]))
@settings(max_examples=15, deadline=None)
def test_neither_order_nor_batches_nor_threads_change_cells_or_densities(
    clustered: NDArray[np.float32], order: list[int], cut: int, threads: int
) -> None:
    vectors, landmarks = clustered[:120], _landmarks(clustered, 16)
    cells = cells_of(vectors, landmarks)
    alone = np.concatenate([cells.density(vectors[i : i + 1], BANDWIDTH) for i in range(120)])
    shuffled = vectors[order]
    with threadpool_limits(threads):
        parts = [cells_of(part, landmarks) for part in (shuffled[:cut], shuffled[cut:])]
        assert parts[0] + parts[1] == cells
        assert np.array_equal((parts[0] + parts[1]).density(shuffled, BANDWIDTH), alone[order])


@given(kept=st.lists(st.integers(0, 79), max_size=60), gone=st.lists(st.integers(0, 79), max_size=60))
@settings(max_examples=25, deadline=None)
def test_what_was_taken_out_was_never_in(
    clustered: NDArray[np.float32], kept: list[int], gone: list[int]
) -> None:
    landmarks = _landmarks(clustered, 8)
    both = cells_of(clustered[kept + gone], landmarks)
    without = both - cells_of(clustered[gone], landmarks)
    assert without == cells_of(clustered[kept], landmarks)
    tally = CellTally(both)
    tally.remove(clustered[gone])
    assert tally.cells() == without
    assert tally.counted == len(gone)


def test_removing_what_is_not_there_is_refused(clustered: NDArray[np.float32]) -> None:
    landmarks = _landmarks(clustered, 8)
    with pytest.raises(ValueError, match="5 documents are not part of cells of 3"):
        cells_of(clustered[:3], landmarks) - cells_of(clustered[50:55], landmarks)
    with pytest.raises(ValueError, match="different landmarks"):
        cells_of(clustered[:3], landmarks) + cells_of(clustered[:3], landmarks[:4])


def test_with_every_vector_a_landmark_densities_are_exact(scattered: NDArray[np.float32]) -> None:
    vectors = np.concatenate([scattered[:400], scattered[:30]])
    cells = cell_of_every_vector(vectors)
    assert (len(cells.counts), cells.documents) == (400, 430)
    for bandwidth in (0.3, 0.45, 1.0):
        assert cells.density(vectors, bandwidth) == pytest.approx(
            _exact(vectors, bandwidth), rel=0.001 / bandwidth**2
        )
    assert cells_of(vectors, _landmarks(vectors, 400)).density(vectors, 0.45) == pytest.approx(
        cells.density(vectors, 0.45), rel=1e-6
    )


@pytest.mark.parametrize("dimension", [3, 64, 200])
def test_a_landmark_lies_in_its_own_cell_whatever_part_of_it_is_compared(dimension: int) -> None:
    """Of 200 components 100 are compared, in which the vectors have other lengths."""
    vectors = np.random.default_rng(2).normal(size=(300, dimension)).astype(np.float32)
    cells = cells_of(vectors, fixed(vectors)[0])
    assert cells.counts.tolist() == [1] * 300
    assert np.array_equal(cells.sums, fixed(vectors)[0].astype(np.int64))


def test_landmarks_rank_documents_as_the_exact_kernel_does(scattered: NDArray[np.float32]) -> None:
    exact = _exact(scattered)
    few, many = (
        spearman(cells_of(scattered, _landmarks(scattered, count)).density(scattered, BANDWIDTH), exact)
        for count in (8, 256)
    )
    assert few is not None
    assert many is not None
    assert many > 0.99
    assert many > few


def test_weights_by_landmarks_flatten_planted_clusters(clustered: NDArray[np.float32]) -> None:
    """Clusters of 16:8:4:2:1; chi-square of the shares to even ones falls at least 5-fold at the default."""
    generator = np.random.default_rng(7)
    centres = generator.normal(size=(5, 32))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    member = (clustered @ centres.T).argmax(axis=1)
    weights = 1 / cells_of(clustered, _landmarks(clustered, 512)).density(clustered, BANDWIDTH)

    def unevenness(weight: NDArray[np.float64]) -> float:
        shares = np.bincount(member, weight, 5) / weight.sum()
        return float(np.square(shares - 0.2).sum() * 5)

    assert unevenness(np.ones(2000)) > 5 * unevenness(weights)
    assert effective_share(1 / weights) < 0.7


def test_bad_vectors_are_left_out_and_an_empty_set_has_no_density(clustered: NDArray[np.float32]) -> None:
    vectors = clustered[:20].copy()
    vectors[2, 3], vectors[9, 0], vectors[12] = np.nan, np.inf, 0.0
    cells = cells_of(vectors, _landmarks(clustered, 4))
    assert cells.documents == 18
    assert np.flatnonzero(np.isnan(cells.density(vectors, BANDWIDTH))).tolist() == [2, 9]
    assert np.isnan(Cells.empty(_landmarks(clustered, 4)).density(vectors, BANDWIDTH)).all()
    with pytest.raises(ValueError, match="without landmarks"):
        cells_of(vectors, _landmarks(clustered, 0))
