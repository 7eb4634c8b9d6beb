"""Labelled examples that are shown before the question (few-shot), and how a conversation is put together."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from curation_assets.quality.prompts.guard import VERSION
from curation_assets.quality.prompts.prompt import Prompt
from resources.models import PACKAGED, ModelError

PACKAGED_SHOTS = Path(__file__).parents[1] / "examples" / "shots.jsonl"
ANSWER_LINE = "ANSWER:"
"""Goes between question and answer where a model has no turns; the answer is the next line."""
_LARGEST_FILE = 1 << 20

Turn = tuple[str, str]
"""(role, content); role is "user" or "assistant"."""


@dataclass(frozen=True)
class Shot:
    """A text and whether it is informative (1) or not (0)."""

    text: str
    label: int


def read_shots(name_or_path: str, count: int) -> tuple[Shot, ...]:
    """Return the first ``count`` shots of "packaged" or of a file of JSON lines with text and label, 0 or 1.

    Raises:
        ModelError: the file is missing, too short, or a line of it is not a shot.
    """
    path = PACKAGED_SHOTS if name_or_path == PACKAGED else Path(name_or_path).expanduser()
    try:
        data = path.read_bytes()
        lines = [line for line in data.decode("utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"shots {path}: the file is not readable as UTF-8 ({error})") from error
    if len(data) > _LARGEST_FILE:
        raise ModelError(f"shots {path}: {len(data)} bytes, more than {_LARGEST_FILE}")
    if len(lines) < count:
        raise ModelError(f"shots {path}: {len(lines)} lines, but {count} shots are to be shown")
    return tuple(_shot(line, f"shots {path}, line {number}") for number, line in enumerate(lines[:count], 1))


def conversation(
    prompt: Prompt, shots: Sequence[Shot], document: str, guard: Callable[[str], str]
) -> list[Turn]:
    """Return the turns: each shot as a question with its answer, then the question about the document.

    Args:
        document: has passed the guard; the shots' texts pass it here.

    Raises:
        ModelError: there are shots, and the prompt's answers are not a yes and a no.
    """
    words = prompt.answers.choice
    if shots and words is None:
        raise ModelError("only a prompt with a yes and a no can have shots: give answers and other_answers")
    turns: list[Turn] = []
    for shot in shots:
        turns.append(("user", prompt.render(guard(shot.text))))
        turns.append(("assistant", words[0] if shot.label else words[1]))  # type: ignore[index]
    return [*turns, ("user", prompt.render(document))]


def as_text(turns: Sequence[Turn]) -> str:
    """Return a conversation for a model without turns; a single question stays as it is, to the byte."""
    if len(turns) == 1:
        return turns[0][1]
    pairs = zip(turns[::2], turns[1::2], strict=False)
    shown = "".join(f"{_with_answer_line(asked)}{answer}\n\n" for (_, asked), (_, answer) in pairs)
    return shown + _with_answer_line(turns[-1][1])


def shot_parts(shots: Sequence[Shot]) -> tuple[str, ...]:
    """Return what a fingerprint has to know of the shots and of how they are shown."""
    return (VERSION, *(part for shot in shots for part in (str(shot.label), shot.text)))


def _with_answer_line(question: str) -> str:
    return f"{question.removesuffix(ANSWER_LINE).rstrip()}\n\n{ANSWER_LINE}\n"


def _shot(line: str, where: str) -> Shot:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ModelError(f"{where}: not JSON ({error})") from error
    text, label = (row.get("text"), row.get("label")) if isinstance(row, dict) else (None, None)
    if not isinstance(text, str) or isinstance(label, bool) or label not in (0, 1):
        raise ModelError(f"{where}: a shot has a text and a label, 1 for informative or 0 for not")
    return Shot(text, int(label))
