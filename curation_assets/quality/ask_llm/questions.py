"""From settings to what is asked: one prompt, both orders of it, or one for each language; and shots."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from curation_assets.quality.ask_llm.by_language import ByLanguage, Scorer
from curation_assets.quality.ask_llm.shots import Shot, read_shots, shot_parts
from curation_assets.quality.prompts.guard import VERSION
from curation_assets.quality.prompts.prompt import Prompt, swapped
from curation_assets.quality.prompts.registry import BY_LANGUAGE, find_prompt
from resources.models import ModelError


class Asking(Protocol):
    """The settings of a question, see ``config``."""

    @property
    def prompt(self) -> str: ...
    @property
    def answers(self) -> Sequence[str]: ...
    @property
    def other_answers(self) -> Sequence[str]: ...
    @property
    def prompt_languages(self) -> Sequence[str]: ...
    @property
    def shots(self) -> str: ...
    @property
    def shot_count(self) -> int: ...


@dataclass(frozen=True)
class Question:
    """What a document is asked: the score is the mean over ``prompts``, each after the same ``shots``."""

    prompts: tuple[Prompt, ...]
    shots: tuple[Shot, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """Return what a fingerprint has to know, the way in which documents are guarded included."""
        prompts = tuple(part for prompt in self.prompts for part in prompt.parts)
        return (VERSION, str(len(self.prompts)), *prompts, *shot_parts(self.shots))


@dataclass(frozen=True)
class Questions:
    """The question of each language that has one of its own, and that of all other documents."""

    otherwise: Question
    of_language: Mapping[str, Question] = field(default_factory=dict)

    def scorers(self, make: Callable[[Question], Scorer]) -> Scorer | ByLanguage[Scorer]:
        """Return a scorer, or several where the language chooses."""
        if not self.of_language:
            return make(self.otherwise)
        own = {code: make(question) for code, question in self.of_language.items()}
        return ByLanguage(own, make(self.otherwise))


def find_questions(settings: Asking, readout: str) -> Questions:
    """Return what the settings ask.

    Args:
        readout: "verbalizer", "both_orders" or "fewshot".

    Raises:
        ModelError: prompt or shots cannot be read, or do not go with the read-out.
    """
    shots = read_shots(settings.shots, settings.shot_count) if readout == "fewshot" else ()

    def question(name: str) -> Question:
        prompt = find_prompt(name, settings.answers, settings.other_answers)
        try:
            prompts = (prompt, swapped(prompt)) if readout == "both_orders" else (prompt,)
        except ModelError as error:
            raise ModelError(f"prompt {name!r}, readout: both_orders: {error}") from error
        if shots and prompt.answers.choice is None:
            raise ModelError(
                f"prompt {name!r}, readout: fewshot: only a prompt with a yes and a no can have shots; for a"
                " file, give answers and other_answers"
            )
        return Question(prompts, shots)

    if settings.prompt != BY_LANGUAGE:
        return Questions(question(settings.prompt))
    if settings.answers or settings.other_answers:
        raise ModelError(
            "prompt: by_language has answers in each language: leave answers and other_answers out"
        )
    own = {code: question(f"paper_{code}") for code in settings.prompt_languages}
    return Questions(question("paper"), own)
