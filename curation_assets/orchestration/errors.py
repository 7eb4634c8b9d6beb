"""Messages of errors for Dagster's log, without what they quote of documents.

Libraries put the value that they could not take into their message (``could not convert string to float:
'...'``), and a server that is asked for scores may send back what it was sent. The log keeps such a message
for good, and everyone who opens the UI reads it. So before an error is told to Dagster, its message is
compared with the texts of the documents that it can be about; what stands in one of them is left out, unless
``checks.text_samples`` allows samples. Only errors pay for that.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import dagster as dg

from curation_assets.workplace import Workplace
from resources.lake import Lake

LETTERS = 20
"""Runs of fewer letters and digits than these are no sample of a text."""
_TABLES = ("raw_documents", "clean_documents", "repeated_passages")
_QUOTE_NOTHING = re.compile(
    r"(OSError|MemoryError|PermissionError|FileNotFoundError|StructureError|ConservationError): "
)
_SIGNS = re.compile(r"\\u[0-9a-fA-F]{4}|\\[nrtbf]|.", re.DOTALL)
_NO_LETTER = r"[^\p{L}\p{N}]+"


class BuildError(RuntimeError):
    """An error of a build, in the words that may be logged: its type, and what it says of no document."""


def without_texts(message: str, workplace: Workplace, shards: Sequence[str]) -> str:
    """Return a message without the runs of 20 letters and more that a document of these shards has, too.

    Case, spaces, punctuation and escapes (``\\n``, ``\\u4f60``) make no difference. Where the texts cannot be
    compared, only what precedes the first colon is told: the type of the error.
    """
    if workplace.config.checks.text_samples or _QUOTE_NOTHING.match(message):
        return message
    letters = _letters(message)
    plain = "".join(letter for letter, _, _ in letters)
    windows = {plain[at : at + LETTERS] for at in range(len(plain) - LETTERS + 1)}
    try:
        common = _common(workplace.lake, shards, sorted(windows)) if windows else set()
    except Exception:  # whatever is wrong with the tables, the message may be about it
        kind = message.partition(":")[0]
        return f"{kind}: (not logged: what it says cannot be compared with the documents)"
    hidden = [
        (letters[at][1], letters[at + LETTERS - 1][2])
        for at in range(len(plain) - LETTERS + 1)
        if plain[at : at + LETTERS] in common
    ]
    return _cut(message, hidden)


def _letters(message: str) -> list[tuple[str, int, int]]:
    """Return the letters and digits of a message in small, each with where it begins and ends."""
    found = []
    for sign in _SIGNS.finditer(message):
        text = sign[0]
        letter = chr(int(text[2:], 16)) if text.startswith("\\u") else text if len(text) == 1 else ""
        small = letter.lower()
        if letter.isalnum() and len(small) == 1:
            found.append((small, sign.start(), sign.end()))
    return found


def _common(lake: Lake, shards: Sequence[str], windows: list[str]) -> set[str]:
    """Return the windows that a text of these shards has."""
    found: set[str] = set()
    for shard in shards:
        for table in _TABLES:
            if not lake.table_path(table, shard).is_file():
                continue
            texts = lake.read(table, shard, ["text"])["text"].drop_nulls()
            small = texts.str.to_lowercase().str.replace_all(_NO_LETTER, "")
            hits = small.str.extract_many(windows, overlapping=True)
            found.update(hits.explode().drop_nulls().unique().to_list())
    return found


def _cut(message: str, hidden: Sequence[tuple[int, int]]) -> str:
    """Return a message with a word in place of each run of places that is hidden; they are in order."""
    parts, done, at = [], 0, 0
    while at < len(hidden):
        begin, end = hidden[at]
        while at + 1 < len(hidden) and hidden[at + 1][0] <= end:
            at, end = at + 1, hidden[at + 1][1]
        parts += [message[done:begin], f"[{end - begin} characters of a document]"]
        done, at = end, at + 1
    return "".join([*parts, message[done:]])


@contextmanager
def told_without_texts(workplace: Workplace) -> Iterator[None]:
    """Turn an error that quotes a document of the lake into one that does not, at the same place."""
    try:
        yield
    except dg.Failure:
        raise
    except Exception as error:
        told = _told(error, workplace)
        if told is None:
            raise
        raise told.with_traceback(error.__traceback__) from None


def _told(error: Exception, workplace: Workplace) -> BuildError | None:
    """Return what to raise instead, or None where neither the error nor what led to it quotes anything."""
    chain: list[BaseException] = [error]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None and before not in chain:
        chain.append(before)
    shards: list[str] = []
    with suppress(OSError):
        shards = workplace.lake.recorded_shards("raw_documents")
    messages = [f"{type(one).__name__}: {one}" for one in chain]
    told = [without_texts(message, workplace, shards) for message in messages]
    return BuildError(told[0]) if told != messages else None
