"""Cuts a text into windows of at most so many tokens."""

from dataclasses import dataclass
from typing import Any

CHARACTERS_PER_TOKEN = 32
"""Characters of a text that are tokenised for each token that is read, so that a book is not as a whole."""


@dataclass(frozen=True)
class Window:
    """A part of a text, and how many tokens it has (special ones not counted)."""

    text: str
    tokens: int


def windows(tokenizer: Any, text: str, size: int, most: int) -> list[Window]:
    """Return the first windows of a text; they follow each other, and each begins with a word.

    A window ends before the word that does not fit into it; a word of more tokens than a window is cut. A
    text of no more than ``size`` tokens is one window, the text itself; so is one without tokens.

    Args:
        tokenizer: a fast one of ``transformers``.
        size: the most tokens of a window. The first token of a part of a word may be cut in another way when
            the part is tokenised alone, so that a window can have one more.
        most: windows that are returned.
    """
    encoding = tokenizer(
        text,
        add_special_tokens=False,
        return_offsets_mapping=True,
        return_attention_mask=False,
        verbose=False,
    )
    offsets, words = encoding["offset_mapping"], encoding.word_ids()
    if len(offsets) <= size:
        return [Window(text, len(offsets))]
    found: list[Window] = []
    start = 0
    while start < len(offsets) and len(found) < most:
        end = _end(words, start, size)
        found.append(Window(text[offsets[start][0] : offsets[end - 1][1]], end - start))
        start = end
    return found


def _end(words: list[int | None], start: int, size: int) -> int:
    """Return where the window from ``start`` ends: not within a word, if it has another one before that."""
    end = start + size
    if end >= len(words):
        return len(words)
    at = end
    while at > start and words[at] is not None and words[at] == words[at - 1]:
        at -= 1
    return at if at > start else end
