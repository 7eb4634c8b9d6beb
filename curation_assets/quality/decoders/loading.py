"""Chooses the backend."""

from pathlib import Path

from curation_assets.quality.decoders.decoder import Backend, Decoder, Pooling
from resources.models import Dtype


def load_decoder(
    folder: Path, layer: int | None, pooling: Pooling, dtype: Dtype, backend: Backend = "torch"
) -> Decoder:
    """Load the lower layers of a model.

    Args:
        layer: how many layers are computed, without the norm that follows the last; None: all, with it.
        pooling: mean over the document, or its last token.

    Raises:
        ModelError: the model is no decoder, has fewer layers, or the backend is not to be had here.
    """
    if backend == "openvino":
        from curation_assets.quality.decoders.openvino_decoder import OpenVinoDecoder

        return OpenVinoDecoder(folder, layer, pooling, dtype)
    from curation_assets.quality.decoders.torch_decoder import TorchDecoder

    return TorchDecoder(folder, layer, pooling, dtype, device="cuda" if backend == "cuda" else "cpu")
