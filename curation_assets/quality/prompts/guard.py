"""Keeps a document in its place: nothing in it can pass for a part of the prompt or of a chat template.

A prompt's structure is made of whole lines, and the document has lines of its own. So it is enough that no
line of a document equals one of the prompt's, and that nothing in it is a mark that a tokenizer reads as
something else than text. Documents are changed for the question alone, and as little as that takes.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

VERSION = "2"
"""Raised by hand whenever a document is changed in another way."""

_FILLER = "\ufffd"
_TURN_MARKS = (
    r"<\|[^<>|\s\ufffd]{1,40}\|>",  # ChatML, Llama 3, Phi and others
    r"<\uff5c[^<>\uff5c\s\ufffd]{1,40}\uff5c>",  # DeepSeek
    r"</?s>|<(?:pad|unk|bos|eos|mask)>|<(?:start|end)_of_turn>|<extra_id_\d{1,3}>",
    r"\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<</?SYS>>|\[(?:CLS|SEP|MASK|PAD|UNK)\]",
)
"""Marks of widespread templates. A server's tokenizer is not known, and may read these in plain text."""


class Guard:
    """Maps documents to documents that cannot pass for anything else.

    Runs of three or more # become ##, "OPTIONS:" loses its colons, special tokens and the marks of turns
    become a blank, and a line that equals one of ``lines`` gets "> " in front. Lines are compared without
    case, blanks and invisible characters, in compatible form (Unicode NFKC).

    Args:
        lines: the prompt's own lines.
        special_tokens: of the tokenizer, if it is known.
    """

    def __init__(self, lines: Iterable[str], special_tokens: Iterable[str] = ()) -> None:
        marks = sorted({token for token in special_tokens if token.strip()}, key=len, reverse=True)
        # What takes the place of a mark is in none of them, so nothing closes up to a new one: one pass.
        self._filler = _FILLER if any(" " in mark for mark in marks) else " "
        self._marks = re.compile("|".join([*map(re.escape, marks), *_TURN_MARKS]), re.IGNORECASE)
        self._lines = {_comparable(line) for line in lines} - {""}

    def __call__(self, document: str) -> str:
        """Return the document without what could pass for a part of the prompt."""
        some = re.sub("OPTIONS:+", "OPTIONS", re.sub("###+", "##", document))
        return self.quote(self._marks.sub(self._filler, some))

    def quote(self, document: str) -> str:
        """Return the document with "> " before lines that equal one of the prompt's."""
        return "".join(map(self._quoted, document.splitlines(keepends=True)))

    def _quoted(self, line: str) -> str:
        while _comparable(line) in self._lines:
            line = f"> {line}"
        return line


def structural_lines(frame: str, placeholder: str) -> list[str]:
    """Return the lines of a rendered prompt other than the one that holds the document's place."""
    return [line for line in frame.splitlines() if line != placeholder]


def truncate(text: str, maximum_tokens: int, offsets: Callable[[str], Sequence[tuple[int, int]]]) -> str:
    """Return the beginning of a document that its first ``maximum_tokens`` tokens cover.

    Args:
        offsets: maps a text to the (start, end) character positions of its tokens.
    """
    positions = offsets(text)
    return text if len(positions) <= maximum_tokens else text[: positions[maximum_tokens - 1][1]]


def _comparable(line: str) -> str:
    if line.isascii():  # the same, in a tenth of the time
        return line.translate(_NOT_SEEN).lower()
    plain = unicodedata.normalize("NFKC", line).casefold()
    return "".join(
        char for char in plain if not char.isspace() and unicodedata.category(char) not in _INVISIBLE
    )


_INVISIBLE = {"Cc", "Cf", "Mn"}
_NOT_SEEN = dict.fromkeys([*range(33), 127])
