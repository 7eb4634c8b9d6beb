"""fastText's classifier: the same probabilities as fastText itself, and a trainer that learns."""

import struct
from pathlib import Path

import fasttext
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_classifiers import FastTextFile

from curation_assets.quality.classifiers.fasttext import FastTextClassifier, load_fasttext
from curation_assets.quality.classifiers.fasttext_training import Training, train_fasttext
from resources.models import ModelError

WORDS = [b"</s>", b"the", b"sea", b"buy", "m\u00e9lange".encode(), "\u4e2d\u6587".encode()]
LABELS = [b"__label__hq", b"__label__cc", b"__label__other"]
MODELS = {
    "words": FastTextFile(WORDS, LABELS, word_ngrams=1, buckets=0),
    "bigrams": FastTextFile(WORDS, LABELS[:2]),
    "runs of four": FastTextFile(WORDS, LABELS, word_ngrams=4),
    "characters": FastTextFile(WORDS, LABELS, shortest=1, longest=4),
    "quantised": FastTextFile(WORDS, LABELS, quantised=True),
    "pruned": FastTextFile(WORDS, LABELS, shortest=2, longest=3, quantised=True, kept=[*range(0, 50, 3)]),
    "all pruned": FastTextFile(WORDS, LABELS, quantised=True, kept=[]),
    "no end of line": FastTextFile(WORDS[1:], LABELS),
    "version 11": FastTextFile(WORDS, LABELS, shortest=2, longest=4, version=11),
}
TEXTS = [
    "the sea",
    "buy the unknown sea buy buy",
    "  m\u00e9lange\t\u4e2d\u6587 \u4e2d\u6587\x0b\x0cthe m\u00e9lange\u00e9",
    "one two three four five six the seven",
    "",
    "\u3042" * 300,
    "word " * 3000,
]
GOOD = [f"The river {name} rises in the hills and flows slowly to the sea." for name in "abcdefghijkl"]
BAD = [f"BUY {name} now!!! best price {name} click here" for name in "mnopqrstuvwxyz"]
HOW = Training(epochs=20, rate=0.5, dimensions=8, buckets=1000)


@pytest.fixture(scope="module")
def trained() -> FastTextClassifier:
    return train_fasttext(GOOD, BAD, HOW)


def written(folder: Path, file: FastTextFile, name: str = "model.bin") -> Path:
    path = folder / name
    path.write_bytes(file.write())
    return path


@pytest.mark.parametrize("name", MODELS)
def test_probabilities_are_those_of_fasttext(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, MODELS[name])
    model = load_fasttext(path, "hq")
    theirs = fasttext.load_model(str(path))
    found = model.probabilities(TEXTS)
    compared = 0
    for text, row in zip(TEXTS, found, strict=True):
        labels, probabilities = theirs.predict(text, k=-1)
        for label, probability in zip(labels, probabilities, strict=True):
            # fastText adds 1e-5 to what it reports, and its sums are in float32.
            ours = row[model.labels.index(label.removeprefix("__label__"))]
            assert ours == pytest.approx(probability, abs=2e-5 if len(text) < 100 else 1e-4)
            compared += 1
    assert compared >= len(model.labels) * (len(TEXTS) - 2)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=("Cs",)), max_size=80))
def test_any_text_has_the_probability_that_fasttext_gives(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    if not path.exists():
        path.write_bytes(MODELS["characters"].write())
    labels, probabilities = fasttext.load_model(str(path)).predict(text, k=-1)
    expected = dict(zip(labels, probabilities, strict=True))["__label__hq"]
    assert load_fasttext(path, "hq").score([text])[0] == pytest.approx(expected, abs=2e-5)


def test_a_text_cannot_hide_its_end(tmp_path: Path) -> None:
    model = load_fasttext(written(tmp_path, MODELS["bigrams"]), "hq")
    scores = model.score(["the sea", "the sea </s> buy buy", "the sea\nbuy buy", "the sea buy buy"])
    assert len(set(scores[:3].tolist())) == 3
    assert scores[2] == scores[3]


def test_the_fingerprint_is_that_of_file_and_label(tmp_path: Path) -> None:
    first = written(tmp_path, MODELS["bigrams"])
    other = written(tmp_path, FastTextFile(WORDS, LABELS[:2], seed=2), "other.bin")
    found = {load_fasttext(*pair).fingerprint for pair in ((first, "hq"), (first, "cc"), (other, "hq"))}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (FastTextFile(WORDS, LABELS, loss=1), "loss is hierarchical softmax, not softmax"),
        (FastTextFile(WORDS, LABELS, loss=4), "loss is one-vs-all"),
        (FastTextFile(WORDS, LABELS, kind=2), "not supervised"),
        (FastTextFile(WORDS, LABELS, version=13), "version 13"),
        (FastTextFile(WORDS, LABELS, kept=[1, 1]), "two n-grams in one bucket"),
        (FastTextFile(WORDS, LABELS, kept=[50]), "an n-gram out of range"),
    ],
)
def test_a_model_of_another_kind_is_refused_by_name(
    tmp_path: Path, changed: FastTextFile, message: str
) -> None:
    with pytest.raises(ModelError, match=rf"model\.bin: .*{message}"):
        load_fasttext(written(tmp_path, changed), "hq")


def test_a_label_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="label 'good': the model has 'hq', 'cc'"):
        load_fasttext(written(tmp_path, MODELS["bigrams"]), "good")
    with pytest.raises(ModelError, match="No such file"):
        load_fasttext(tmp_path / "none.bin", "hq")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(MODELS)), st.data())
def test_a_damaged_model_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.bin"
    good = MODELS[name].write()
    at = data.draw(st.integers(0, 400) | st.integers(0, len(good) - 1))
    if data.draw(st.booleans()):
        damaged = good[:at]
    else:
        damaged = good[:at] + struct.pack("B", data.draw(st.integers(0, 255))) + good[at + 1 :]
    path.write_bytes(damaged)
    try:
        model = load_fasttext(path, "hq")
    except ModelError:
        return
    assert np.isfinite(model.score(TEXTS)).all()


def test_training_tells_the_two_kinds_apart(trained: FastTextClassifier) -> None:
    unseen = ["A river flows to the sea.", "click here now best price"]
    scores = trained.score(unseen)
    assert scores[0] > 0.8 > 0.2 > scores[1]
    losses = trained.record["loss_of_epochs"]
    assert losses[0] == pytest.approx(np.log(2), abs=0.05)
    assert losses[-1] < 0.1


def test_one_step_of_training_is_what_a_calculation_by_hand_gives() -> None:
    # The outputs start at 0: both labels have 1/2, and the first text moves the outputs by half its mean.
    how = Training(dimensions=3, epochs=1, rate=0.2, word_ngrams=1, buckets=0, seed=4)
    model = train_fasttext(["a"], ["a"], how)
    random = np.random.default_rng(4)
    vectors = ((random.random((2, 3), dtype=np.float32) - 0.5) * 2 / 3).astype(np.float64)
    outputs = np.zeros((2, 3))
    for step, label in enumerate(random.permutation(2)):
        hidden = vectors.mean(axis=0)
        errors = (
            0.2
            * (1 - step / 2)
            * (np.eye(2)[label] - np.exp(outputs @ hidden) / np.exp(outputs @ hidden).sum())
        )
        gradient = errors @ outputs
        outputs += np.outer(errors, hidden)
        vectors += gradient / 2
    np.testing.assert_allclose(model.logits, vectors @ outputs.T, rtol=1e-4, atol=1e-8)


def test_the_same_texts_give_the_same_file(tmp_path: Path, trained: FastTextClassifier) -> None:
    trained.save(tmp_path / "one")
    train_fasttext(GOOD, BAD, HOW).save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    read = load_fasttext(tmp_path / "one", "positive")
    assert read.fingerprint == trained.fingerprint
    assert read.record == trained.record
    assert read.score(GOOD).tolist() == trained.score(GOOD).tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(), max_size=6))
def test_a_score_depends_on_its_text_alone(trained: FastTextClassifier, texts: list[str]) -> None:
    together = trained.score(["\ud800 \0", *texts])
    assert np.isfinite(together).all()
    assert together[1:].tolist() == [trained.score([text])[0] for text in texts]


def test_texts_of_one_kind_teach_nothing() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        train_fasttext([], BAD)
