"""SSL prototypes, SemDeDup and D4 against slow ones that look at 2,000 vectors document by document."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sampler_inputs import measured, taken_first, unit_vectors

from curation_assets.mixture.samplers.interface import Scores, scores_of

COUNT, CELLS = 2000, 40


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float64]:
    return unit_vectors(COUNT, 16, seed=5)


@pytest.fixture(scope="module")
def scores(vectors: NDArray[np.float64]) -> Scores:
    """Columns as the stage of semantic duplicates has them; one document has a cell to itself."""
    centres = unit_vectors(CELLS, 16, seed=6)
    cell = (vectors @ centres.T).argmax(axis=1).astype(np.int32)
    cell[77] = CELLS
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2.0)
    nearest = np.where(cell[:, None] == cell[None, :], cosines, -2.0).max(axis=1)
    nearest[77] = np.nan
    again = vectors @ unit_vectors(CELLS // 2, 16, seed=7).T
    dropped = np.random.default_rng(8).random(COUNT) < 0.1
    return scores_of(
        COUNT,
        cell=cell,
        centre_similarity=(vectors * centres[np.minimum(cell, CELLS - 1)]).sum(axis=1),
        nearest_similarity=nearest,
        prototype_similarity=np.where(dropped, np.nan, again.max(axis=1)),
    )


def test_prototypes_takes_what_is_farthest_from_its_centre(
    vectors: NDArray[np.float64], scores: Scores
) -> None:
    centres = unit_vectors(CELLS, 16, seed=6)
    distances = [
        (np.linalg.norm(vectors[row] - centres[min(scores.cell[row], CELLS - 1)]), row)
        for row in range(COUNT)
    ]
    expected = [row for _, row in sorted(distances, key=lambda pair: (-pair[0], pair[1]))]
    assert taken_first(measured("prototypes", scores)) == expected


def test_semdedup_takes_what_is_least_like_another_of_its_cell(
    vectors: NDArray[np.float64], scores: Scores
) -> None:
    similarities = []
    for row in range(COUNT):
        members = np.flatnonzero(scores.cell == scores.cell[row])
        others = [float(vectors[row] @ vectors[other]) for other in members if other != row]
        similarities.append((max(others, default=-1.0), row))
    assert taken_first(measured("semdedup", scores)) == [row for _, row in sorted(similarities)]
    assert taken_first(measured("semdedup", scores))[0] == 77


@pytest.mark.parametrize("share", [0.75, 0.3, 1.0])
def test_d4_deduplicates_then_takes_what_is_far_from_the_new_centres(scores: Scores, share: float) -> None:
    there = [row for row in range(COUNT) if not np.isnan(scores.prototype_similarity[row])]
    nearest = {row: -1.0 if row == 77 else scores.nearest_similarity[row] for row in there}
    stay = sorted(there, key=lambda row: (nearest[row], row))[: round(share * len(there))]
    expected = sorted(stay, key=lambda row: (scores.prototype_similarity[row], row))
    assert taken_first(measured("d4", scores, d4={"deduplicated_share": share})) == expected


def test_what_has_no_cell_is_left_out() -> None:
    known = np.array([0.3, 0.2, 0.1])
    scores = scores_of(
        3,
        cell=np.array([0, -1, 0], np.int32),
        nearest_similarity=known,
        prototype_similarity=known,
        centre_similarity=np.array([0.3, np.nan, 0.1]),
    )
    for sampler in ("semdedup", "prototypes", "d4"):
        made = measured(sampler, scores, d4={"deduplicated_share": 1.0})
        assert made == pytest.approx([2, np.nan, 1], nan_ok=True)


def test_equals_go_by_position() -> None:
    same = np.full(4, 0.5)
    scores = scores_of(4, cell=np.zeros(4, np.int32), nearest_similarity=same, prototype_similarity=same)
    assert taken_first(measured("semdedup", scores)) == [0, 1, 2, 3]
    assert taken_first(measured("d4", scores, d4={"deduplicated_share": 0.5})) == [0, 1]
