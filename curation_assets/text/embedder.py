"""Embeds texts: one unit vector each."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.text.embedder_settings import Backend, EmbedderSettings
from curation_assets.text.hashing import content_hash
from curation_assets.text.windows import CHARACTERS_PER_TOKEN, Window, windows
from resources.models import (
    Dtype,
    ModelError,
    cpu_dtype,
    model_fingerprint,
    quiet,
    resolve_model,
    torch_threads,
)
from resources.openvino_models import require_openvino

VERSION = "2"
"""Raised by hand whenever the same model and text give another vector."""


class Embedder:
    """Maps texts to unit vectors; a text's vector depends on the text alone, to the bit.

    Documents pass one at a time at their own length, in a fixed number of threads: on a processor nothing is
    gained by batches (``benchmarks/embeddings.py``), and no neighbour can move a bit.

    Attributes:
        fingerprint: content hash of everything that a vector depends on beside the text.

    Args:
        folder: of the model.
        chunks: windows of a text that are read. More than one: its vector is the mean of the unit vectors of
            its windows, weighted by their tokens, made a unit vector again.
        threads: what the result is computed in; part of what makes it equal to the bit.
    """

    def __init__(
        self,
        folder: Path,
        dtype: Dtype,
        maximum_tokens: int,
        threads: int = 1,
        backend: Backend = "torch",
        chunks: int = 1,
    ) -> None:
        self._folder = folder
        self._dtype = dtype
        self._maximum_tokens = maximum_tokens
        self._threads = threads
        self._backend = backend
        self._chunks = chunks
        self.fingerprint = content_hash(
            VERSION, model_fingerprint(folder), backend, dtype, str(maximum_tokens), str(chunks)
        )

    @functools.cached_property
    def dimensions(self) -> int:
        """Return the number of components; the model is loaded for it."""
        return int(self._model.get_embedding_dimension())

    def embed(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float32]:
        """Return float32 [n, dimensions] of unit norm; (1, 0, ...) where the model has no vector.

        Raises:
            ModelError: the model cannot be loaded, converted, or cut texts into windows.
        """
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        with torch_threads(self._threads):
            for row, text in zip(rows, texts, strict=True):
                row[:] = _unit(self._vector(text))
                progress(1)
        return rows

    @functools.cached_property
    def _model(self) -> Any:
        # OpenVINO converts from float32, and chooses its arithmetic itself.
        dtype: Dtype = "float32" if self._backend == "openvino" else self._dtype
        return _load(self._folder, dtype, self._maximum_tokens)

    @functools.cached_property
    def _pipeline(self) -> Any:
        from curation_assets.text.embedding_backends import OpenVinoPipeline, TorchPipeline

        if self._backend == "openvino":
            return OpenVinoPipeline(self._model, self._folder, self._dtype, self._threads)
        return TorchPipeline(self._model)

    def _vector(self, text: str) -> NDArray[np.floating[Any]]:
        some = text[: self._maximum_tokens * self._chunks * CHARACTERS_PER_TOKEN]
        some = some.encode("utf-8", "replace").decode("utf-8")  # no tokenizer takes lone surrogates
        if self._chunks == 1:
            vector: NDArray[np.floating[Any]] = self._pipeline.vector(some)
            return vector
        parts = self._windows(some)
        units = np.stack([_unit(self._pipeline.vector(part.text)) for part in parts])
        weights = np.array([max(part.tokens, 1) for part in parts], dtype=np.float64)
        return np.sum(units * weights[:, None], axis=0)

    def _windows(self, text: str) -> list[Window]:
        tokenizer = getattr(self._model, "tokenizer", None)
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(
                f"model {self._folder}: no fast tokenizer to cut texts by; take long_documents: first"
            )
        assert tokenizer is not None
        taken = int(tokenizer.num_special_tokens_to_add())
        if prompt := self._pipeline.prompt:
            taken += len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
        return windows(tokenizer, text, max(1, self._model.max_seq_length - taken), self._chunks)


def load_embedder(config: EmbedderSettings, threads: int = 1) -> Embedder:
    """Return the embedder that the settings name; weights are read when it is first used.

    Args:
        threads: that it computes in; several processes are faster than several threads.

    Raises:
        ModelError: there is no such model, it is unsafe to load, or the backend is not installed.
    """
    if config.backend == "openvino":
        require_openvino("embeddings.backend")
    folder = resolve_model(config.model, "embedding")
    chunks = config.maximum_chunks if config.long_documents == "chunk_mean" else 1
    dtype = cpu_dtype(config.dtype)
    return Embedder(folder, dtype, config.maximum_tokens, threads, config.backend, chunks)


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


def _unit(vector: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    wide = vector.astype(np.float64)
    norm = float(np.sqrt(np.sum(wide * wide)))
    if np.isfinite(norm) and norm > 0:
        return wide / norm
    first = np.zeros_like(wide)
    first[0] = 1.0
    return first
