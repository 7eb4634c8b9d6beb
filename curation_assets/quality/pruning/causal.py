"""A small decoder-only model: logits of all tokens of a text, and what it goes on with."""

import functools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.ask_llm.language_model import encode, load_config, load_tokenizer
from curation_assets.quality.ask_llm.verbalizer import load_generator
from curation_assets.text.hashing import content_hash
from resources.models import Dtype, ModelError, model_fingerprint, torch_threads


class CausalModel:
    """A model that reads one text a pass; it is loaded when it is first used.

    Attributes:
        fingerprint: content hash of the model and of how it is run.

    Raises:
        ModelError: the model is no decoder-only one, or has fewer positions than ``maximum_tokens``.
    """

    def __init__(self, folder: Path, dtype: Dtype, maximum_tokens: int, threads: int = 1) -> None:
        config = load_config(folder)
        if config.is_encoder_decoder:
            raise ModelError(f"model {folder}: not a decoder-only model")
        positions = getattr(config, "max_position_embeddings", None)
        if positions is not None and positions < maximum_tokens:
            raise ModelError(f"model {folder}: it reads {positions} tokens, not {maximum_tokens}")
        self._folder, self._dtype = folder, dtype
        self._maximum_tokens, self._threads = maximum_tokens, threads
        self.fingerprint = content_hash(model_fingerprint(folder), dtype, str(maximum_tokens))

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text's first tokens."""
        return encode(self._tokenizer, text, self._maximum_tokens)

    def logits(self, ids: list[int]) -> NDArray[np.float32]:
        """Return float32 [tokens, vocabulary]: row i predicts token i + 1."""
        import torch

        with torch_threads(self._threads), torch.inference_mode():
            found: NDArray[np.float32] = (
                self._model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].numpy()
            )
        return found

    def continued(self, ids: list[int], count: int) -> list[int]:
        """Return the ``count`` likeliest next tokens, each after all before it."""
        import torch

        made: list[int] = []
        given, memory = torch.tensor([ids]), None
        with torch_threads(self._threads), torch.inference_mode():
            for _ in range(count):
                output = self._model(
                    input_ids=given, past_key_values=memory, use_cache=True, logits_to_keep=1
                )
                made.append(int(output.logits[0, -1].argmax()))
                given, memory = torch.tensor([made[-1:]]), output.past_key_values
        return made

    @functools.cached_property
    def _tokenizer(self) -> Any:
        return load_tokenizer(self._folder)

    @functools.cached_property
    def _model(self) -> Any:
        return load_generator(self._folder, self._dtype, sequence_to_sequence=False)
