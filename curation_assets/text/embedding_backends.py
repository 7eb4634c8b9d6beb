"""What computes a vector of a sentence-transformers model: torch, or OpenVINO after a conversion."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.models import Dtype, ModelError, model_fingerprint
from resources.openvino_models import compiled, converted, traced

CONVERSION = "1"
"""Raised by hand when the same model is converted to another graph."""
_EXAMPLE_TOKENS, _OTHER_TOKENS = 16, 7
_LEAST_COSINE = 0.9999
_OF_TEXT = ("input_ids", "attention_mask", "token_type_ids")


def default_prompt(model: Any) -> str | None:
    """Return what a model wants put before every text, if anything."""
    return model.prompts.get(model.default_prompt_name) if model.default_prompt_name else None


class TorchPipeline:
    """The model itself, in its own dtype.

    Attributes:
        prompt: that is put before every text.
    """

    def __init__(self, model: Any) -> None:
        self._model, self.prompt = model, default_prompt(model)

    def vector(self, text: str) -> NDArray[np.float32]:
        """Return float32 [dimensions], of any length; zeros for a text without tokens."""
        import torch

        features = self._model.preprocess([text], prompt=self.prompt)
        if features["input_ids"].numel() == 0:
            return np.zeros(self._model.get_embedding_dimension(), dtype=np.float32)
        with torch.inference_mode():
            vector: NDArray[np.float32] = self._model(features)["sentence_embedding"][0].float().numpy()
        return vector


class OpenVinoPipeline:
    """The whole model, pooling included, as one graph; of torch's only the tokenizer is used.

    Args:
        model: in float32.

    Raises:
        ModelError: the model cannot be converted, or gives other vectors then.
    """

    def __init__(self, model: Any, folder: Path, dtype: Dtype, threads: int) -> None:
        self._model, self.prompt = model, default_prompt(model)
        name = f"openvino-embedder-{model_fingerprint(folder)}-v{CONVERSION}"
        self._graph = compiled(converted(name, lambda: _graph(model, folder)), dtype, threads)

    def vector(self, text: str) -> NDArray[np.float32]:
        """See ``TorchPipeline.vector``."""
        ids = self._model.preprocess([text], prompt=self.prompt)["input_ids"]
        if ids.numel() == 0:
            return np.zeros(self._model.get_embedding_dimension(), dtype=np.float32)
        vector: NDArray[np.float32] = self._graph([ids.numpy()])[0][0].astype(np.float32)
        return vector


def _graph(model: Any, folder: Path) -> Any:
    """Convert a float32 model, and compare the vectors at another length than that of the example."""
    import torch

    class Whole(torch.nn.Module):
        """Token ids int64 [1, n] to a vector [1, dimensions]; every token counts."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            given = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids), **others}
            vector: torch.Tensor = self.model(given)["sentence_embedding"]
            return vector

    features = model.preprocess(["the same"], prompt=default_prompt(model))
    others = _beside_the_tokens(features, folder)
    whole = Whole().eval()
    example, other = (torch.arange(count)[None] % 2 + 1 for count in (_EXAMPLE_TOKENS, _OTHER_TOKENS))
    with torch.inference_mode():
        expected = whole(other)[0].numpy()
    graph = traced(whole, {"input_ids": example}, folder)
    found = compiled(graph, "float32")([other.numpy()])[0][0]
    product = float(np.linalg.norm(expected)) * float(np.linalg.norm(found))
    if not float(expected @ found) >= _LEAST_COSINE * product:
        raise ModelError(f"model {folder}: it gives other vectors in OpenVINO; take backend: torch")
    return graph


def _beside_the_tokens(features: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what the model is told beside its tokens, the same for every text; refuse what is not."""
    import torch

    others = {name: value for name, value in features.items() if name not in _OF_TEXT}
    if "input_ids" not in features or any(isinstance(value, torch.Tensor) for value in others.values()):
        raise ModelError(f"model {folder}: it takes more than tokens; take backend: torch")
    return others
