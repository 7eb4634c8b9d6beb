"""Reads the probabilities of the first token out of a server's answer."""

import math
from typing import Any

from curation_assets.quality.prompts.prompt import Answers

_NONE = (
    "the answer has no logprobs of its first token: the server must be able to return the likeliest ones"
    " (vLLM: --max-logprobs 20), or try the other api"
)


def first_token_logprobs(answer: Any) -> list[tuple[str, float]]:
    """Return (token, natural logarithm of its probability) of the likeliest first tokens.

    Knows the two forms that servers use: ``content[0].top_logprobs`` as a list of objects (chat, and
    llama.cpp's completions), and ``top_logprobs[0]`` as an object (completions).

    Raises:
        ValueError: there are none; the message says what to do.
    """
    try:
        found = answer["choices"][0]["logprobs"]
        if found.get("content"):
            listed = [(one["token"], one["logprob"]) for one in found["content"][0]["top_logprobs"]]
        else:
            listed = list(found["top_logprobs"][0].items())
        pairs = [(str(token), float(logprob)) for token, logprob in listed]
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(_NONE) from error
    if not pairs or not all(logprob < 1e-3 for _, logprob in pairs):  # NaN is refused, too
        raise ValueError(_NONE)
    return pairs


def value(answers: Answers, logprobs: list[tuple[str, float]]) -> float:
    """Return the sum of value x probability, in [0, 1].

    A token counts as an answer if it is one after blanks are stripped and capitals made small; where the
    answers say ``first_tokens``, also if it is the beginning of one and of no other. Where they are
    ``relative``, it is the mean value, weighted by probability; 0 where no token is an answer.
    """
    worth = {answer.strip().lower(): value for answer, value in answers.values}
    words = [*worth, *(other.strip().lower() for other in answers.others)]
    total = weighted = 0.0
    for token, logprob in logprobs:
        word = _answer(token.strip().lower(), words, answers.first_tokens)
        if word in worth:
            total += math.exp(logprob)
            weighted += worth[word] * math.exp(logprob)
    if answers.relative:
        return weighted / total if total else 0.0
    return min(1.0, weighted)


def _answer(token: str, words: list[str], beginnings: bool) -> str | None:
    if token in words or not beginnings or not token:
        return token
    begun = [word for word in words if word.startswith(token)]
    return begun[0] if len(begun) == 1 else None
