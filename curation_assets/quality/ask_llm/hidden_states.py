"""The mean hidden state of a document after a middle layer; the layers above are never computed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.ask_llm.language_model import encode, load_tokenizer
from curation_assets.quality.decoders.decoder import Backend
from curation_assets.quality.decoders.loading import load_decoder
from resources.models import Dtype, torch_threads

_AT_ONCE = 256
"""Documents that are tokenised before they are computed: enough for a GPU to find some of similar length."""


class MeanHiddenStates:
    """Maps documents to features.

    Args:
        folder: a decoder-only model with a stack of layers.
        layer: how many layers are computed.
        maximum_tokens: tokens of a document that are read.
        threads: of torch, while it computes.
    """

    def __init__(
        self,
        folder: Path,
        layer: int,
        dtype: Dtype,
        maximum_tokens: int,
        threads: int = 1,
        backend: Backend = "torch",
    ) -> None:
        self._tokenizer = load_tokenizer(folder)
        self._decoder = load_decoder(folder, layer, "mean", dtype, backend)
        self._maximum_tokens = maximum_tokens
        self._threads = threads
        self._at_once = _AT_ONCE if backend == "cuda" else 1
        self.size = self._decoder.size

    def features(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float32]:
        """Return float32 [n, hidden size]; a text without tokens has NaN."""
        rows = np.empty((len(texts), self.size), dtype=np.float32)
        with torch_threads(self._threads):
            for start in range(0, len(texts), self._at_once):
                some = texts[start : start + self._at_once]
                ids = [encode(self._tokenizer, text, self._maximum_tokens) for text in some]
                rows[start : start + len(some)] = self._decoder.features(ids)
                progress(len(some))
        return rows
