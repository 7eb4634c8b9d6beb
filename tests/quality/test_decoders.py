"""Every backend gives the features of the model itself, whatever passes beside a document."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation_assets.quality.ask_llm.config import AskLlmConfig
from curation_assets.quality.ask_llm.hidden_states import MeanHiddenStates
from curation_assets.quality.ask_llm.scorer import Scorer, load_scorer
from curation_assets.quality.decoders.decoder import Backend, Pooling
from curation_assets.quality.decoders.loading import load_decoder
from curation_assets.quality.decoders.torch_decoder import TorchDecoder, length_buckets
from resources.models import CACHE_VARIABLE, ModelError

DOCUMENTS = [[3, 4, 5], [], list(range(2, 16)) * 9, [7], [4, 4, 4, 4]]
TOLERANCE = 1e-5
"""Relative, of float32 features on another backend or in a batch."""


def plain(folder: Path, ids: list[int], layer: int | None, pooling: Pooling) -> np.ndarray:
    """The same from the whole model, as transformers returns it."""
    import torch
    from transformers import AutoModel

    with torch.inference_mode():
        output = AutoModel.from_pretrained(folder).eval()(
            input_ids=torch.tensor([ids]), output_hidden_states=True
        )
    states = output.last_hidden_state if layer is None else output.hidden_states[layer]
    return (states[0].mean(dim=0) if pooling == "mean" else states[0, -1]).numpy()


@pytest.fixture(scope="module")
def conversions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A model cache for all tests here: a conversion takes seconds."""
    pytest.importorskip("openvino")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("models")))
        yield


@pytest.mark.parametrize("pooling", ["mean", "last"])
@pytest.mark.parametrize("layer", [2, None])
@pytest.mark.parametrize("how", ["alone", "together", "openvino"])
def test_features_are_those_of_the_model(
    llama: Path, request: pytest.FixtureRequest, how: str, layer: int | None, pooling: Pooling
) -> None:
    if how == "openvino":
        request.getfixturevalue("conversions")
        features = load_decoder(llama, layer, pooling, "float32", "openvino").features(DOCUMENTS)
    else:
        batch = None if how == "alone" else 300
        features = TorchDecoder(llama, layer, pooling, "float32", batch_tokens=batch).features(DOCUMENTS)
    assert features.shape == (len(DOCUMENTS), 32)
    assert np.isnan(features[1]).all()
    for ids, row in zip(DOCUMENTS, features, strict=True):
        if ids:
            np.testing.assert_allclose(row, plain(llama, ids, layer, pooling), rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("backend", ["torch", "openvino"])
@pytest.mark.usefixtures("conversions")
def test_alone_a_document_has_the_same_bits_in_any_company(llama: Path, backend: Backend) -> None:
    decoder = load_decoder(llama, 2, "mean", "bfloat16", backend)
    features = decoder.features(DOCUMENTS)
    again = load_decoder(llama, 2, "mean", "bfloat16", backend).features(DOCUMENTS[::-1])
    np.testing.assert_array_equal(features, again[::-1])


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(1, 90))
def test_batches_hold_every_document_once_and_no_more_tokens_than_allowed(
    lengths: list[int], batch_tokens: int
) -> None:
    batches = list(length_buckets(lengths, batch_tokens))
    assert sorted(at for batch in batches for at in batch) == [at for at, n in enumerate(lengths) if n]
    for batch in batches:
        longest = max(lengths[at] for at in batch)
        assert len(batch) == 1 or longest * len(batch) <= batch_tokens
    spans = [(min(lengths[at] for at in batch), max(lengths[at] for at in batch)) for batch in batches]
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


def test_a_missing_backend_is_named(llama: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ModelError, match="backend: cuda needs a GPU"):
        load_decoder(llama, 1, "mean", "float32", "cuda")


def test_the_layers_above_are_not_loaded(llama: Path) -> None:
    assert len(TorchDecoder(llama, 1, "mean", "float32")._model.layers) == 1


def test_a_layer_that_is_not_there_is_refused(llama: Path) -> None:
    with pytest.raises(ModelError, match=r"layer 9: model .* has"):
        MeanHiddenStates(llama, 9, "float32", 16)


@pytest.mark.usefixtures("conversions")
@pytest.mark.parametrize("readout", ["verbalizer", "fewshot"])
def test_the_papers_score_is_the_same_on_another_backend(chat_llama: Path, readout: str) -> None:
    texts = ["The river flows into the sea.", "", "yes " * 40]
    settings = {"model": str(chat_llama), "readout": readout, "dtype": "float32", "shot_count": 1}
    plain = load_scorer(AskLlmConfig.model_validate(settings))
    other = load_scorer(AskLlmConfig.model_validate(settings | {"backend": "openvino"}))
    assert isinstance(plain, Scorer)
    assert isinstance(other, Scorer)
    np.testing.assert_allclose(other.score(texts), plain.score(texts), rtol=1e-4)
    assert plain.fingerprint != other.fingerprint


def test_an_encoder_decoder_is_refused_on_another_backend(t5: Path) -> None:
    config = AskLlmConfig(model=str(t5), readout="verbalizer", backend="openvino", dtype="float32")
    with pytest.raises(ModelError, match="openvino runs decoder-only models"):
        load_scorer(config).of(None).score(["a"])
