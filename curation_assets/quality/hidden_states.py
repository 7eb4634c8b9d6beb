"""The mean hidden state of a document after a middle layer; the layers above are never computed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.language_model import encode, load_config, load_tokenizer
from resources.models import Dtype, ModelError, quiet, torch_threads


class MeanHiddenStates:
    """Maps documents to features; one document a pass, at its own length: neighbours cannot matter.

    Args:
        folder: a decoder-only model with a stack of layers.
        layer: how many layers are computed.
        maximum_tokens: tokens of a document that are read.
        threads: of torch, while it computes.
    """

    def __init__(self, folder: Path, layer: int, dtype: Dtype, maximum_tokens: int, threads: int = 1) -> None:
        self._tokenizer = load_tokenizer(folder)
        self._model = _load_lower_layers(folder, layer, dtype)
        self._maximum_tokens = maximum_tokens
        self._threads = threads
        self.size = int(self._model.config.hidden_size)

    def features(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float32]:
        """Return float32 [n, hidden size]; a text without tokens has NaN."""
        rows = np.full((len(texts), self.size), np.nan, dtype=np.float32)
        with torch_threads(self._threads):
            for row, text in zip(rows, texts, strict=True):
                ids = encode(self._tokenizer, text, self._maximum_tokens)
                if ids:
                    row[:] = self._mean(ids)
                progress(1)
        return rows

    def _mean(self, ids: list[int]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            output = self._model(input_ids=torch.tensor([ids]), use_cache=False)
            mean: NDArray[np.float32] = output.last_hidden_state[0].float().mean(dim=0).numpy()
        return mean


def _load_lower_layers(folder: Path, layer: int, dtype: Dtype) -> Any:
    import torch
    from transformers import AutoModel

    config = load_config(folder)
    if config.is_encoder_decoder:
        raise ModelError(f"model {folder}: a probe needs a decoder-only model; take readout: verbalizer")
    if not 1 <= layer <= config.num_hidden_layers:
        raise ModelError(f"layer {layer}: model {folder} has {config.num_hidden_layers}")
    config.num_hidden_layers = layer
    with quiet():
        model = AutoModel.from_pretrained(
            folder, config=config, dtype=getattr(torch, dtype), use_safetensors=True, trust_remote_code=False
        )
    if not hasattr(model, "norm"):
        raise ModelError(f"model {folder}: {type(model).__name__} has no final norm to leave out")
    model.norm = torch.nn.Identity()  # it belongs to the last layer, which is not computed
    return model.eval()
