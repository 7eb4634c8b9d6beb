"""What the logits at the answer position are worth."""

from typing import TYPE_CHECKING, Any

from curation_assets.quality.prompts.prompt import Answers
from resources.models import ModelError

if TYPE_CHECKING:
    import torch


class AnswerTokens:
    """The sum of value x probability over the answers' tokens.

    Raises:
        ModelError: an answer is no single token of this model, or its first token is that of another answer.
    """

    def __init__(self, tokenizer: Any, answers: Answers) -> None:
        token = _first_token if answers.first_tokens else _single_token
        values: dict[int, float] = {}
        for answer, value in answers.values:
            if values.setdefault(token(tokenizer, answer), value) != value:
                raise ModelError(f"answer {answer!r} begins with the same token as one of another value")
        if answers.first_tokens:
            for other in answers.others:
                if token(tokenizer, other) in values:
                    words = " and ".join(repr(answer) for answer, _ in answers.values)
                    raise ModelError(
                        f"this model's tokens for {words} and {other!r} begin alike, so that the first one"
                        " does not tell the answer: leave this language out of prompt_languages, or take"
                        " another prompt"
                    )
        self._ids = sorted(values)
        self._values = [values[number] for number in self._ids]
        self._relative = answers.relative

    def value(self, logits: "torch.Tensor") -> float:
        """Return the value of float32 logits [vocabulary], in [0, 1] to the last bit of a sum."""
        import torch

        if self._relative:
            probabilities = torch.softmax(logits[self._ids], dim=-1)
        else:
            probabilities = torch.softmax(logits, dim=-1)[self._ids]
        return min(1.0, float(probabilities.double() @ torch.tensor(self._values, dtype=torch.float64)))


def _single_token(tokenizer: Any, answer: str) -> int:
    ids = _ids(tokenizer, answer)
    if len(ids) != 1:
        tokens = tokenizer.convert_ids_to_tokens(ids)
        raise ModelError(f"answer {answer!r} is not a single token of this model but {tokens}; see 'yes'")
    return ids[0]


def _first_token(tokenizer: Any, answer: str) -> int:
    return _ids(tokenizer, answer)[0]


def _ids(tokenizer: Any, answer: str) -> list[int]:
    ids: list[int] = tokenizer(answer, add_special_tokens=False)["input_ids"]
    if not ids or tokenizer.unk_token_id in ids:
        raise ModelError(f"answer {answer!r} is not a single token of this model: it does not know the word")
    return ids
