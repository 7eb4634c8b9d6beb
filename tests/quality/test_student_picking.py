"""Active learning: what is picked, and that it takes fewer labels than chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from curation_assets.quality.student.picking import pick_next, uncertainty


def test_uncertainty_by_hand() -> None:
    assert uncertainty(np.array([0.5, 0.25, 0.0, 1.0])).tolist() == [1.0, 0.5, 0.0, 0.0]
    assert uncertainty(np.array([3.0, 4.0, 7.0]), threshold=3.0).tolist() == [1.0, 0.75, 0.0]
    classes = np.array([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75], [0.0, 0.0, 1.0]])
    assert uncertainty(classes).tolist() == [1.0, 0.5, 0.0]
    assert uncertainty(np.array([0.5, 0.5])).tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="not finite"):
        uncertainty(np.array([np.nan]))


def test_the_first_pick_is_the_most_uncertain_and_the_next_is_far_from_it() -> None:
    scores = np.array([0.5, 0.49, 0.45, 0.0])
    features = np.array([[0.0], [0.1], [5.0], [9.0]])
    assert pick_next(scores, features, 2).tolist() == [0, 2]
    assert pick_next(scores, features, 1, labelled=[0]).tolist() == [2]


def test_ties_are_broken_by_id() -> None:
    scores, features = np.full(4, 0.5), np.zeros((4, 2))
    assert pick_next(scores, features, 4).tolist() == [0, 1, 2, 3]
    assert pick_next(scores, features, 4, [1], ids=["d", "c", "b", "a"]).tolist() == [3, 2, 0]


@given(st.integers(0, 12), st.sets(st.integers(0, 9)), st.integers(0, 5))
def test_picks_are_different_and_not_labelled(count: int, labelled: set[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    picked = pick_next(random.random(10), random.random((10, 3)), count, sorted(labelled)).tolist()
    assert len(set(picked)) == len(picked) == min(count, 10 - len(labelled))
    assert not labelled & set(picked)


@given(st.integers(0, 20))
def test_the_order_of_rows_is_of_no_account(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores, features = random.random(30), random.random((30, 2))
    ids, order = [f"{number:02}" for number in range(30)], random.permutation(30)
    one = [ids[row] for row in pick_next(scores, features, 6, ids=ids)]
    shuffled = [ids[row] for row in order]
    two = [shuffled[row] for row in pick_next(scores[order], features[order], 6, ids=shuffled)]
    assert one == two


def test_lengths_and_numbers_are_checked() -> None:
    with pytest.raises(ValueError, match="2 scores, 3 rows"):
        pick_next(np.zeros(2), np.zeros((3, 1)), 1)
    with pytest.raises(ValueError, match="not a table of finite"):
        pick_next(np.zeros(2), np.full((2, 1), np.inf), 1)
    assert pick_next(np.zeros(0), np.zeros((0, 2)), 3).tolist() == []


def _labels_needed(seed: int, active: bool) -> int:
    """Return how many labels it takes to get .95 of the texts about the border right, 150 at most."""
    random = np.random.default_rng(seed)
    # Most texts are far from the border, as most pages of a crawl are plainly good or plainly bad.
    far = [random.normal(centre, 1, size=(270, 2)) for centre in ((-4, 0), (4, 0))]
    near = random.uniform((-1.5, -3), (1.5, 3), size=(130, 2))
    pool, judged = np.vstack([*far, near[:30]]), near[30:]
    truth, answers = (points[:, 0] + 0.4 * points[:, 1] > 0 for points in (pool, judged))
    labelled = [int(truth.argmax()), int(truth.argmin())]
    by_chance = random.permutation(len(pool)).tolist()
    while len(labelled) < 150:
        model = LogisticRegression(C=100.0).fit(pool[labelled], truth[labelled])
        if model.score(judged, answers) >= 0.95:
            break
        if active:
            labelled += pick_next(model.predict_proba(pool)[:, 1], pool, 3, labelled).tolist()
        else:
            labelled += [by_chance.pop() for _ in range(3)]
    return len(labelled)


def test_fewer_labels_than_chance_takes() -> None:
    with threadpool_limits(1):  # quicker at this size
        needed = np.array([[_labels_needed(seed, active) for active in (True, False)] for seed in range(3)])
    active, chance = needed.mean(axis=0)
    assert active < 0.7 * chance
