"""Neighbours are those of a brute-force search, whatever the order, the blocks and the copies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from curation_assets.neighbours import search
from curation_assets.neighbours.search import NONE, Nearest, among_all, among_candidates, candidates, nearest
from curation_assets.vectors.rounded import Rounded, cosines, rounded


def brute(vectors: Rounded, count: int) -> list[list[int]]:
    """Sort all others by cosine (as float32) and row."""
    similar = cosines(vectors, vectors).astype(np.float32)
    found = []
    for row, values in enumerate(similar):
        others = [at for at in range(len(vectors)) if at != row]
        found.append(sorted(others, key=lambda at: (-values[at], at))[:count])
    return found


def clustered(count: int, components: int = 48) -> Rounded:
    random = np.random.default_rng(3)
    centres = random.normal(size=(count // 25, components))
    return rounded(
        centres[random.integers(len(centres), size=count)] + random.normal(size=(count, components)) * 0.6
    )


def assert_valid(found: Nearest, vectors: Rounded) -> None:
    exact = cosines(vectors, vectors).astype(np.float32)
    for row, (others, similar) in enumerate(zip(found.rows, found.similarities, strict=True)):
        others = others[others != NONE]
        assert row not in others
        assert len(set(others)) == len(others)
        assert similar[: len(others)].tolist() == exact[row, others].tolist()
        assert [*others] == sorted(others, key=lambda at: (-exact[row, at], at))


# Few values and components, so that copies, equal cosines and vectors of zeros are common.
small = arrays.arrays(np.int8, st.tuples(st.integers(1, 25), st.just(3)), elements=st.integers(-2, 2))


@given(vectors=small, count=st.integers(1, 30), cells=st.integers(1, 200))
def test_all_pairs_give_what_sorting_gives(vectors: Rounded, count: int, cells: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_CELLS_AT_ONCE", cells)
        found = among_all(vectors, count)
        assert found.rows.tolist() == brute(vectors, count)
        assert_valid(found, vectors)
        every = np.tile(np.arange(len(vectors)), (len(vectors), 1))
        same = among_candidates(vectors, every, count)
    shown = found.rows.shape[1]
    assert same.rows[:, :shown].tolist() == found.rows.tolist()
    assert same.similarities[:, :shown].tolist() == found.similarities.tolist()
    assert (same.rows[:, shown:] == NONE).all()


def test_real_sized_vectors_give_what_sorting_gives() -> None:
    vectors = clustered(400, 384)
    vectors[100:140] = vectors[7]
    assert among_all(vectors, 15).rows.tolist() == brute(vectors, 15)


def test_a_candidate_that_is_missing_or_the_vector_itself_is_no_neighbour() -> None:
    vectors = clustered(50)
    found = among_candidates(vectors, np.array([[0, NONE, 3]] + [[NONE] * 3] * 49), 2)
    assert found.rows[0].tolist() == [3, NONE]
    assert (found.rows[1:] == NONE).all()


@pytest.mark.slow  # pynndescent is compiled by every process anew
def test_pynndescent_finds_at_least_95_of_100_neighbours_and_the_same_every_time() -> None:
    vectors = clustered(1500)
    vectors[200:260] = vectors[7]  # more copies than it looks for neighbours
    found = nearest(vectors, 15, exact_up_to=0)
    assert_valid(found, vectors)
    expected = among_all(vectors, 15)
    different = [row for row in range(1500) if not 200 <= row < 260 and row != 7]
    shared = [len(set(found.rows[row]) & set(expected.rows[row])) for row in different]
    assert np.mean(shared) / 15 >= 0.95
    assert (found.similarities[200:260] == 1).all()
    again = nearest(vectors, 15, exact_up_to=0)
    assert again.rows.tobytes() == found.rows.tobytes()
    assert again.similarities.tobytes() == found.similarities.tobytes()
    few = candidates(vectors[:100], 30, seed=1)
    assert few.shape == (100, 31)
