"""Counts the words and phrases of lists: obscene words (as C4, arXiv 1910.10683, section 2.2) and toxic ones.

A list is a UTF-8 file, or a folder of files by language: ``en.txt`` is for English documents, ``any.txt`` for
those of every language. A line is a word or a phrase; it is skipped when it is empty or begins with ``#``.
Words are those of ``text.words`` in lower case, parted at hyphens, so an entry never matches within a longer
word; in scripts written without spaces every character is a word, so there it does.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import polars as pl

from curation_assets.cleaning.config import WordListsConfig
from curation_assets.cleaning.rules.rule import DType, Rule, at_most
from curation_assets.text.hashing import content_hash
from curation_assets.text.words import words

LISTS = ("bad_words", "toxic_words")
PACKAGED, OFF, ANY_LANGUAGE = "packaged", "off", "any"
COLUMNS: dict[str, DType] = {
    "bad_words": pl.Int64,
    "bad_word_share": pl.Float64,
    "toxic_words": pl.Int64,
    "toxic_word_share": pl.Float64,
}
MOST_LINES, LONGEST_LINE = 50_000, 200
_LANGUAGE = re.compile("[a-z]{2,3}")
_PACKAGED_FOLDER = Path(__file__).parent / "lists"
# That of each list. Compiled it takes some 40 bytes a character, and Polars takes none above 10 MB.
_LONGEST_PATTERN = 50_000
_HYPHEN = re.compile("[-\u2010]")
_ASCII_WORD = re.compile("[a-z0-9]")
_BREAK = "[^a-z0-9]"

Entries = dict[str, tuple[tuple[str, ...], ...]]
"""By its first word, what begins with it, the longest first."""
Files = tuple[tuple[str, bytes], ...]
"""Language and content of each file of a list."""


class WordListError(OSError):
    """A word list cannot be used; the message says which file, and why."""


def measure(texts: pl.Series, languages: pl.Series, config: WordListsConfig) -> pl.DataFrame:
    """Return COLUMNS for every text: occurrences that do not overlap, and their share of the words.

    texts: String, no nulls; languages: String, ISO 639 codes, or null, to which the lists of all languages
    apply. The columns of a list that is off are null.
    Raises WordListError for a list that cannot be read.
    """
    sources = list(_sources(config))
    possible = _possible(texts, tuple(files for _, files in sources))
    frames = []
    for name, files in sources:
        share = f"{name.removesuffix('s')}_share"
        counted = _count(texts, possible, languages, files) if files else [(None, None)] * len(texts)
        frames.append(pl.DataFrame(counted, schema={name: pl.Int64, share: pl.Float64}, orient="row"))
    return pl.concat(frames, how="horizontal")


def entries_of(name: str, language: str | None, config: WordListsConfig) -> Entries:
    """Return what is counted by a list of LISTS in documents of a language; nothing where it is off.

    Raises WordListError for a list that cannot be read.
    """
    files = dict(_sources(config))[name]
    return _entries(files, language) if files else {}


def rules(config: WordListsConfig) -> list[Rule]:
    """Return the rules that are on, in the order in which they name a reason."""
    return [
        *at_most("bad_words", "bad_words", config.maximum_bad_words),
        *at_most("bad_word_share", "bad_word_share", config.maximum_bad_word_share),
        *at_most("toxic_words", "toxic_words", config.maximum_toxic_words),
        *at_most("toxic_word_share", "toxic_word_share", config.maximum_toxic_word_share),
    ]


def fingerprint(config: WordListsConfig) -> str:
    """Return the hash of the lists, as they are now. Raises WordListError for one that cannot be read."""
    return content_hash(*(_hash_of(files) for _, files in _sources(config)))


def _hash_of(files: Files) -> str:
    return content_hash(*(part for file in files for part in file))


def _sources(config: WordListsConfig) -> Iterator[tuple[str, Files]]:
    """Yield the name of each list and its files; none where it is off."""
    for name in LISTS:
        source: str = getattr(config, name)
        try:
            yield name, () if source == OFF else _files(_folder_or_file(name, source))
        except WordListError as error:
            raise WordListError(f"cleaning.word_lists.{name}: {error}") from None


def _folder_or_file(name: str, source: str) -> Path:
    return _PACKAGED_FOLDER / name if source == PACKAGED else Path(source).expanduser()


def _files(path: Path) -> Files:
    if not path.is_dir():
        return ((ANY_LANGUAGE, _bytes(path)),)
    files = tuple((file.stem.lower(), _bytes(file)) for file in sorted(path.glob("*.txt")))
    if not files:
        raise WordListError(f"word list {path}: the folder has no file such as en.txt")
    if unknown := [language for language, _ in files if not _LANGUAGE.fullmatch(language)]:
        raise WordListError(
            f"word list {path}: {unknown[0]}.txt is of no language; "
            "name files by ISO 639 codes, such as en.txt, or any.txt"
        )
    return files


def _bytes(path: Path) -> bytes:
    try:
        state = path.stat()
        content = _read(path, state.st_mtime_ns, state.st_ctime_ns, state.st_size)
        lines = content.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise WordListError(f"word list {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise WordListError(f"word list {path}: not UTF-8 at byte {error.start}") from None
    _check(path, lines)
    return content


def _check(path: Path, lines: list[str]) -> None:
    """Refuse what would take very long to look for."""
    if len(lines) > MOST_LINES:
        raise WordListError(f"word list {path}: {len(lines)} lines, at most {MOST_LINES} are possible")
    if lines and (longest := max(map(len, lines))) > LONGEST_LINE:
        raise WordListError(
            f"word list {path}: a line of {longest} characters, at most {LONGEST_LINE} are possible"
        )


@lru_cache(maxsize=256)
def _read(path: Path, *_state: int) -> bytes:
    return path.read_bytes()


def _count(
    texts: pl.Series, possible: list[int], languages: pl.Series, files: Files
) -> list[tuple[int, float]]:
    """Return occurrences and share of each text; those in which no entry can be are not split."""
    counted = [(0, 0.0)] * len(texts)
    for index in possible:
        language = languages[index]
        known = _entries(files, language if isinstance(language, str) else None)
        counted[index] = _occurrences(texts[index], known)
    return counted


def _possible(texts: pl.Series, lists: tuple[Files, ...]) -> list[int]:
    """Return the places of the texts that may hold an entry of some list."""
    pattern, longest_words = _prefilter(lists)
    lowered = texts.str.to_lowercase()
    found = lowered.str.contains(pattern) if pattern else pl.repeat(False, len(texts), eager=True)
    if longest_words:
        found |= lowered.str.contains_any(longest_words)
    return found.arg_true().to_list()


@lru_cache(maxsize=8)
def _prefilter(lists: tuple[Files, ...]) -> tuple[str, list[str]]:
    """Return an expression for the entries of the short lists, and the longest word of each of the others.

    The expression takes everything but ASCII letters and digits for the end of a word: so it is a single
    automaton, and lets a few texts more pass.
    """
    patterns: list[str] = []
    words_of_long: set[str] = set()
    for files in lists:
        entries = sorted({entry for _, content in files for entry in _parsed(content)})
        pattern = "|".join(map(_loosely, entries))
        if len(pattern) <= _LONGEST_PATTERN:
            patterns += [pattern] * bool(pattern)
        else:
            words_of_long |= {max(entry, key=len) for entry in entries}
    return "|".join(patterns), sorted(words_of_long)


def _loosely(entry: tuple[str, ...]) -> str:
    parts = [f"(?:^|{_BREAK})" if _ASCII_WORD.match(entry[0][0]) else ""]
    for word, following in zip(entry, (*entry[1:], None), strict=True):
        parts.append(re.escape(word))
        if following:
            parts.append(f"{_BREAK}*")
        elif _ASCII_WORD.match(word[-1]):
            parts.append(f"(?:$|{_BREAK})")
    return "".join(parts)


@lru_cache(maxsize=256)
def _entries(files: Files, language: str | None) -> Entries:
    """Return what applies to documents of a language."""
    chosen = {
        entry
        for of, content in files
        if language is None or of in (ANY_LANGUAGE, language)
        for entry in _parsed(content)
    }
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for entry in sorted(chosen, key=lambda entry: (-len(entry), entry)):
        by_first.setdefault(entry[0], []).append(entry)
    return {first: tuple(entries) for first, entries in by_first.items()}


@lru_cache(maxsize=256)
def _parsed(content: bytes) -> frozenset[tuple[str, ...]]:
    lines = content.decode("utf-8-sig").splitlines()
    entries = (
        _split(unicodedata.normalize("NFC", line)) for line in lines if not line.lstrip().startswith("#")
    )
    return frozenset(tuple(entry) for entry in entries if entry)


def _split(text: str) -> list[str]:
    """Return the words in lower case, parted at hyphens."""
    return [part for word in words(text.lower()) for part in _HYPHEN.split(word)]


def _occurrences(text: str, known: Entries) -> tuple[int, float]:
    """Return how often entries occur, none within another, and the share of the words that they take up."""
    split = _split(text)
    count = position = covered = 0
    while position < len(split):
        length = 1
        for entry in known.get(split[position], ()):
            if tuple(split[position : position + len(entry)]) == entry:
                length = len(entry)
                count += 1
                covered += length
                break
        position += length
    return count, covered / len(split) if split else 0.0
