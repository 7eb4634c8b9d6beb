"""The question that a scorer is asked, and what is done to a document so that it cannot change it."""

import re
from collections.abc import Callable, Sequence

DATAPOINT = "{datapoint}"

PAPER = """###
{datapoint}
###

Does the previous paragraph demarcated within ### and ### contain informative signal for pre-training a \
large-language model? An informative datapoint should be well-formatted, contain some usable knowledge of \
the world, and strictly NOT have any harmful, racist, sexist, etc. content.

OPTIONS:
- yes
- no"""
"""arXiv 2402.09668, figure 3, to the byte; the figure's line breaks inside the question are layout."""

PROMPTS = {"paper": PAPER, "paper_answer": f"{PAPER}\n\nANSWER:"}


def sanitise(text: str, special_tokens: Sequence[str] = ()) -> str:
    """Return the document without what could pass for a part of the prompt.

    Runs of three or more # become ##, "OPTIONS:" loses its colons, and the tokenizer's special tokens
    (ends of turns, for instance) become spaces.
    """
    marks = [token for token in special_tokens if token]
    pattern = re.compile("|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True)))
    while marks and (replaced := pattern.sub(" ", text)) != text:
        text = replaced  # again: what is left may have closed up to a new one
    return re.sub("OPTIONS:+", "OPTIONS", re.sub("###+", "##", text))


def truncate(text: str, maximum_tokens: int, offsets: Callable[[str], Sequence[tuple[int, int]]]) -> str:
    """Return the beginning of a document that its first ``maximum_tokens`` tokens cover.

    Args:
        offsets: maps a text to the (start, end) character positions of its tokens.
    """
    positions = offsets(text)
    return text if len(positions) <= maximum_tokens else text[: positions[maximum_tokens - 1][1]]


def render(prompt: str, document: str) -> str:
    """Put a sanitised document into a prompt of ``PROMPTS``."""
    return PROMPTS[prompt].replace(DATAPOINT, document)
