"""Scores documents by asking a server for the probabilities of the first token of its answer."""

import math
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation_assets.progress import Progress, silent
from curation_assets.quality.ask_llm.by_language import ByLanguage
from curation_assets.quality.ask_llm.questions import Question, find_questions
from curation_assets.quality.ask_llm.shots import Shot, Turn, as_text, conversation
from curation_assets.quality.endpoint.client import Client, EndpointError, RefusedError
from curation_assets.quality.endpoint.config import EndpointConfig
from curation_assets.quality.endpoint.reading import first_token_logprobs, value
from curation_assets.quality.prompts.guard import Guard, structural_lines
from curation_assets.quality.prompts.prompt import DATAPOINT, Prompt
from curation_assets.text.hashing import content_hash

VERSION = "1"
"""Raised by hand whenever the same model, prompt and text are asked or read in another way."""

PLAIN = "The river flows into the sea."
"""A document that no server has a reason to refuse."""
_PATHS = {"chat": "chat/completions", "completions": "completions"}


class EndpointScorer:
    """Maps texts to scores in [0, 1].

    Only the first ``maximum_characters`` of a document are sent: there is no tokenizer to count with.
    The scores are as reproducible as the server: many round differently from batch to batch.

    Attributes:
        fingerprint: content hash of the model's name, the api, the question, the truncation and the number
            of likeliest tokens. The address is not in it, since the same model may move; nor are the
            weights, which a server does not tell: who serves other weights gives them another name. A
            server that reports another name than the one asked for is refused.
        chunk: how many texts a caller that stores scores chunk by chunk should hand over at a time.
    """

    name = "endpoint"

    def __init__(self, config: EndpointConfig, question: Question, client: Client) -> None:
        self._config = config
        self._question = question
        self._client = client
        limits = (str(config.maximum_characters), str(config.top_logprobs))
        self.fingerprint = content_hash(
            "endpoint", VERSION, config.model, config.api, *limits, *question.parts
        )
        self.chunk = 4 * config.parallel_requests
        self._guards = [self._guard(prompt) for prompt in question.prompts]

    def of(self, _language: str | None) -> "EndpointScorer":
        """Return the scorer of documents in a language: this one, whatever the language."""
        return self

    def score(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float64]:
        """Return float64 [n], NaN for a document that the server refuses while it answers about a plain one.

        Raises:
            EndpointError: a request kept failing, or its answer has no probabilities; the first in the
                order of the texts. Requests that have not begun are given up.
        """
        scores = np.empty(len(texts), dtype=np.float64)
        stop = threading.Event()
        with ThreadPoolExecutor(max_workers=self._config.parallel_requests) as pool:
            pending = [pool.submit(self._score_one, text, stop) for text in texts]
            try:
                for index, future in enumerate(pending):
                    scores[index] = future.result()
                    progress(1)
            except BaseException:
                stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return scores

    def turns(self, text: str, which: int = 0) -> list[Turn]:
        """Return what is asked about a document with the question's prompt of this number."""
        guard = self._guards[which]
        document = text[: self._config.maximum_characters].encode("utf-8", "replace").decode("utf-8")
        return conversation(self._question.prompts[which], self._question.shots, guard(document), guard)

    def _score_one(self, text: str, stop: threading.Event) -> float:
        prompts = range(len(self._question.prompts))
        try:
            values = [self._value(text, which, stop) for which in prompts]
        except RefusedError:
            for which in prompts:
                self._value(PLAIN, which, stop)  # raises where it is not for the document
            return math.nan
        return sum(values) / len(values)

    def _value(self, text: str, which: int, stop: threading.Event) -> float:
        path = _PATHS[self._config.api]
        answer = self._client.post(path, self._body(self.turns(text, which)), stop)
        try:
            self._check_name(answer)
            return value(self._question.prompts[which].answers, first_token_logprobs(answer))
        except ValueError as error:
            raise EndpointError(f"{self._config.url}/{path}: HTTP status 200, but {error}") from error

    def _check_name(self, answer: Any) -> None:
        reported = answer.get("model") if isinstance(answer, dict) else None
        if isinstance(reported, str) and reported != self._config.model:
            raise ValueError(
                f"the server answers as model {reported!r}, while {self._config.model!r} was asked for; set"
                f" model: {reported!r}, so that scores are kept under the name of the model that made them"
            )

    def _body(self, turns: Sequence[Turn]) -> dict[str, Any]:
        config = self._config
        body = {"model": config.model, "max_tokens": 1, "temperature": 0}
        if config.api == "completions":
            return {**body, "prompt": as_text(turns), "logprobs": config.top_logprobs}
        messages = [{"role": role, "content": content} for role, content in turns]
        return {**body, "messages": messages, "logprobs": True, "top_logprobs": config.top_logprobs}

    def _guard(self, prompt: Prompt) -> Guard:
        shots = [Shot(DATAPOINT, shot.label) for shot in self._question.shots]
        frame = as_text(conversation(prompt, shots, DATAPOINT, str))
        return Guard(structural_lines(frame, DATAPOINT))


def load_endpoint(
    config: EndpointConfig, client: Client | None = None
) -> EndpointScorer | ByLanguage[EndpointScorer]:
    """Return the scorer that the settings name; nothing is sent before it scores.

    Raises:
        ModelError: prompt or shots cannot be read.
    """
    asked = client or Client(config)
    questions = find_questions(config, config.readout)
    return questions.scorers(lambda question: EndpointScorer(config, question, asked))
