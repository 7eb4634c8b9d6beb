"""The lower layers of a model in OpenVINO, converted once and kept in the model cache."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.decoders.decoder import Pooling
from curation_assets.quality.decoders.torch_decoder import load_layers
from resources.models import Dtype, weights_fingerprint
from resources.openvino_models import compiled, converted, require_openvino, traced

CONVERSION = "1"
"""Raised by hand when the same weights are converted to another graph."""
_EXAMPLE_TOKENS = 16


class OpenVinoDecoder:
    """See ``Decoder``; one thread, one document at a time."""

    def __init__(self, folder: Path, layer: int | None, pooling: Pooling, dtype: Dtype) -> None:
        require_openvino("quality.backend")
        self._pooling = pooling
        layers = "all" if layer is None else str(layer)
        name = f"openvino-{weights_fingerprint(folder)}-{layers}-v{CONVERSION}"
        self._model: Any = compiled(converted(name, lambda: _graph(folder, layer)), dtype)
        self.size = int(self._model.output(0).get_partial_shape()[2].get_length())

    def features(self, documents: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """See ``Decoder.features``."""
        rows = np.full((len(documents), self.size), np.nan, dtype=np.float32)
        for row, ids in zip(rows, documents, strict=True):
            if ids:
                states = self._model([np.array([ids], dtype=np.int64)])[0][0]
                row[:] = states.mean(axis=0, dtype=np.float64) if self._pooling == "mean" else states[-1]
        return rows


def _graph(folder: Path, layer: int | None) -> Any:
    import torch

    class Layers(torch.nn.Module):
        """Token ids [1, n] to hidden states [1, n, size]; the causal mask is a part of the graph."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = load_layers(folder, layer, "float32")

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            count = input_ids.shape[1]
            mask = torch.full((count, count), -1e9).triu(1)[None, None]
            positions = torch.cumsum(torch.ones_like(input_ids), 1) - 1
            states: torch.Tensor = self.layers(
                input_ids=input_ids, attention_mask=mask, position_ids=positions, use_cache=False
            ).last_hidden_state
            return states

    return traced(Layers(), {"input_ids": torch.arange(_EXAMPLE_TOKENS)[None] % 2}, folder)
