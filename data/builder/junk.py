"""Planted junk: keyword spam, shuffled words, gibberish, navigation."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import TypeVar

from builder.pool import Document
from builder.text import OverlapIndex
from builder.vocabulary import (
    CITIES,
    KEYWORDS,
    MENU_TITLES,
    MENU_WORDS,
    SPAM_SENTENCES,
    SYLLABLES,
)

EACH = 40
SHUFFLED_LANGUAGES = {"en": 24, "de": 8, "fr": 8}
REAL_MENUS = 24
MAXIMUM_SHARED_MENU = 0.3
DICTIONARIES = ("wordnet-base", "dict-gcide")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
KEYBOARD_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

T = TypeVar("T")


def keyword_spam(sources: list[str], rng: Random) -> list[Document]:
    """Return pages stuffed with search terms: bare repetition, rotation, stuffed sentences, place lists."""
    documents = []
    for number in range(EACH):
        language, terms = KEYWORDS[number % len(KEYWORDS)]
        style = (_repeated, _rotated, _stuffed, _places)[(number + number // len(KEYWORDS)) % 4]
        length = int(rng.triangular(60, 700, 180))
        text = style(language, rng.sample(terms, len(terms)), length, rng)
        documents.append(Document(text, rng.choice(sources), language, {"case": "keyword_spam"}))
    return documents


def _repeated(_language: str, terms: list[str], length: int, rng: Random) -> str:
    count = max(20, length // max(1, len(terms[0].split())))
    separator = rng.choice((" ", ", ", "\n"))
    return separator.join([terms[0]] * count)


def _rotated(_language: str, terms: list[str], length: int, rng: Random) -> str:
    lines: list[str] = []
    while sum(len(line.split()) for line in lines) < length:
        lines.append(rng.choice((" ", ", ", " | ")).join(rng.sample(terms, rng.randint(3, len(terms)))))
    return rng.choice(("\n", " ")).join(lines)


def _stuffed(language: str, terms: list[str], length: int, rng: Random) -> str:
    sentences: list[str] = []
    while sum(len(sentence.split()) for sentence in sentences) < length:
        pattern = rng.choice(SPAM_SENTENCES[language])
        sentences.append(pattern.format(*(rng.choice(terms) for _ in range(4)), city=rng.choice(CITIES)))
    return " ".join(sentences)


def _places(_language: str, terms: list[str], length: int, rng: Random) -> str:
    cities = rng.sample(CITIES, len(CITIES))
    wanted = max(20, length // 3)
    entries = [f"{rng.choice(terms)} {cities[i % len(cities)]}" for i in range(wanted)]
    return rng.choice((", ", "\n", " - ")).join(entries)


def shuffled_words(donors: list[Document], rng: Random) -> list[Document]:
    """Return donors with their words in random order, at the original line lengths."""
    documents = []
    for language in SHUFFLED_LANGUAGES:
        for donor in shuffled_donors(donors, language):
            words = donor.text.split()
            rng.shuffle(words)
            text = _rewrapped(words, donor.text)
            documents.append(Document(text, donor.source, language, {"case": "shuffled_words"}))
    return documents


def shuffled_donors(donors: list[Document], language: str) -> list[Document]:
    """Return the donors whose words get shuffled, the sources taking turns; no dictionaries."""
    fitting = [d for d in donors if d.language == language and d.source not in DICTIONARIES]
    return _by_turns(fitting, lambda donor: donor.source)[: SHUFFLED_LANGUAGES[language]]


def _by_turns(items: list[T], group: Callable[[T], str]) -> list[T]:
    """Order items so that their groups take turns, keeping the order within each group."""
    seen: Counter[str] = Counter()
    turns = []
    for item in items:
        turns.append(seen[group(item)])
        seen[group(item)] += 1
    return [items[i] for i in sorted(range(len(items)), key=lambda i: (turns[i], i))]


def _rewrapped(words: list[str], like: str) -> str:
    lines, at = [], 0
    for line in like.split("\n"):
        count = len(line.split())
        lines.append(" ".join(words[at : at + count]))
        at += count
    return "\n".join(lines)


def gibberish(sources: list[str], rng: Random) -> list[Document]:
    """Return text without words: random letters, invented words, keys hit at random, random tokens."""
    documents = []
    for number in range(EACH):
        style = (_letters, _invented, _mashed, _tokens)[number % 4]
        words = [style(rng) for _ in range(int(rng.triangular(60, 600, 200)))]
        text = _punctuated(words, rng) if number % 8 < 6 else " ".join(words)
        documents.append(Document(text, rng.choice(sources), "en", {"case": "gibberish"}))
    return documents


def _letters(rng: Random) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(2, 11)))


def _invented(rng: Random) -> str:
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(1, 4)))


def _mashed(rng: Random) -> str:
    row = rng.choice(KEYBOARD_ROWS)
    start = rng.randrange(len(row) - 3)
    return "".join(rng.choice(row[start : start + 4]) for _ in range(rng.randint(3, 12)))


def _tokens(rng: Random) -> str:
    alphabet = LETTERS + LETTERS.upper() + "0123456789+/"
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(4, 40)))


def _punctuated(words: list[str], rng: Random) -> str:
    """Set the words as sentences and paragraphs, so that no rule about line ends gives them away."""
    sentences, at = [], 0
    while at < len(words):
        count = rng.randint(5, 18)
        sentences.append(" ".join(words[at : at + count]).capitalize() + rng.choice(".....?!"))
        at += count
    paragraphs = [sentences[i : i + 5] for i in range(0, len(sentences), 5)]
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)


def navigation(menus: list[tuple[str, str, list[str]]], sources: list[str], rng: Random) -> list[Document]:
    """Return lists of links: those of real pages, and menus of shops, papers and boards."""
    documents: list[Document] = []
    index = OverlapIndex(MAXIMUM_SHARED_MENU)
    for source, language, links in _by_turns(menus, lambda menu: menu[0]):
        count = min(len(links), rng.randint(25, 140))
        start = rng.randint(0, len(links) - count)
        separator = rng.choice(("\n", "\n", " | ", " » "))
        text = separator.join(links[start : start + count])
        if len(documents) == REAL_MENUS or not index.admit(text):
            continue
        documents.append(Document(text, source, language, {"case": "navigation"}))
    while len(documents) < EACH:
        language = ("en", "en", "de", "fr")[len(documents) % 4]
        text = _menu(language, rng)
        documents.append(Document(text, rng.choice(sources), language, {"case": "navigation"}))
    return documents


def _menu(language: str, rng: Random) -> str:
    words = MENU_WORDS[language]
    titles = MENU_TITLES[language]
    head = rng.sample(words, rng.randint(8, 14))
    crumbs = " > ".join(rng.sample(titles, 3))
    numbers = " ".join(str(page) for page in range(1, rng.randint(6, 15))) + " »"
    listed = [f"{rng.choice(titles)} ({rng.randint(2, 980)})" for _ in range(rng.randint(15, 45))]
    foot = rng.sample(words, rng.randint(6, 12))
    return "\n".join([" | ".join(head), crumbs, *listed, numbers, " · ".join(foot)])
