"""GPT-3's classifier: Spark's features, scikit-learn's regression, and a score that only the text decides."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_classifiers import spark_buckets, spark_terms
from sklearn.linear_model import LogisticRegression

from curation_assets.quality.classifiers.hashed import (
    HashedClassifier,
    load_hashed,
    term_counts,
    train_hashed,
)
from resources.models import ModelError

BUCKETS = 512
GOOD = [f"The river {name} rises in the hills and flows to the sea." for name in "abcdefghijkl"]
BAD = [f"BUY {name} now!!! best price {name} click here" for name in "mnopqrstuvwxyz"]


@pytest.fixture(scope="module")
def classifier() -> HashedClassifier:
    return train_hashed(GOOD, BAD, buckets=BUCKETS)


def row(text: str, buckets: int, *, empty_terms: bool = False) -> dict[int, float]:
    counts = term_counts([text], buckets, empty_terms=empty_terms)
    return dict(zip(counts.indices.tolist(), counts.data.tolist(), strict=True))


def test_buckets_are_those_of_sparks_own_tests() -> None:
    # apache/spark, HashingTFSuite "indexOf method": a, b, c and d among 100; the documentation of pyspark's
    # HashingTF: the row of a, b and c among 10.
    assert [next(iter(row(term, 100))) for term in "abcd"] == [67, 65, 68, 90]
    assert row("a b c", 10) == {5: 1.0, 7: 1.0, 8: 1.0}


def test_terms_are_those_of_javas_split() -> None:
    assert spark_terms("a  b\n") == ["a", "", "b"]
    assert row("a  b\n", 100, empty_terms=True) == row("\tA B", 100, empty_terms=True)
    assert row("", 100, empty_terms=True) != {}
    assert row(" \n", 100, empty_terms=True) == {}


def test_layout_counts_only_if_it_is_asked_for(tmp_path: Path) -> None:
    assert row("a\n\n  b ", 100) == row("a b", 100)
    assert row("", 100) == {}
    wide = [text.replace(" ", "  ") for text in BAD]
    models = [train_hashed(GOOD, wide, buckets=BUCKETS, empty_terms=kept) for kept in (False, True)]
    assert models[0].fingerprint != models[1].fingerprint
    texts = ["the  river", "the river"]
    models[1].save(tmp_path / "spark")
    assert len(set(models[0].score(texts).tolist())) == 1
    assert len(set(load_hashed(tmp_path / "spark").score(texts).tolist())) == 2


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.sampled_from([1, 7, 100, 1 << 18]), st.booleans())
@example("\ud800 a\0b \u0130 \u03a3\u03a3", 100, True)
@example("x" * 5_000 + "\u2003y", 100, False)
def test_counts_are_those_of_the_slow_reference(text: str, buckets: int, empty: bool) -> None:
    assert row(text, buckets, empty_terms=empty) == spark_buckets(text, buckets, empty_terms=empty)


def test_probabilities_are_those_of_scikit_learn_on_the_same_features(classifier: HashedClassifier) -> None:
    texts = [*GOOD, *BAD]
    features = np.zeros((len(texts), BUCKETS))
    for index, text in enumerate(texts):
        for bucket, count in spark_buckets(text, BUCKETS).items():
            features[index, bucket] = count
    labels = [1] * len(GOOD) + [0] * len(BAD)
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=2000, tol=1e-8).fit(features, labels)
    np.testing.assert_allclose(classifier.score(texts), model.predict_proba(features)[:, 1], atol=2e-4)


def test_margins_tell_apart_what_probabilities_do_not(classifier: HashedClassifier) -> None:
    texts = [GOOD[0] * times for times in (20, 40)]
    assert classifier.score(texts).tolist() == [1.0, 1.0]
    short, long = classifier.margins(texts)
    assert long > short > 30


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(), max_size=6))
@example(["\ud800", "", "\0", "a" * 100_000])
def test_a_score_depends_on_its_text_alone(classifier: HashedClassifier, texts: list[str]) -> None:
    together = classifier.score(texts)
    assert together.dtype == np.float64
    assert together.tolist() == [classifier.score([text])[0] for text in texts]
    assert ((together >= 0) & (together <= 1)).all()


def test_order_of_batches_changes_nothing(
    classifier: HashedClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*GOOD, *BAD]
    before = classifier.score(texts), term_counts(texts, BUCKETS).toarray()
    monkeypatch.setattr("curation_assets.quality.classifiers.text_bytes._BATCH_BYTES", 100)
    assert classifier.score(texts).tolist() == before[0].tolist()
    assert (term_counts(texts, BUCKETS).toarray() == before[1]).all()


def test_the_same_texts_give_the_same_file(tmp_path: Path, classifier: HashedClassifier) -> None:
    for name in ("one", "two"):
        train_hashed(iter(GOOD), iter(BAD), buckets=BUCKETS).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    read = load_hashed(tmp_path / "one")
    assert read.fingerprint == classifier.fingerprint
    assert read.record["positive"]["texts"] == len(GOOD)
    assert read.score(GOOD).tolist() == classifier.score(GOOD).tolist()
    assert train_hashed(GOOD[1:], BAD, buckets=BUCKETS).fingerprint != classifier.fingerprint


def test_one_kind_of_text_is_refused() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        train_hashed(GOOD, [])


def test_other_files_are_refused_by_name(tmp_path: Path, classifier: HashedClassifier) -> None:
    with pytest.raises(ModelError, match=r"none\.safetensors: No such file"):
        load_hashed(tmp_path / "none.safetensors")
    (tmp_path / "damaged").write_bytes(b"\x10" * 40)
    with pytest.raises(ModelError, match="damaged: not a classifier's file"):
        load_hashed(tmp_path / "damaged")
    broken = HashedClassifier(np.full(4, np.nan, np.float32), 0.0)
    broken.save(tmp_path / "broken")
    with pytest.raises(ModelError, match="broken: a number that is not finite"):
        load_hashed(tmp_path / "broken")
