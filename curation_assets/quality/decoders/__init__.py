"""Runs a decoder-only model over token ids up to some layer, on the backend that the settings name.

On a processor each document passes alone, at its own length: no neighbour can move a bit of its features,
and nothing is gained by batches (``benchmarks/scoring.py``). On a GPU documents of similar length pass
together, padded on the right; there features depend on the batch within the rounding of the arithmetic.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from resources.models import Dtype

Backend = Literal["torch", "openvino", "cuda"]
Pooling = Literal["mean", "last"]


class Decoder(Protocol):
    """Maps token ids to features.

    Attributes:
        size: of the hidden state.
    """

    size: int

    def features(self, documents: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Return float32 [n, size], the pooled hidden states; a document without tokens has NaN."""
        ...


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
