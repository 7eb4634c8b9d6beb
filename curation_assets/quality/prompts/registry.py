"""All prompts by name, their sources, and a user's own from a file.

- ``paper``: arXiv 2402.09668, figure 3, to the byte; the figure's line breaks inside the question are layout.
- ``paper_answer``: with "ANSWER:" below, for models that continue a text; ``paper_swapped``: no above yes.
- ``paper_de`` and others: own translations of the question, with the language's own words for yes and no.
- ``educational``: own wording of an additive scale, 0 to 5, in the spirit of FineWeb-Edu (arXiv 2406.17557,
  section 4), whose own prompt has the grade follow a justification; here the grade is the first token.
- ``medicine``, ``law``, ``code``: own wording of what a reader from the field would keep.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from curation_assets.quality.prompts.prompt import Answers, Prompt, answered_by, swapped
from resources.models import ModelError

BY_LANGUAGE = "by_language"
"""Not a prompt, but the choice of one by the document's language; other languages get ``paper``."""

Language = Literal["de", "es", "fr", "ja", "ko", "ru", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""Those with a prompt of their own, by ISO 639-1 code as in the column ``language``."""

HIGHEST_GRADE = 5
_GRADES = Answers(
    values=tuple((str(grade), grade / HIGHEST_GRADE) for grade in range(HIGHEST_GRADE + 1)),
    others=(),
    relative=True,
)
"""The expected grade over the highest; softmax over the six digits, not over the vocabulary."""

_YES_AND_NO = {
    "de": ("ja", "nein"),
    "es": ("sí", "no"),
    "fr": ("oui", "non"),
    "ja": ("はい", "いいえ"),
    "ko": ("네", "아니요"),
    "ru": ("да", "нет"),
    "zh": ("是", "否"),
}
_TEXTS = Path(__file__).parent / "texts"
_LARGEST_FILE = 65536


def _text(name: str) -> str:
    return _without_last_end((_TEXTS / f"{name}.txt").read_text(encoding="utf-8"))


def _without_last_end(text: str) -> str:
    return text.removesuffix("\n")  # editors put one there


def _in_language(code: str) -> Prompt:
    yes, no = _YES_AND_NO[code]
    return Prompt(_text(f"paper_{code}"), Answers(values=((yes, 1.0),), others=(no,), first_tokens=True))


_PAPER = Prompt(_text("paper"))
PROMPTS = {
    "paper": _PAPER,
    "paper_answer": Prompt(f"{_PAPER.text}\n\nANSWER:"),
    "paper_swapped": swapped(_PAPER),
    "educational": Prompt(_text("educational"), _GRADES),
    **{name: Prompt(_text(name)) for name in ("medicine", "law", "code")},
    **{f"paper_{code}": _in_language(code) for code in LANGUAGES},
}


def is_path(name: str) -> bool:
    """Say whether a name that is no prompt's means a file."""
    return name.endswith(".txt") or "/" in name


def find_prompt(name: str, answers: Sequence[str] = (), others: Sequence[str] = ()) -> Prompt:
    """Return the prompt of a name, or that in the file of that path.

    Args:
        answers: words that count as yes; none means the prompt's own. A file has none of its own.
        others: further options, that count nothing.

    Raises:
        ModelError: there is no such prompt, or it is not one.
    """
    try:
        prompt = PROMPTS.get(name) or _read(name, answers)
        return answered_by(prompt, answers, others)
    except ModelError as error:
        raise ModelError(f"prompt {name!r}: {error}") from error


def _read(name: str, answers: Sequence[str]) -> Prompt:
    if not is_path(name):
        raise ModelError(f"not one of {', '.join(PROMPTS)}, nor a file (a path with a / or ending in .txt)")
    try:
        data = Path(name).expanduser().read_bytes()
        text = _without_last_end(data.decode("utf-8").replace("\r\n", "\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"the file is not readable as UTF-8 ({error})") from error
    if len(data) > _LARGEST_FILE:
        raise ModelError(f"the file has {len(data)} bytes, more than {_LARGEST_FILE}")
    if not answers:
        raise ModelError("say which words count as yes, for instance answers: ['yes']")
    return Prompt(text, Answers(others=()))
