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

LETTERS = 30
"""Runs of fewer letters and digits are no sample of a text; the set phrases of errors are shorter, mostly."""
MOST_CHARACTERS = 2_000
MOST_BYTES = 4_000_000_000
"""Of the files of texts that a message is compared with: some minutes of reading."""
_TABLES = ("raw_documents", "clean_documents", "repeated_passages")
_QUOTE_NOTHING = re.compile(
    r"(OSError|MemoryError|PermissionError|FileNotFoundError|StructureError|ConservationError|ConfigError"
    r"|InfeasibleError|LakeBusyError|MissingInputError|RequirementError): "
)
"""Types whose messages hold paths, keys, names and numbers, and not what a library or a server said."""
_TYPE = re.compile(r"[\w.]+: ")
_SIGNS = re.compile(r"(?:\\x[0-9a-fA-F]{2})+|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[nrtbf]|.", re.DOTALL)
_QUOTED = re.compile(r"""(['"`])(.{30,})\1""", re.DOTALL)
_FINAL_SIGMA, _SIGMA = "\u03c2", "\u03c3"  # of which lower case has two, by the place in the word
_NO_LETTER = r"[^\p{L}\p{N}]+"
Letter = tuple[str, int, int]


class BuildError(RuntimeError):
    """An error of a build, in the words that may be logged: its type, and what it says of no document."""


def without_texts(message: str, workplace: Workplace, shards: Sequence[str]) -> str:
    """Return a message without the runs of 30 letters and more that a document of these shards has, too.

    Case, spaces, punctuation and escapes (``\\n``, ``\\u4f60``) make no difference, and the type of the error
    before the first colon stays. Where the texts cannot be compared (they cannot be read, or there is too
    much of them) only the type is told; where there are none yet, quotations are left out. Of long messages
    the first 2,000 characters are told.
    """
    return _all_without_texts([message], workplace, shards)[0]


def _all_without_texts(messages: Sequence[str], workplace: Workplace, shards: Sequence[str]) -> list[str]:
    """Return the same of several messages; the texts are read once."""
    if workplace.config.checks.text_samples:
        return list(messages)
    short = [text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…" for text in messages]
    asked = [text for text in short if not _QUOTE_NOTHING.match(text)]
    letters = {text: _letters(text) for text in asked}
    windows = {window for found in letters.values() for window in _windows(found)}
    if not windows:
        return short
    known = {text: text for text in short}
    try:
        common = _common(workplace.lake, shards, sorted(windows))
    except Exception:  # whatever is wrong with the tables, the message may be about it
        reason = "(not logged: what it says cannot be compared with the documents)"
        known |= {text: f"{text.partition(':')[0]}: {reason}" for text in asked}
    else:
        known |= {
            text: _QUOTED.sub(_left_out, text) if common is None else _cut(text, letters[text], common)
            for text in asked
        }
    return [known[text] for text in short]


def _letters(message: str) -> list[Letter]:
    """Return the letters and digits behind the type, in small, each with where it begins and ends."""
    found = []
    kind = _TYPE.match(message)
    for sign in _SIGNS.finditer(message, kind.end() if kind else 0):
        for letter in _meant(sign[0]):
            small = "".join(one for one in letter.lower() if one.isalnum()).replace(_FINAL_SIGMA, _SIGMA)
            if len(small) == 1:
                found.append((small, sign.start(), sign.end()))
    return found


def _meant(sign: str) -> str:
    """Return the characters that an escape stands for; "" for a line end and the like."""
    if len(sign) == 1:
        return sign
    if sign.startswith("\\x"):  # the bytes of a text, or its characters
        data = bytes.fromhex(sign.replace("\\x", ""))
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("latin-1")
    point = int(sign[2:], 16) if sign[1] in "uU" else 0
    return chr(point) if 0 < point < 0x110000 else ""


def _windows(letters: Sequence[Letter]) -> list[str]:
    plain = "".join(letter for letter, _, _ in letters)
    return [plain[at : at + LETTERS] for at in range(len(plain) - LETTERS + 1)]


def _common(lake: Lake, shards: Sequence[str], windows: list[str]) -> set[str] | None:
    """Return the windows that a text of these shards has; None where there is no text yet.

    Raises:
        ValueError: there is more text than is compared.
    """
    places = [(table, shard) for shard in shards for table in _TABLES]
    there = [(*place, path) for place in places if (path := lake.table_path(*place)).is_file()]
    if sum(path.stat().st_size for _, _, path in there) > MOST_BYTES:
        raise ValueError("too much text")
    found: set[str] = set()
    for table, shard, _ in there:
        texts = lake.read(table, shard, ["text"])["text"].drop_nulls()
        small = texts.str.to_lowercase().str.replace_all(_NO_LETTER, "")
        small = small.str.replace_all(_FINAL_SIGMA, _SIGMA, literal=True)
        hits = small.str.extract_many(windows, overlapping=True)
        found.update(hits.explode().drop_nulls().unique().to_list())
    return found if there else None


def _left_out(quotation: re.Match[str]) -> str:
    return f"{quotation[1]}[{len(quotation[2])} characters]{quotation[1]}"


def _cut(message: str, letters: Sequence[Letter], common: set[str]) -> str:
    """Return a message with a word in place of each run of letters that documents have, too."""
    hidden = [
        (letters[at][1], letters[at + LETTERS - 1][2])
        for at, window in enumerate(_windows(letters))
        if window in common
    ]
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
    """Turn an error that quotes a document of the lake into one that does not, at the same place.

    What led to it is left out, too, where it quotes one.
    """
    try:
        yield
    except dg.Failure:
        raise
    except Exception as error:
        told = _told(error, workplace)
        if told is None:
            raise
        raise told.with_traceback(error.__traceback__) from None


def _told(error: Exception, workplace: Workplace) -> Exception | None:
    """Return what to raise instead, or None where neither the error nor what led to it quotes anything."""
    chain: list[BaseException] = [error]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None and before not in chain:
        chain.append(before)
    shards: list[str] = []
    with suppress(OSError):
        shards = workplace.lake.recorded_shards("raw_documents")
    messages = [f"{type(one).__name__}: {one}" for one in chain]
    told = _all_without_texts(messages, workplace, shards)
    if told == messages:
        return None
    return error if told[0] == messages[0] else BuildError(told[0])
