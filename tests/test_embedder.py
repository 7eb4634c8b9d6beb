"""Vectors agree with sentence-transformers, have unit norm, and depend on nothing but the text."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.embeddings.config import EmbeddingsConfig
from curation_assets.text.embedder import load_embedder
from curation_assets.text.windows import windows
from resources.models import CACHE_VARIABLE, ModelError

TEXTS = [
    "the river is in the north",
    "",
    "yes and no",
    "a b c " * 400,
    "to be or to have",
    "\n\t",
    "a lone \ud800 surrogate",
]


def config(folder: Path, dtype: str = "float32", maximum_tokens: int = 256, **more: Any) -> EmbeddingsConfig:
    return EmbeddingsConfig.model_validate(
        {"model": str(folder), "dtype": dtype, "maximum_tokens": maximum_tokens, **more}
    )


@pytest.fixture
def folder(tiny_models: dict[str, Path]) -> Path:
    return tiny_models["embedding"]


@pytest.fixture(scope="module")
def tokenizer(tiny_models: dict[str, Path]) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_models["embedding"])


@pytest.fixture(scope="module")
def sub_words() -> Any:
    """A tokenizer that takes words apart: one token a letter."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(WordPiece({"[UNK]": 0, "a": 1, "##a": 2}, unk_token="[UNK]"))
    inner.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="[UNK]")


@pytest.fixture(scope="module")
def conversions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A model cache for all tests here: a conversion takes seconds."""
    pytest.importorskip("openvino")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("models")))
        yield


def test_vectors_are_those_of_sentence_transformers(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    texts = [text for text in TEXTS if text.strip() and "\ud800" not in text]  # which it does not take
    expected = SentenceTransformer(str(folder), device="cpu").encode(texts, normalize_embeddings=True)
    found = load_embedder(config(folder)).embed(texts)
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    assert ((found * expected).sum(axis=1) > 0.999).all()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("backend", ["torch", "openvino"])
@pytest.mark.usefixtures("conversions")
def test_order_and_neighbours_do_not_change_a_bit(folder: Path, dtype: str, backend: str) -> None:
    chosen = config(folder, dtype, backend=backend, maximum_tokens=32, long_documents="chunk_mean")
    embedder = load_embedder(chosen)
    together = embedder.embed(TEXTS)
    assert together.tobytes() == embedder.embed(TEXTS[::-1])[::-1].tobytes()
    alone = np.concatenate([load_embedder(chosen).embed([text]) for text in TEXTS])
    assert together.tobytes() == alone.tobytes()


@pytest.mark.parametrize("long_documents", ["first", "chunk_mean"])
@pytest.mark.parametrize("backend", ["torch", "openvino"])
@pytest.mark.usefixtures("conversions")
def test_every_vector_is_finite_and_of_unit_norm(folder: Path, backend: str, long_documents: str) -> None:
    chosen = config(folder, backend=backend, long_documents=long_documents)
    vectors = load_embedder(chosen).embed([*TEXTS, "\0", "the\0" * 5000, "x" * 100_000])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize(("dtype", "least"), [("float32", 0.99999), ("bfloat16", 0.999)])
@pytest.mark.usefixtures("conversions")
def test_openvino_gives_the_vectors_of_torch(folder: Path, dtype: str, least: float) -> None:
    expected = load_embedder(config(folder)).embed(TEXTS)
    found = load_embedder(config(folder, dtype, backend="openvino")).embed(TEXTS)
    assert ((found * expected).sum(axis=1) > least).all()


def test_without_openvino_its_backend_stops_a_run_before_it_begins(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ModelError, match=r"embeddings\.backend: openvino is not installed; pip install"):
        load_embedder(config(folder, backend="openvino"))


def test_chunk_mean_is_the_mean_of_the_windows_unit_vectors_by_their_tokens(folder: Path) -> None:
    words = ["the", "river", "is", "in", "the", "north", "and", "to", "be", "or", "to", "have", "yes", "no"]
    first = load_embedder(config(folder, maximum_tokens=8))
    parts = [words[:8], words[8:]]
    windows = first.embed([" ".join(part) for part in parts]).astype(np.float64)
    mean = (windows * [[len(part)] for part in parts]).sum(axis=0)
    chunked = config(folder, maximum_tokens=8, long_documents="chunk_mean", maximum_chunks=2)
    found = load_embedder(chunked).embed([" ".join(words), " ".join([*words, *words]), " ".join(words[:8])])
    np.testing.assert_allclose(found[0], mean / np.linalg.norm(mean), atol=1e-6)
    assert found[1].tolist() != found[0].tolist()  # its second window is full
    assert found[2].tolist() == first.embed([" ".join(words)])[0].tolist()  # one window
    further = load_embedder(chunked).embed([" ".join(words + words[:2]) + " yes" * 9])
    assert further.tolist() == load_embedder(chunked).embed([" ".join(words + words[:2])]).tolist()


@given(
    words=st.lists(st.sampled_from(["the", "of", "river-bank", "a.b.c.d.e.f.g.h.i.j"]), max_size=40),
    size=st.integers(1, 12),
    most=st.integers(1, 6),
)
def test_windows_are_the_text_in_order(tokenizer: Any, words: list[str], size: int, most: int) -> None:
    text = " ".join(words)
    found = windows(tokenizer, text, size, most)
    every = windows(tokenizer, text, size, 1000)
    assert found == every[:most]
    assert all(window.tokens <= size for window in found)
    count = len(tokenizer(text, add_special_tokens=False)["input_ids"])
    assert sum(window.tokens for window in every) == count
    assert "".join("".join(window.text.split()) for window in every) == "".join(words)
    if count <= size:
        assert [window.text for window in every] == [text]


def test_a_window_ends_before_the_word_that_does_not_fit(sub_words: Any) -> None:
    found = windows(sub_words, "aa aaa aaaaaaa a", 4, 9)  # a token a letter
    assert [(window.text, window.tokens) for window in found] == [
        ("aa", 2),
        ("aaa", 3),
        ("aaaa", 4),
        ("aaa a", 4),
    ]


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
    configs.append(config(folder, backend="openvino"))
    configs += [config(folder, long_documents="chunk_mean", maximum_chunks=most) for most in (2, 3)]
    fingerprints = [load_embedder(one).fingerprint for one in configs]
    assert len(set(fingerprints)) == len(configs)
    same = [config(folder), config(folder, maximum_chunks=3), config(folder, storage="float16")]
    assert {load_embedder(one).fingerprint for one in same} == {fingerprints[0]}


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
@pytest.mark.usefixtures("conversions")
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
    converted = load_embedder(EmbeddingsConfig(backend="openvino")).embed(texts)
    assert ((converted * expected).sum(axis=1) > 0.999).all()
    assert found[0] @ found[3] > 0.8 > found[0] @ found[1]
