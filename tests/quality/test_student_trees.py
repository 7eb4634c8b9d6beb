"""Trees: parity with scikit-learn to the bit, and files that point out of their arrays."""

import dataclasses

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from curation_assets.quality.student.trees import LEAF, Forest, export, train_forest
from resources.models import ModelError

RANDOM = np.random.default_rng(3)
COLUMNS = np.hstack([RANDOM.normal(size=(600, 5)), RANDOM.integers(0, 4, size=(600, 2)).astype(float)])
TARGETS = COLUMNS[:, 0] * COLUMNS[:, 5] + np.sin(COLUMNS[:, 1] * 3) + 0.1 * RANDOM.normal(size=600)


@pytest.mark.parametrize("leaves", [2, 31, None])
def test_predictions_are_those_of_scikit_learn(leaves: int | None) -> None:
    model = HistGradientBoostingRegressor(max_iter=20, max_leaf_nodes=leaves, min_samples_leaf=3)
    with threadpool_limits(1):  # quicker at this size
        model.fit(COLUMNS, TARGETS)
    others = np.vstack([COLUMNS, RANDOM.normal(size=(300, 7)) * 4, np.full((1, 7), 1e300), np.zeros((1, 7))])
    forest = export(model)
    forest.check(7)
    assert forest.predict(others).tolist() == model.predict(others).tolist()


def test_values_at_a_threshold_go_the_same_way() -> None:
    model = HistGradientBoostingRegressor(max_iter=10).fit(COLUMNS, TARGETS)
    forest = export(model)
    rows = np.repeat(COLUMNS[:1], len(forest.features), axis=0)
    inner = forest.features != LEAF
    rows[np.flatnonzero(inner), forest.features[inner]] = forest.thresholds[inner]
    assert forest.predict(rows).tolist() == model.predict(rows).tolist()


def test_constant_targets_make_trees_of_one_leaf() -> None:
    forest = train_forest(COLUMNS, np.full(600, 0.25), trees=3)
    forest.check(7)
    assert forest.predict(COLUMNS[:2]).tolist() == [0.25, 0.25]


def test_training_is_repeatable() -> None:
    one, two = (train_forest(COLUMNS, TARGETS, trees=20) for _ in range(2))
    assert one.predict(COLUMNS).tolist() == two.predict(COLUMNS).tolist()
    assert one.thresholds.tolist() == two.thresholds.tolist()


def test_categorical_features_are_refused() -> None:
    model = HistGradientBoostingRegressor(max_iter=2, categorical_features=[5]).fit(COLUMNS, COLUMNS[:, 5])
    with pytest.raises(ValueError, match="categorical"):
        export(model)


def _changed(forest: Forest, name: str, place: int, value: int) -> Forest:
    array = getattr(forest, name).copy()
    array[place] = value
    return dataclasses.replace(forest, **{name: array})


def test_walks_that_do_not_end_are_refused() -> None:
    forest = train_forest(COLUMNS, TARGETS, trees=5)
    forest.check(7)
    broken = [
        _changed(forest, "lefts", 0, 0),
        _changed(forest, "rights", 0, len(forest.features)),
        _changed(forest, "rights", 0, -1),
        _changed(forest, "lefts", 0, forest.roots[1]),
        _changed(forest, "features", 0, 7),
        _changed(forest, "features", 0, -2),
        _changed(forest, "roots", 0, len(forest.features)),
        dataclasses.replace(forest, values=forest.values[1:]),
        dataclasses.replace(forest, **{n: a[:0] for n, a in forest.arrays().items()}),
    ]
    for one in broken:
        with pytest.raises(ModelError, match="point out"):
            one.check(7)
    with pytest.raises(ModelError, match="point out"):
        forest.check(5)
