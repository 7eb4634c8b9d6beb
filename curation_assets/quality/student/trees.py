"""Regression trees as arrays: gradient boosting is trained by scikit-learn and evaluated here.

Training takes scikit-learn's HistGradientBoostingRegressor, whose trees are copied into arrays; what these
predict equals its ``predict`` to the bit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.models import ModelError

TREES = 300
RATE = 0.04
LEAVES = 15
SMALLEST_LEAF = 15
PENALTY = 5.0
SHARE_OF_FEATURES = 0.5
"""Of which each split takes the best: what single texts have in particular counts less."""
LEAF = -1
DIMENSIONS = {
    "features": 1,
    "thresholds": 1,
    "lefts": 1,
    "rights": 1,
    "values": 1,
    "roots": 1,
    "baseline": 1,
}
"""Arrays of a forest and their numbers of dimensions."""


@dataclass(frozen=True)
class Forest:
    """Trees one behind the other; each node lies before its children.

    Attributes:
        features: int32 [nodes], the column that a node looks at, or LEAF.
        thresholds: float64 [nodes]; a value of at most that goes left.
        lefts, rights: int32 [nodes], the children's numbers; 0 of leaves.
        values: float64 [nodes], what a leaf adds.
        roots: int32 [trees].
        baseline: float64 [1], where the sum starts.
    """

    features: NDArray[np.int32]
    thresholds: NDArray[np.float64]
    lefts: NDArray[np.int32]
    rights: NDArray[np.int32]
    values: NDArray[np.float64]
    roots: NDArray[np.int32]
    baseline: NDArray[np.float64]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        return {name: getattr(self, name) for name in DIMENSIONS}

    def predict(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return float64 [n] for features [n, d] that are finite."""
        from curation_assets.quality.student.trees_kernel import sum_leaves

        predictions = np.full(len(columns), self.baseline[0])
        sum_leaves(
            np.ascontiguousarray(columns), self.features, self.thresholds, self.lefts, self.rights,
            self.values, self.roots, predictions,
        )  # fmt: skip
        return predictions

    def check(self, width: int) -> None:
        """Raise ModelError unless every walk through the trees ends, in features [n, width]."""
        nodes = np.arange(len(self.features))
        sizes = {len(array) for name, array in self.arrays().items() if name not in ("roots", "baseline")}
        inner = self.features != LEAF
        ends = np.searchsorted(np.sort(self.roots), nodes, side="right")
        limits = np.append(np.sort(self.roots), len(nodes))[ends] if len(nodes) else nodes
        sound = len(sizes) == 1 and len(self.baseline) == 1 and len(nodes) > 0
        if sound:
            children = np.stack([self.lefts, self.rights])[:, inner]
            own, last = nodes[inner], limits[inner]
            sound = bool(
                ((children > own) & (children < last)).all()
                and ((self.features >= LEAF) & (self.features < width)).all()
                and ((self.roots >= 0) & (self.roots < len(nodes))).all()
            )
        if not sound:
            raise ModelError("trees that point out of their arrays")


def train_forest(
    columns: NDArray[np.float64], targets: NDArray[np.float64], *, trees: int = TREES, seed: int = 0
) -> Forest:
    """Boost trees on features [n, d] and targets [n]; the same rows in order give the same forest."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingRegressor(
        max_iter=trees,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=SMALLEST_LEAF,
        l2_regularization=PENALTY,
        max_features=SHARE_OF_FEATURES,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):  # sums are always split the same way
        model.fit(columns, targets)
    return export(model)


def export(model: Any) -> Forest:
    """Copy the trees of a fitted HistGradientBoostingRegressor.

    Raises:
        ValueError: it has categorical features, which are not evaluated here.
    """
    tables = [iteration[0].nodes for iteration in model._predictors]
    nodes = np.concatenate(tables)
    if nodes["is_categorical"].any():
        raise ValueError("trees with categorical features are not evaluated here")
    sizes = [len(table) for table in tables]
    roots = np.cumsum([0, *sizes[:-1]], dtype=np.int32)
    shift, leaf = np.repeat(roots, sizes), nodes["is_leaf"].astype(bool)
    return Forest(
        features=np.where(leaf, LEAF, nodes["feature_idx"]).astype(np.int32),
        thresholds=np.where(leaf, 0.0, nodes["num_threshold"]),
        lefts=np.where(leaf, 0, nodes["left"] + shift).astype(np.int32),
        rights=np.where(leaf, 0, nodes["right"] + shift).astype(np.int32),
        values=np.where(leaf, nodes["value"], 0.0),
        roots=roots,
        baseline=np.array(model._baseline_prediction, dtype=np.float64).reshape(1),
    )
