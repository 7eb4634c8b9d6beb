"""What a backend offers."""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Backend = Literal["torch", "openvino", "cuda"]
Pooling = Literal["mean", "last"]
NO_CUDA = "quality.backend: cuda needs a GPU that torch can use; take torch or openvino"


class Decoder(Protocol):
    """Maps token ids to features.

    Attributes:
        size: of the hidden state.
    """

    size: int

    def features(self, documents: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Return float32 [n, size], the pooled hidden states; a document without tokens has NaN."""
        ...
