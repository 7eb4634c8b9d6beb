"""The verbalizer with examples before the question, which are read once and not for every document."""

import copy
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation_assets.quality.ask_llm.shots import Shot
from curation_assets.quality.ask_llm.verbalizer import Verbalizer
from curation_assets.quality.decoders.decoder import Backend
from curation_assets.quality.prompts.prompt import Prompt
from resources.models import Dtype

if TYPE_CHECKING:
    import torch


class FewShotVerbalizer(Verbalizer):
    """P(yes) after ``shots``, each shown as a question with its answer.

    A decoder-only model's keys and values of the tokens before the document are the same for all documents:
    they are computed once and copied. With or without this, a score is the same up to rounding: within 1e-5
    in float32, within some 0.03 in bfloat16. An encoder-decoder model reads the shots with every document,
    since its encoder looks ahead.

    Args:
        backend: others than torch read everything every time.
        reuse: False reads everything every time.
    """

    def __init__(
        self,
        folder: Path,
        dtype: Dtype,
        prompt: Prompt,
        maximum_tokens: int,
        shots: Sequence[Shot],
        *,
        backend: Backend = "torch",
        reuse: bool = True,
    ) -> None:
        super().__init__(folder, dtype, prompt, maximum_tokens, shots, backend=backend)
        self._reuse = reuse and not self._sequence_to_sequence

    def _ask(self, prompt: Prompt) -> None:
        super()._ask(prompt)
        self._prefix: tuple[list[int], Any] | None = None

    def _logits(self, ids: list[int]) -> "torch.Tensor":
        import torch

        if not self._reuse:
            return super()._logits(ids)
        if self._prefix is None:
            self._prefix = self._read_prefix()
        prefix, state = self._prefix
        if ids[: len(prefix)] != prefix or len(ids) == len(prefix):
            # tokens joined across the place where the document begins
            return super()._logits(ids)
        rest = torch.tensor([ids[len(prefix) :]])
        output = self._model(
            input_ids=rest, past_key_values=copy.deepcopy(state), use_cache=True, logits_to_keep=1
        )
        logits: torch.Tensor = output.logits[0, -1]
        return logits

    def _read_prefix(self) -> tuple[list[int], Any]:
        """Return the tokens at the start that documents have in common, and the model's state after them."""
        import torch

        columns = zip(*(self.input_ids(text) for text in ("", "a", "1", "\n", "é")), strict=False)
        prefix = [column[0] for column in itertools.takewhile(lambda column: len(set(column)) == 1, columns)]
        if not prefix:
            return [], None
        output = self._model(input_ids=torch.tensor([prefix]), use_cache=True, logits_to_keep=1)
        return prefix, output.past_key_values
