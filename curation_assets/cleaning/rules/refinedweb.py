"""Line-wise corrections of RefinedWeb (Penedo et al. 2023, arXiv 2306.01116, section 3.2 and appendix G.2).

The paper gives examples; what it leaves open follows DCLM's reproduction (Li et al. 2024, arXiv 2406.11794):
a line is mainly of capital letters when they are more than half of its characters, a number has digits
alone, and a document is judged by the share of its words that the corrections removed. Words are runs between
spaces, as there; in a text mostly in a script written without spaces they are those of
:mod:`curation_assets.text.words`. RefinedWeb takes Gopher's values before it corrects lines, this project
after: the values describe the text that is stored.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING

import polars as pl

from curation_assets.cleaning.config import RefinedWebConfig
from curation_assets.cleaning.rules.rule import DType, Rule, Value, at_most
from curation_assets.text.words import unspaced_share, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLUMNS: dict[str, DType] = {"refinedweb_removed_lines": pl.Int64, "refinedweb_removed_words": pl.Float64}
COUNTED = (
    "bookmark",
    "comment",
    "download",
    "downvote",
    "follower",
    "like",
    "quote",
    "reaction",
    "repl",
    "repost",
    "retweet",
    "share",
    "subscriber",
    "upvote",
    "view",
    "vote",
)
"""What counters of web pages count, without an ending; the paper names likes."""
_COUNTER = re.compile(
    rf"\W*+[0-9][0-9.,]*+\s?[kmb]?\+?\s+(?:{'|'.join(COUNTED)})(?:s|y|ies)?\W*", re.IGNORECASE
)
_Count = Callable[[str], int]
_Pattern = re.Pattern[str]


def edit(text: str, config: RefinedWebConfig) -> tuple[str, dict[str, Value]]:
    """Return the text with its lines corrected, how many were removed, and the share of words that went.

    Words that are cut out of a line count too. The share is one of the words the text had, 0 to 1.
    """
    if not config.enabled or not text:
        return text, _values(0, 0.0)
    count = _lettered if unspaced_share(text) > 0.5 else _spaced
    lines = text.split("\n")
    wanted, runs = _wanted(text, lines, config)
    kept = list(compress(lines, wanted))
    removed = int(runs[~wanted].sum()) if text.isascii() else sum(map(count, compress(lines, ~wanted)))
    if cuts := _cuts(text.lower(), config):
        kept, cut = _cut(kept, cuts, config.short_line_words, count)
        removed += cut
    if kept == lines:
        return text, _values(0, 0.0)
    corrected = "\n".join(kept).strip("\n")
    while "\n\n\n" in corrected:
        corrected = corrected.replace("\n\n\n", "\n\n")
    total = int(runs.sum()) if text.isascii() else count(text)
    return corrected, _values(len(lines) - len(kept), removed / max(total, 1))


def _values(lines: int, share: float) -> dict[str, Value]:
    return {"refinedweb_removed_lines": lines, "refinedweb_removed_words": share}


UNEDITED = _values(0, 0.0)
"""The values of a text in which nothing is corrected."""


def _spaced(text: str) -> int:
    return len(text.split())


def _lettered(text: str) -> int:
    return len(words(text))


def _wanted(
    text: str, lines: list[str], config: RefinedWebConfig
) -> tuple["NDArray[np.bool_]", "NDArray[np.int32]"]:
    """Return which lines are not to be discarded, and for each line its runs between spaces of ASCII."""
    import numpy as np

    from curation_assets.cleaning.rules import refinedweb_kernel as kernel

    kinds, runs = np.zeros(len(lines), np.uint8), np.zeros(len(lines), np.int32)
    kernel.look(np.frombuffer(text.encode(errors="surrogatepass"), np.uint8), kinds, runs)
    surely = (
        kernel.CAPITALS * config.remove_uppercase_lines
        + kernel.NUMBER * config.remove_numeric_lines
        + kernel.ONE_WORD * config.remove_one_word_lines
    )
    wanted = kinds & surely == 0
    for index in np.flatnonzero(kinds & kernel.UNSURE).tolist():
        wanted[index] = not _is_unwanted(lines[index], config)
    if config.remove_counter_lines:
        for index in np.flatnonzero(kinds & kernel.COUNTER).tolist():
            if _COUNTER.fullmatch(lines[index]):
                wanted[index] = False
    return wanted, runs


def _is_unwanted(line: str, config: RefinedWebConfig) -> bool:
    """Say whether the line is mainly of capitals, a number or a single word, where those are removed.

    A run without spaces is one word, but for one with several letters of a script written without spaces.
    """
    if config.remove_uppercase_lines and 2 * sum(map(str.isupper, line)) > len(line):
        return True
    runs = line.split(None, 1)
    if len(runs) != 1:
        return False
    number = config.remove_numeric_lines and runs[0].rstrip().isdigit()
    return number or (config.remove_one_word_lines and (unspaced_share(line) == 0 or len(words(line)) < 2))


def _cuts(lowered: str, config: RefinedWebConfig) -> list[_Pattern]:
    """Return the patterns for the phrases that may stand in a text, given in small letters."""
    found = []
    for phrases, form in (
        (config.cut_line_starts, r"^\s*(?:{})(?!\w)\s*"),
        (config.cut_line_ends, r"\s?(?<!\w)(?:{})\s*$"),
        (config.cut_from_lines, r"\s?(?<!\w)(?:{})(?!\w)"),
    ):
        if any(phrase.lower() in lowered for phrase in phrases):
            found.append(_pattern(tuple(phrases), form))
    return found


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...], form: str) -> _Pattern:
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile(form.format("|".join(map(re.escape, longest_first))), re.IGNORECASE)


def _cut(lines: Iterable[str], cuts: list[_Pattern], most: int, count: _Count) -> tuple[list[str], int]:
    """Return the lines, the short ones without the phrases, and how many words went."""
    kept: list[str] = []
    removed = 0
    for line in lines:
        shorter = line
        if any(cut.search(line) for cut in cuts) and (size := count(line)) <= most:
            for cut in cuts:
                shorter = cut.sub("", shorter).strip()
            removed += size - count(shorter)
        if shorter.strip() or not line.strip():
            kept.append(shorter)
    return kept, removed


def rules(config: RefinedWebConfig) -> list[Rule]:
    """Return the rule that drops a document which the corrections took too much of, if it is on."""
    if not config.enabled:
        return []
    return at_most("refinedweb_corrections", "refinedweb_removed_words", config.maximum_removed_words)
