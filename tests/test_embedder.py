"""Vectors agree with sentence-transformers, have unit norm, and depend on nothing but the text."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from curation_assets.embeddings.config import EmbeddingsConfig
from curation_assets.text.embedder import load_embedder
from resources.models import ModelError

TEXTS = [
    "the river is in the north",
    "",
    "yes and no",
    "a b c " * 400,
    "to be or to have",
    "\n\t",
    "a lone \ud800 surrogate",
]


def config(folder: Path, dtype: str = "float32", maximum_tokens: int = 256) -> EmbeddingsConfig:
    return EmbeddingsConfig.model_validate(
        {"model": str(folder), "dtype": dtype, "maximum_tokens": maximum_tokens}
    )


@pytest.fixture
def folder(tiny_models: dict[str, Path]) -> Path:
    return tiny_models["embedding"]


def test_vectors_are_those_of_sentence_transformers(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    texts = [text for text in TEXTS if text.strip() and "\ud800" not in text]  # which it does not take
    expected = SentenceTransformer(str(folder), device="cpu").encode(texts, normalize_embeddings=True)
    found = load_embedder(config(folder)).embed(texts)
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    assert ((found * expected).sum(axis=1) > 0.999).all()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_order_and_neighbours_do_not_change_a_bit(folder: Path, dtype: str) -> None:
    embedder = load_embedder(config(folder, dtype))
    together = embedder.embed(TEXTS)
    assert together.tobytes() == embedder.embed(TEXTS[::-1])[::-1].tobytes()
    alone = np.concatenate([load_embedder(config(folder, dtype)).embed([text]) for text in TEXTS])
    assert together.tobytes() == alone.tobytes()


def test_every_vector_is_finite_and_of_unit_norm(folder: Path) -> None:
    vectors = load_embedder(config(folder)).embed(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("vector", [np.zeros(16), np.full(16, np.nan), np.full(16, np.inf)])
def test_a_text_without_a_vector_gets_a_valid_one(
    folder: Path, vector: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = load_embedder(config(folder))
    monkeypatch.setattr(embedder, "_vector", lambda _text: vector)
    assert embedder.embed(["x"]).tolist() == [[1.0] + [0.0] * 15]


def test_no_texts_give_no_rows(folder: Path) -> None:
    embedder = load_embedder(config(folder))
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_only_the_beginning_of_a_document_is_read(folder: Path) -> None:
    embedder = load_embedder(config(folder, maximum_tokens=8))
    one, two, three = embedder.embed(["the " * 50, "the " * 50 + "yes", "yes"])
    assert one.tolist() == two.tolist()
    assert one.tolist() != three.tolist()


def test_fingerprint_changes_with_every_ingredient(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    pooling = next(other.glob("*Pooling/config.json"))
    pooling.write_text(pooling.read_text(encoding="utf-8") + " ", encoding="utf-8")
    configs = [config(folder), config(other), config(folder, "bfloat16"), config(folder, maximum_tokens=32)]
    fingerprints = [load_embedder(one).fingerprint for one in configs]
    assert len(set(fingerprints)) == len(configs)
    assert load_embedder(config(folder)).fingerprint == fingerprints[0]


def test_progress_counts_every_document(folder: Path) -> None:
    steps: list[int] = []
    load_embedder(config(folder)).embed(TEXTS, steps.append)
    assert sum(steps) == len(TEXTS)


def test_a_model_with_code_of_its_own_is_refused(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    modules = json.loads((other / "modules.json").read_text(encoding="utf-8"))
    modules[0]["type"] = "custom.Evil"
    (other / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (other / "custom.py").write_text("raise SystemExit('code of the model was run')", encoding="utf-8")
    with pytest.raises(ModelError, match=r"code of its own \(custom\.Evil\)"):
        load_embedder(config(other))


@pytest.mark.models
def test_packaged_model_agrees_with_its_own_library() -> None:
    from sentence_transformers import SentenceTransformer

    from resources.models import packaged_embedding_model

    texts = ["A cat sat on the mat.", "Ein Hund lief über die Straße.", "", "The mat was sat on by a cat."]
    expected = SentenceTransformer(str(packaged_embedding_model()), device="cpu").encode(
        texts, normalize_embeddings=True
    )
    exact = load_embedder(EmbeddingsConfig(dtype="float32")).embed(texts)
    default = load_embedder(EmbeddingsConfig())
    found = default.embed(texts)
    assert default.dimensions == 384
    assert ((exact * expected).sum(axis=1) > 0.9999).all()
    assert ((found * expected).sum(axis=1) > 0.999).all()
    assert found.tobytes() == default.embed(texts[::-1])[::-1].tobytes()
    assert found[0] @ found[3] > 0.8 > found[0] @ found[1]
