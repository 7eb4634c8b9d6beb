"""Grades of embeddings: ridge regression, clipped, and bound to the model of the vectors."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from curation_assets.quality.classifiers.embedding import (
    EmbeddingScorer,
    load_regression,
    train_regression,
)
from resources.models import ModelError

RANDOM = np.random.default_rng(5)
VECTORS = RANDOM.normal(size=(200, 8)).astype(np.float32)
GRADES = np.clip(np.round(2.5 + VECTORS @ np.arange(8) / 4), 0, 5)


def test_grades_are_those_of_scikit_learn() -> None:
    ours = train_regression(VECTORS, GRADES, "minilm", penalty=2.0)
    theirs = Ridge(alpha=2.0).fit(VECTORS.astype(np.float64), GRADES)
    expected = np.clip(theirs.predict(VECTORS.astype(np.float64)), 0, 5)
    np.testing.assert_allclose(ours.score(VECTORS, "minilm"), expected, atol=1e-9)
    assert expected.min() == 0
    assert expected.max() == 5


def test_a_grade_depends_on_its_vector_alone() -> None:
    model = train_regression(VECTORS, GRADES, "minilm")
    together = model.score(VECTORS, "minilm")
    assert together.tolist() == [model.score(row[None], "minilm")[0] for row in VECTORS]


def test_vectors_that_are_not_finite_have_the_lowest_grade() -> None:
    model = train_regression(VECTORS, GRADES, "minilm")
    assert model.score(np.full((2, 8), [[np.nan], [np.inf]]), "minilm").tolist() == [0.0, 0.0]


def test_vectors_of_another_model_are_refused() -> None:
    model = train_regression(VECTORS, GRADES, "minilm")
    with pytest.raises(ModelError, match=r"embedding model minilm, but these are of other: train it anew"):
        model.score(VECTORS, "other")
    with pytest.raises(ModelError, match="trained on 8"):
        model.score(VECTORS[:, :4], "minilm")


def test_texts_are_scored_by_the_vectors_of_the_model_that_it_was_trained_with() -> None:
    model = train_regression(VECTORS, GRADES, "minilm")
    scorer = EmbeddingScorer(model, lambda texts: VECTORS[[int(text) for text in texts]], "minilm")
    assert scorer.score(["3", "5"]).tolist() == model.score(VECTORS[[3, 5]], "minilm").tolist()
    assert scorer.score([]).shape == (0,)
    with pytest.raises(ModelError, match="train it anew"):
        EmbeddingScorer(model, lambda _: VECTORS, "other")


def test_the_same_vectors_give_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        train_regression(VECTORS, GRADES, "minilm").save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    model, read = train_regression(VECTORS, GRADES, "minilm"), load_regression(tmp_path / "one")
    assert read.fingerprint == model.fingerprint
    assert read.fingerprint != train_regression(VECTORS, GRADES, "other").fingerprint
    assert read.score(VECTORS, "minilm").tolist() == model.score(VECTORS, "minilm").tolist()


@pytest.mark.parametrize("grade", [-1.0, 6.0, np.nan])
def test_grades_out_of_range_are_refused(grade: float) -> None:
    with pytest.raises(ValueError, match=r"between 0\.0 and 5\.0"):
        train_regression(VECTORS[:1], np.array([grade]), "minilm")
