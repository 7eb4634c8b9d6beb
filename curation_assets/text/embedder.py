"""Embeds texts: one unit vector each."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.text.hashing import content_hash
from resources.models import (
    Dtype,
    DtypeChoice,
    ModelError,
    cpu_dtype,
    model_fingerprint,
    quiet,
    resolve_model,
    torch_threads,
)

VERSION = "1"
"""Raised by hand whenever the same model and text give another vector."""

_CHARACTERS_PER_TOKEN = 32


class EmbedderSettings(Protocol):
    """Which model embeds: 'packaged', a folder or a hub name; its arithmetic; tokens that are read."""

    @property
    def model(self) -> str: ...
    @property
    def dtype(self) -> DtypeChoice: ...
    @property
    def maximum_tokens(self) -> int: ...


class Embedder:
    """Maps texts to unit vectors; a text's vector depends on the text alone, to the bit.

    Documents pass one at a time at their own length, in a fixed number of threads.

    Attributes:
        fingerprint: content hash of everything that a vector depends on beside the text.
    """

    def __init__(self, folder: Path, dtype: Dtype, maximum_tokens: int, threads: int = 1) -> None:
        self._folder = folder
        self._dtype = dtype
        self._maximum_tokens = maximum_tokens
        self._threads = threads
        self.fingerprint = content_hash(VERSION, model_fingerprint(folder), dtype, str(maximum_tokens))

    @functools.cached_property
    def dimensions(self) -> int:
        """Return the number of components; the model is loaded for it."""
        return int(self._model.get_embedding_dimension())

    def embed(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float32]:
        """Return float32 [n, dimensions] of unit norm; (1, 0, ...) where the model has no vector."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        with torch_threads(self._threads):
            for row, text in zip(rows, texts, strict=True):
                row[:] = _unit(self._vector(text))
                progress(1)
        return rows

    @functools.cached_property
    def _model(self) -> Any:
        return _load(self._folder, self._dtype, self._maximum_tokens)

    def _vector(self, text: str) -> NDArray[np.float32]:
        some = text[: self._maximum_tokens * _CHARACTERS_PER_TOKEN].encode("utf-8", "replace").decode("utf-8")
        if self._model.preprocess([some])["input_ids"].numel() == 0:
            return np.zeros(self.dimensions, dtype=np.float32)
        vector: NDArray[np.float32] = self._model.encode(
            [some], batch_size=1, show_progress_bar=False, convert_to_numpy=True
        )[0]
        return vector


def load_embedder(config: EmbedderSettings, threads: int = 1) -> Embedder:
    """Return the embedder that the settings name; weights are read when it is first used.

    Args:
        threads: of torch, while it embeds; several processes are faster than several threads.

    Raises:
        ModelError: there is no such model, or it is unsafe to load.
    """
    folder = resolve_model(config.model, "embedding")
    return Embedder(folder, cpu_dtype(config.dtype), config.maximum_tokens, threads)


def _load(folder: Path, dtype: Dtype, maximum_tokens: int) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer

    options = {"use_safetensors": True, "dtype": getattr(torch, dtype)}
    try:
        with quiet():
            model = SentenceTransformer(
                str(folder),
                device="cpu",
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs=options,
            )
    except (ValueError, OSError) as error:
        raise ModelError(f"model {folder}: {str(error).splitlines()[0]}") from error
    own_limit = model.max_seq_length
    model.max_seq_length = min(maximum_tokens, own_limit) if own_limit else maximum_tokens
    return model.eval()


def _unit(vector: NDArray[np.floating]) -> NDArray[np.float64]:
    wide = vector.astype(np.float64)
    norm = float(np.sqrt(np.sum(wide * wide)))
    if np.isfinite(norm) and norm > 0:
        return wide / norm
    first = np.zeros_like(wide)
    first[0] = 1.0
    return first
