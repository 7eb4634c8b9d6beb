"""The paper's read-out: the probability that the model's answer to the prompt starts with "yes"."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curation_assets.quality.language_model import beginning, load_config, load_tokenizer, offsets
from curation_assets.quality.prompts import render, sanitise, truncate
from resources.models import Dtype, ModelError, quiet

_DATE = "21 Nov 2026"


class Verbalizer:
    """P(yes) at the first answer position, over the full vocabulary (arXiv 2402.09668, section 3.1).

    An encoder-decoder model reads the prompt and decodes one step. A decoder-only model continues the
    prompt, as a turn of its chat template where its tokenizer has one. Nothing is generated; the product
    of the last hidden state with the vocabulary is in float32 whatever the layers' type.

    Args:
        yes: answers whose probabilities are added.

    Raises:
        ModelError: an answer is not a single token of the model's vocabulary.
    """

    def __init__(
        self, folder: Path, dtype: Dtype, prompt: str, yes: Sequence[str], maximum_tokens: int
    ) -> None:
        self._tokenizer = load_tokenizer(folder)
        self._special = _special_tokens(self._tokenizer)
        self._prompt = prompt
        self._yes = sorted({_single_token(self._tokenizer, answer) for answer in yes})
        self._sequence_to_sequence = bool(load_config(folder).is_encoder_decoder)
        self._model = load_generator(folder, dtype, self._sequence_to_sequence)
        self._maximum_tokens = self._room(maximum_tokens)

    def probability(self, text: str) -> float:
        """Return P(yes) for one document."""
        import torch

        ids = torch.tensor([self.input_ids(text)])
        with torch.inference_mode():
            logits = self._model(input_ids=ids, **self._options()).logits[0, -1]
            return float(torch.softmax(logits, dim=-1)[self._yes].sum())

    def input_ids(self, text: str) -> list[int]:
        """Return the ids of the prompt around a document."""
        question = self.question(text)
        if self._sequence_to_sequence or not self._tokenizer.chat_template:
            ids: list[int] = self._tokenizer(question, verbose=False)["input_ids"]
            return ids if self._sequence_to_sequence else _without_end(ids, self._tokenizer.eos_token_id)
        turn = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": question}],
            tokenize=False,
            add_generation_prompt=True,
            date_string=_DATE,  # some templates would put in today's date
        )
        templated: list[int] = self._tokenizer(turn, add_special_tokens=False, verbose=False)["input_ids"]
        return templated

    def question(self, text: str) -> str:
        """Return the prompt with the document's beginning in it."""
        maximum = self._maximum_tokens
        document = sanitise(beginning(text, maximum), self._special)
        document = truncate(document, maximum, lambda some: offsets(self._tokenizer, some, maximum))
        return render(self._prompt, document)

    def _options(self) -> dict[str, Any]:
        import torch

        if not self._sequence_to_sequence:
            return {"use_cache": False, "logits_to_keep": 1}
        start = torch.tensor([[self._model.config.decoder_start_token_id]])
        return {"use_cache": False, "decoder_input_ids": start}

    def _room(self, maximum_tokens: int) -> int:
        """Return how much of a document fits beside the prompt, where the model's positions are limited."""
        positions = getattr(self._model.config, "max_position_embeddings", None)
        if positions is None:
            return maximum_tokens
        self._maximum_tokens = 0
        spare = 8  # tokens may split otherwise where document meets prompt
        room = positions - len(self.input_ids("")) - spare
        if room < 1:
            raise ModelError(f"the prompt leaves no room for a document in {positions} positions")
        return min(maximum_tokens, room)


def load_generator(folder: Path, dtype: Dtype, sequence_to_sequence: bool) -> Any:
    """Return a model that generates text; its logits are float32 whatever the type of its layers."""
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    loader = AutoModelForSeq2SeqLM if sequence_to_sequence else AutoModelForCausalLM
    with quiet():
        model = loader.from_pretrained(
            folder, dtype=getattr(torch, dtype), use_safetensors=True, trust_remote_code=False
        ).eval()
    model.set_output_embeddings(_float32_copy(model.get_output_embeddings()))
    return model


def _float32_copy(head: Any) -> Any:
    """Return a vocabulary product in float32; a copy, since weights may be tied to the input embeddings."""
    import torch

    class Float32Head(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            bias = getattr(head, "bias", None)
            self.weight = head.weight.detach().float().clone()
            self.bias = None if bias is None else bias.detach().float().clone()

        def forward(self, hidden: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.linear(hidden.float(), self.weight, self.bias)

    return Float32Head()


def _special_tokens(tokenizer: Any) -> list[str]:
    """Return all texts that the tokenizer would read as something else than text."""
    added = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    return sorted({*added, *tokenizer.all_special_tokens})


def _single_token(tokenizer: Any, answer: str) -> int:
    ids: list[int] = tokenizer(answer, add_special_tokens=False)["input_ids"]
    if len(ids) != 1 or ids[0] == tokenizer.unk_token_id:
        tokens = tokenizer.convert_ids_to_tokens(ids)
        raise ModelError(f"answer {answer!r} is not a single token of this model but {tokens}; see 'yes'")
    return ids[0]


def _without_end(ids: list[int], end: int | None) -> list[int]:
    """Drop an end-of-text token that the tokenizer puts last: the model is to go on."""
    return ids[:-1] if ids and ids[-1] == end else ids
