"""The lower layers of a model in torch: document by document on a processor, in batches on a GPU."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.ask_llm.language_model import load_config
from curation_assets.quality.decoders.decoder import NO_CUDA, Pooling
from resources.models import Dtype, ModelError, quiet

BATCH_TOKENS = 32_768
"""Of a batch on a GPU, padding included."""


class TorchDecoder:
    """See ``Decoder``.

    Args:
        device: "cpu" or "cuda".
        batch_tokens: the most tokens that pass together, padding included; None: one document at a time.
            The default is that of the device.
    """

    def __init__(
        self,
        folder: Path,
        layer: int | None,
        pooling: Pooling,
        dtype: Dtype,
        device: str = "cpu",
        batch_tokens: int | None = None,
    ) -> None:
        import torch

        if device == "cuda" and not torch.cuda.is_available():
            raise ModelError(NO_CUDA)
        self._model = load_layers(folder, layer, dtype).to(device)
        self._device = device
        self._pooling = pooling
        self._batch_tokens = batch_tokens or (BATCH_TOKENS if device == "cuda" else None)
        self.size = int(self._model.config.hidden_size)

    def features(self, documents: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """See ``Decoder.features``."""
        rows = np.full((len(documents), self.size), np.nan, dtype=np.float32)
        if self._batch_tokens is None:
            for row, ids in zip(rows, documents, strict=True):
                if ids:
                    row[:] = self._alone(ids)
            return rows
        for batch in length_buckets([len(ids) for ids in documents], self._batch_tokens):
            rows[batch] = self._together([documents[at] for at in batch])
        return rows

    def _alone(self, ids: Sequence[int]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            states = self._states(torch.tensor([list(ids)]))[0].float()
            pooled: NDArray[np.float32] = (
                states.mean(dim=0) if self._pooling == "mean" else states[-1]
            ).numpy()
        return pooled

    def _together(self, documents: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Return the features of documents with tokens that pass as one batch."""
        import torch

        lengths = torch.tensor([len(ids) for ids in documents])
        padded = torch.zeros((len(documents), int(lengths.max())), dtype=torch.int64)
        for row, ids in zip(padded, documents, strict=True):
            row[: len(ids)] = torch.tensor(list(ids))
        mask = torch.arange(padded.shape[1])[None] < lengths[:, None]
        with torch.inference_mode():
            mask, lengths = mask.to(self._device), lengths.to(self._device)
            states = self._states(padded.to(self._device), mask.long()).float()
            if self._pooling == "mean":
                pooled = (states * mask[..., None]).sum(dim=1) / lengths[:, None]
            else:
                pooled = states[torch.arange(len(documents), device=states.device), lengths - 1]
            rows: NDArray[np.float32] = pooled.cpu().numpy()
        return rows

    def _states(self, ids: Any, mask: Any = None) -> Any:
        return self._model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state


def length_buckets(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Cut the documents that have tokens into batches of similar length.

    A batch, padded to its longest document, has at most ``batch_tokens`` tokens, or one document.
    """
    batch: list[int] = []
    for at in sorted((at for at, length in enumerate(lengths) if length), key=lambda at: (lengths[at], at)):
        if batch and lengths[at] * (len(batch) + 1) > batch_tokens:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def load_layers(folder: Path, layer: int | None, dtype: Dtype) -> Any:
    """Load a decoder up to a layer; the layers above are never read into memory for long.

    Raises:
        ModelError: see ``load_decoder``.
    """
    import torch
    from transformers import AutoModel

    config = load_config(folder)
    if config.is_encoder_decoder:
        raise ModelError(f"model {folder}: a probe needs a decoder-only model; take readout: verbalizer")
    if layer is not None:
        if not 1 <= layer <= config.num_hidden_layers:
            raise ModelError(f"layer {layer}: model {folder} has {config.num_hidden_layers}")
        config.num_hidden_layers = layer
    with quiet():
        model = AutoModel.from_pretrained(
            folder, config=config, dtype=getattr(torch, dtype), use_safetensors=True, trust_remote_code=False
        )
    if layer is not None:
        if not hasattr(model, "norm"):
            raise ModelError(f"model {folder}: {type(model).__name__} has no final norm to leave out")
        model.norm = torch.nn.Identity()  # it belongs to the last layer, which is not computed
    return model.eval()
