"""Repeated passages as their definition reads, in plain Python, to test the compiled ones against."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from curation_assets.passages.config import PassagesConfig
from curation_assets.passages.keys import passage_keys
from curation_assets.passages.labels import LABEL_SCHEMA
from curation_assets.passages.passages import Found, find
from curation_assets.passages.tables import Tables
from curation_assets.text.hashing import content_hash

UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclass(frozen=True)
class Word:
    """A word in lower case and where it lies in its text, in characters."""

    letters: str
    start: int
    stop: int


def words(text: str) -> list[Word]:
    """Words by the categories and names of ``unicodedata``, for the scripts that the tests draw from."""
    found: list[Word] = []
    inside = False
    for at, character in enumerate(text):
        letter = character.lower()[0].replace("ς", "σ")  # noqa: RUF001
        if unicodedata.category(letter)[0] in "PZSC":
            inside = False
        elif unicodedata.name(letter).startswith(UNSPACED):
            found.append(Word(letter, at, at + 1))
            inside = False
        elif inside:
            found[-1] = Word(found[-1].letters + letter, found[-1].start, at + 1)
        else:
            found.append(Word(letter, at, at + 1))
            inside = True
    return found


def lines(text: str, config: PassagesConfig) -> list[tuple[str, int, int]]:
    """Letters and digits of every line that has enough of them, and the words that it consists of."""
    parts = text.split("\n")
    if config.line_unit == "paragraph":
        groups: list[list[str]] = [[]]
        for part in parts:
            if part.strip():
                groups[-1].append(part)
            else:
                groups.append([])
        parts = ["\n".join(group) for group in groups]
    found, count = [], 0
    for part in parts:
        own = words(part)
        letters = "".join("0" if letter.isdecimal() else letter for word in own for letter in word.letters)
        if len(letters) >= config.line_characters:
            found.append((letters, count, count + len(own)))
        count += len(own)
    return found


@dataclass
class Document:
    """A document of the lake, and what is found out about it."""

    doc_id: str
    shard: str
    text: str


@dataclass
class Verdict:
    """The numbers of the words that are repeats, how many lines are, and whether the document is dropped."""

    repeated: list[int]
    lines: int
    dropped: bool


def _judge(
    documents: Sequence[Document], sources: Sequence[bool], config: PassagesConfig
) -> list[tuple[set[int], int]]:
    seen: set[tuple[str, ...]] = set()
    seen_lines: set[str] = set()
    verdicts = []
    for document, source in zip(documents, sources, strict=True):
        letters = [word.letters for word in words(document.text)]
        width, repeated, here = config.substring_tokens, set(), set(seen)
        for start in range(len(letters) - width + 1) if config.substrings else ():
            window = tuple(letters[start : start + width])
            if window in here:
                repeated |= set(range(start, start + width))
            if source:
                here.add(window)
        own = lines(document.text, config) if config.lines else []
        known = [line for line in own if line[0] in seen_lines]
        for _, start, stop in known:
            repeated |= set(range(start, stop))
        if source:
            seen |= here
            seen_lines |= {line[0] for line in own}
        verdicts.append((repeated, len(known)))
    return verdicts


def verdicts(documents: Sequence[Document], config: PassagesConfig) -> dict[tuple[str, str], Verdict]:
    """Judge all documents: first against all, then those that stay against those that stay."""
    ordered = sorted(documents, key=lambda document: (document.doc_id, document.shard))
    first = _judge(ordered, [True] * len(ordered), config)
    dropped = []
    for document, (repeated, _) in zip(ordered, first, strict=True):
        total = len(words(document.text))
        left = total - len(repeated)
        least = max(config.minimum_kept_share * total, config.minimum_kept_tokens, 1)
        dropped.append(config.policy == "remove" and bool(repeated) and left < least)
    then = _judge(ordered, [not gone for gone in dropped], config)
    found = {}
    for document, gone, one, other in zip(ordered, dropped, first, then, strict=True):
        repeated, count = one if gone else other
        found[document.doc_id, document.shard] = Verdict(sorted(repeated), count, gone)
    return found


def frame(documents: Sequence[Document]) -> pl.DataFrame:
    columns = {
        "doc_id": [document.doc_id for document in documents],
        "shard": [document.shard for document in documents],
        "text_hash": [content_hash(document.text) for document in documents],
        "text": [document.text for document in documents],
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


class LakeInMemory:
    """Documents by shard, with their keys, as finding repeats reads them; counts the texts read."""

    def __init__(self, documents: Sequence[Document], config: PassagesConfig) -> None:
        rows = frame(documents)
        self.config = config
        self.documents = {str(key[0]): part for key, part in rows.partition_by("shard", as_dict=True).items()}
        self.keys = {shard: passage_keys(part, config) for shard, part in self.documents.items()}
        self.read: list[str] = []

    @property
    def tables(self) -> Tables:
        return Tables(
            sorted(self.documents), lambda shard, names: self.keys[shard].select(names), self._texts
        )

    def _texts(self, shard: str, doc_ids: pl.Series) -> pl.Series:
        self.read.extend(doc_ids)
        texts = dict(self.documents[shard].select("doc_id", "text").iter_rows())
        return pl.Series([texts[doc_id] for doc_id in doc_ids], dtype=pl.String)


def labels_of(found: Found) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=LABEL_SCHEMA), *found.labels.values()])


def labelled(documents: Sequence[Document], config: PassagesConfig, **options: int) -> pl.DataFrame:
    """Keys and labels of documents, all shards in one frame."""
    return labels_of(find(LakeInMemory(documents, config).tables, config, **options))


def without(text: str, spans: Sequence[dict[str, int]]) -> str:
    """Return a text without these spans."""
    edges = [0, *(edge for span in spans for edge in (span["start"], span["end"])), len(text)]
    return "".join(text[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True))


def check(documents: Sequence[Document], labels: pl.DataFrame, config: PassagesConfig) -> None:
    """Hold labels against the brute force."""
    expected = verdicts(documents, config)
    texts = {(document.doc_id, document.shard): document.text for document in documents}
    rows = {(row["doc_id"], row["shard"]): row for row in labels.iter_rows(named=True)}
    assert rows.keys() == expected.keys()
    for key, verdict in expected.items():
        row, own = rows[key], words(texts[key])
        assert row["repeated_tokens"] == len(verdict.repeated)
        assert row["repeated_share"] == (len(verdict.repeated) / len(own) if own else 0.0)
        assert row["repeated_lines"] == verdict.lines
        assert row["kept"] != verdict.dropped
        assert row["drop_reason"] == ("repeated_passages" if verdict.dropped else None)
        left = [word.letters for number, word in enumerate(own) if number not in set(verdict.repeated)]
        edited = without(texts[key], row["spans"])
        assert [word.letters for word in words(edited)] == left
        assert bool(row["spans"]) == bool(verdict.repeated) == (row["kept_in"] is not None)
        if verdict.repeated and not verdict.dropped and config.policy == "remove":
            assert row["text"] == edited
            assert row["text_hash"] == content_hash(edited)
        else:
            assert row["text"] is row["text_hash"] is None


def random_words(count: int, seed: int) -> list[str]:
    """Words of which no two are the same but by chance, one in a million."""
    return [f"w{number}" for number in np.random.default_rng(seed).integers(0, 1 << 40, count).tolist()]


Make = Callable[[int, int], str]
