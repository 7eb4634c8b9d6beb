"""Perplexity of documents under a causal language model, such as the packaged one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.ask_llm.language_model import encode, load_config, load_tokenizer
from curation_assets.text.hashing import content_hash
from resources.models import Dtype, ModelError, model_fingerprint, quiet, torch_threads

VERSION = "1"
"""Raised by hand whenever the same model and text give another value."""
HIGHEST_LOSS = 690.0
"""What losses are cut off at, so that all perplexities are finite."""
_BLOCK = 128
_SEPARATOR = "<|endoftext|>"
_TOLERANCE = 0.05


class LanguageModelPerplexity:
    """exp of the mean negative log-likelihood of a document's first tokens; the lower, the better predicted.

    The tokens come after the token that begins a document: <|endoftext|> where the vocabulary has it, since
    it stands between documents in pretraining, else the tokenizer's begin or end token. So every token of the
    document counts, the first as well. A text without tokens has the perplexity of guessing, the size of
    the vocabulary. One document a pass, at its own length: values do not depend on neighbours at all, but
    equal ones to the bit need the same number of threads (tolerance between numbers: a relative 1e-3 in
    float32). The product with the vocabulary is in float32 whatever the layers' type, by blocks of tokens.

    Args:
        folder: a decoder-only model.
        maximum_tokens: tokens of a document that are read, from its start.
        threads: of torch, while it computes.

    Raises:
        ModelError: the model is of another kind, or makes more of its last product than a softmax.
    """

    def __init__(self, folder: Path, dtype: Dtype, maximum_tokens: int = 256, threads: int = 1) -> None:
        config = load_config(folder)
        if config.is_encoder_decoder:
            raise ModelError(f"model {folder}: perplexity needs a decoder-only model")
        self._tokenizer = load_tokenizer(folder)
        self._begin = _begin_token(self._tokenizer, folder)
        positions = getattr(config, "max_position_embeddings", None) or maximum_tokens + 1
        self.maximum_tokens = min(maximum_tokens, positions - 1)
        self._model, self._weight, self._bias = _load(folder, dtype)
        self._threads = threads
        self._check_product(folder)
        self.fingerprint = content_hash(
            "perplexity",
            VERSION,
            model_fingerprint(folder),
            dtype,
            str(self.maximum_tokens),
            str(self._begin),
        )

    def score(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float64]:
        """Return perplexities, float64 [n], finite and at least 1."""
        return np.exp(self.losses(texts, progress))

    def losses(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float64]:
        """Return the mean negative log-likelihood of a token, in nats, float64 [n]."""
        values = np.full(len(texts), np.log(len(self._weight)))
        with torch_threads(self._threads):
            for row, text in enumerate(texts):
                ids = encode(self._tokenizer, text, self.maximum_tokens)
                if ids:
                    values[row] = min(self._losses(ids).mean(), HIGHEST_LOSS)
                progress(1)
        return values

    def _losses(self, ids: list[int]) -> NDArray[np.float64]:
        """Return the negative log-likelihood of each token after those before it, float64 [n]."""
        import torch

        found = np.empty(len(ids))
        with torch.inference_mode():
            inputs = torch.tensor([[self._begin, *ids[:-1]]])
            hidden = self._model.base_model(input_ids=inputs, use_cache=False).last_hidden_state[0]
            for start in range(0, len(ids), _BLOCK):
                part = slice(start, start + _BLOCK)
                likelihoods = torch.log_softmax(self._logits(hidden[part]), dim=-1)
                own = likelihoods.gather(1, torch.tensor(ids[part])[:, None])[:, 0]
                found[part] = -own.double().numpy()
        return found

    def _logits(self, hidden: Any) -> Any:
        import torch

        return torch.nn.functional.linear(hidden.float(), self._weight, self._bias)

    def _check_product(self, folder: Path) -> None:
        """Raise ModelError where the model scales or caps what its last product gives."""
        import torch

        ids = [self._begin, *range(0, len(self._weight), max(1, len(self._weight) // 7))]
        with torch.inference_mode(), torch_threads(self._threads):
            logits = self._model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].float()
            hidden = self._model.base_model(input_ids=torch.tensor([ids]), use_cache=False).last_hidden_state
            ours = self._logits(hidden[0, -1:])[0]
        apart = (torch.log_softmax(logits, -1) - torch.log_softmax(ours, -1)).abs().max()
        if not float(apart) < _TOLERANCE * max(1.0, float(logits.abs().max())):
            raise ModelError(f"model {folder}: its last layer is not a plain product with the vocabulary")


def _load(folder: Path, dtype: Dtype) -> tuple[Any, Any, Any]:
    """Return a model, and the weight and bias of its last product in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    with quiet():
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=getattr(torch, dtype), use_safetensors=True, trust_remote_code=False
        ).eval()
    head = model.get_output_embeddings()
    if head is None:
        raise ModelError(f"model {folder}: {type(model).__name__} has no product with the vocabulary")
    bias = getattr(head, "bias", None)
    return model, head.weight.detach().float(), None if bias is None else bias.detach().float()


def _begin_token(tokenizer: Any, folder: Path) -> int:
    separator = tokenizer.get_vocab().get(_SEPARATOR)
    for token in (separator, tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    raise ModelError(f"model {folder}: its tokenizer has no token that begins or ends a document")
