"""A prompt: its text around a document, and what the possible answers are worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from resources.models import ModelError

DATAPOINT = "{datapoint}"


@dataclass(frozen=True)
class Answers:
    """What an answer is worth; a score is the sum of value x probability, in [0, 1].

    Attributes:
        values: (answer, value in [0, 1]).
        others: further options, worth nothing; needed where options are swapped or shown in examples.
        relative: probabilities are taken among the answers of ``values`` alone, not in the whole vocabulary.
        first_tokens: an answer of several tokens stands for its first one, which no other answer may share.
            Otherwise an answer must be one token.
    """

    values: tuple[tuple[str, float], ...] = (("yes", 1.0),)
    others: tuple[str, ...] = ("no",)
    relative: bool = False
    first_tokens: bool = False

    @property
    def choice(self) -> tuple[str, str] | None:
        """Return the words for yes and no, where the answers come down to these."""
        return (self.values[0][0], self.others[0]) if self.others and not self.relative else None

    @property
    def parts(self) -> tuple[str, ...]:
        """Return what a fingerprint has to know."""
        listed = [part for answer, value in self.values for part in (answer, repr(value))]
        return (*listed, "others", *self.others, str(self.relative), str(self.first_tokens))


@dataclass(frozen=True)
class Prompt:
    """A question about a document, which stands on a line of its own: see ``guard``.

    Raises:
        ModelError: the text has not exactly one {datapoint}, something else on its line, or nothing below.
    """

    text: str
    answers: Answers = Answers()

    def __post_init__(self) -> None:
        count = self.text.count(DATAPOINT)
        if count != 1:
            raise ModelError(f"a prompt must have {DATAPOINT} exactly once, this one has it {count} times")
        if DATAPOINT not in self.text.split("\n"):
            raise ModelError(
                f"{DATAPOINT} must stand on a line of its own, without blanks: beside other words on its line"
                " a document could go on in their place"
            )
        if not self.text.split(DATAPOINT)[1].strip():
            raise ModelError(f"something must follow {DATAPOINT}, or a document could say what is asked")

    def render(self, document: str) -> str:
        """Put a document, which ``guard`` has passed, into its place."""
        return self.text.replace(DATAPOINT, document)

    @property
    def parts(self) -> tuple[str, ...]:
        """Return what a fingerprint has to know."""
        return (self.text, *self.answers.parts)


def answered_by(prompt: Prompt, answers: Sequence[str], others: Sequence[str]) -> Prompt:
    """Return a prompt with other words for yes and no; without any, the prompt as it is.

    Raises:
        ModelError: the prompt has a scale, or a word stands for both.
    """
    if not answers and not others:
        return prompt
    if prompt.answers.relative:
        raise ModelError("this prompt has a scale of its own: leave answers and other_answers out")
    values = tuple((answer, 1.0) for answer in answers) or prompt.answers.values
    rest = tuple(others) or prompt.answers.others
    both = {answer for answer, _ in values} & set(others)
    if both:
        raise ModelError(f"{sorted(both)[0]!r} is among answers and among other_answers")
    kept = tuple(word for word in rest if word not in dict(values))
    return replace(prompt, answers=replace(prompt.answers, values=values, others=kept))


def swapped(prompt: Prompt) -> Prompt:
    """Return the prompt with its two options in the other order.

    Raises:
        ModelError: it has no two lines "- yes" and "- no" one below the other.
    """
    words = prompt.answers.choice
    listed = "" if words is None else f"\n- {words[0]}\n- {words[1]}"
    if words is None or f"{prompt.text}\n".count(f"{listed}\n") != 1:
        raise ModelError("only a prompt that lists its two options, '- yes' above '- no', can be swapped")
    head, _, tail = f"{prompt.text}\n".rpartition(f"{listed}\n")
    text = f"{head}\n- {words[1]}\n- {words[0]}\n{tail}"
    return replace(prompt, text=text.removesuffix("\n"))
