"""The paper's read-out: the probability that the model's answer to the prompt starts with "yes"."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from curation_assets.quality.ask_llm.answers import AnswerTokens
from curation_assets.quality.ask_llm.language_model import beginning, load_config, load_tokenizer, offsets
from curation_assets.quality.ask_llm.shots import Shot, Turn, as_text, conversation
from curation_assets.quality.decoders.decoder import Backend, Decoder
from curation_assets.quality.decoders.loading import load_decoder
from curation_assets.quality.prompts.guard import Guard, structural_lines, truncate
from curation_assets.quality.prompts.prompt import DATAPOINT, Prompt
from resources.models import Dtype, ModelError, quiet

if TYPE_CHECKING:
    import torch

_DATE = "21 Nov 2026"


class Verbalizer:
    """P(yes) at the first answer position, over the full vocabulary (arXiv 2402.09668, section 3.1).

    An encoder-decoder model reads the prompt and decodes one step. A decoder-only model continues the
    prompt, as a turn of its chat template where its tokenizer has one. Nothing is generated; the product
    of the last hidden state with the vocabulary is in float32 whatever the layers' type.

    Args:
        prompt: the question, and what its answers are worth.
        maximum_tokens: of a document that are read.
        shots: shown with their answers before the question.
        backend: what computes a decoder-only model.

    Raises:
        ModelError: the model's tokens cannot tell the prompt's answers.
    """

    def __init__(
        self,
        folder: Path,
        dtype: Dtype,
        prompt: Prompt,
        maximum_tokens: int,
        shots: Sequence[Shot] = (),
        *,
        backend: Backend = "torch",
    ) -> None:
        self._tokenizer = load_tokenizer(folder)
        self._special = _special_tokens(self._tokenizer)
        self._shots = shots
        self._sequence_to_sequence = bool(load_config(folder).is_encoder_decoder)
        if self._sequence_to_sequence and backend != "torch":
            raise ModelError(f"model {folder}: backend {backend} runs decoder-only models; take torch")
        self._model = load_generator(folder, dtype, self._sequence_to_sequence)
        self._decoder: Decoder | None = None
        if backend != "torch":
            self._decoder = load_decoder(folder, None, "last", dtype, backend)
            self._model = _without_layers(self._model)
        self._wanted_tokens = maximum_tokens
        self._ask(prompt)

    def asking(self, prompt: Prompt) -> Self:
        """Return a verbalizer with another prompt and the same model, which is not loaded again."""
        other = copy.copy(self)
        other._ask(prompt)
        return other

    def _ask(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._answers = AnswerTokens(self._tokenizer, prompt.answers)
        empty = [Shot(DATAPOINT, shot.label) for shot in self._shots]
        frame = self._in_template(conversation(prompt, empty, DATAPOINT, str))
        # The prompt's last line and a turn's end are one line of the frame, but a line of the prompt, too.
        lines = structural_lines(frame, DATAPOINT) + structural_lines(prompt.text, DATAPOINT)
        self._guard = Guard(lines, self._special)
        self._maximum_tokens = self._room(self._wanted_tokens)

    def probability(self, text: str) -> float:
        """Return P(yes) for one document, or what else the prompt's answers are worth."""
        return float(self.probabilities([text])[0])

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the same for several documents, float64 [n]."""
        import torch

        with torch.inference_mode():
            ids = [self.input_ids(text) for text in texts]
            if self._decoder is None:
                return np.array([self._answers.value(self._logits(one)) for one in ids], dtype=np.float64)
            head, states = self._model.get_output_embeddings(), self._decoder.features(ids)
            logits = (head(torch.from_numpy(row)) for row in states)
            return np.array([self._answers.value(row) for row in logits], dtype=np.float64)

    def _logits(self, ids: list[int]) -> "torch.Tensor":
        """Return the logits of the first token of the answer, float32 [vocabulary]."""
        import torch

        logits: torch.Tensor = self._model(input_ids=torch.tensor([ids]), **self._options()).logits[0, -1]
        return logits

    def input_ids(self, text: str) -> list[int]:
        """Return the ids of the prompt around a document."""
        whole = self.rendered(text)
        if self._has_turns:
            templated: list[int] = self._tokenizer(whole, add_special_tokens=False, verbose=False)[
                "input_ids"
            ]
            return templated
        ids: list[int] = self._tokenizer(whole, verbose=False)["input_ids"]
        return ids if self._sequence_to_sequence else _without_end(ids, self._tokenizer.eos_token_id)

    def rendered(self, text: str) -> str:
        """Return all that the model is given: the prompt with the document's beginning, and turns if any."""
        maximum = self._maximum_tokens
        document = self._guard(beginning(text, maximum))
        document = truncate(document, maximum, lambda some: offsets(self._tokenizer, some, maximum))
        document = self._guard.quote(document)  # again: the last line has become shorter
        return self._in_template(conversation(self._prompt, self._shots, document, self._guard))

    @property
    def _has_turns(self) -> bool:
        return bool(self._tokenizer.chat_template) and not self._sequence_to_sequence

    def _in_template(self, turns: Sequence[Turn]) -> str:
        if not self._has_turns:
            return as_text(turns)
        templated: str = self._tokenizer.apply_chat_template(
            [{"role": role, "content": content} for role, content in turns],
            tokenize=False,
            add_generation_prompt=True,
            date_string=_DATE,  # some templates would put in today's date
        )
        return templated

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


def _without_layers(model: Any) -> Any:
    """Leave of a decoder its settings and its product with the vocabulary."""
    import torch

    model.set_decoder(torch.nn.Identity())
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


def _without_end(ids: list[int], end: int | None) -> list[int]:
    """Drop an end-of-text token that the tokenizer puts last: the model is to go on."""
    return ids[:-1] if ids and ids[-1] == end else ids
