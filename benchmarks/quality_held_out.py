"""Documents that the quality probe has never seen, and junk made of them in other ways than its own."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

HELD_OUT_SOURCES = {
    "python-django-doc": "en",
    "perl-doc": "en",
    "git-doc": "en",
    "erlang-doc": "en",
    "developers-reference": "en",
    "libstdc++-12-doc": "en",
    "octave-doc": "en",
    "openjdk-17-doc": "en",
    "libreoffice-help-fr": "fr",
    "manpages-fr": "fr",
    "manpages-es": "es",
}
CHARACTERS = 3000
_PRODUCTS = "sofas;running shoes;used cars;vitamin capsules;kitchen knives;solar panels;dental implants"
_PLACES = "Chicago;Leeds;Sydney;Toronto;Dublin;Austin;Cape Town;Auckland;Denver;Bristol"
_PITCHES = (
    "Buy {p} {c} today!",
    "Best {p} in {c} - lowest price guaranteed.",
    "{p} {c} {p} near {c} {p} sale",
    "Looking for {p}? Click for {p} deals in {c} now.",
    "Top 10 {p} {c} reviews {p} discount {p} coupon.",
    "Order {p} online, free delivery to {c}, limited offer on {p}!!!",
)


@dataclass(frozen=True)
class Labelled:
    """A text, whether it is prose (1) or junk (0), of what kind, and in which language."""

    text: str
    label: int
    kind: str
    language: str


def held_out(corpus: Path, for_each_source: int) -> list[Labelled]:
    """Return prose of every held-out source as a reader finds it, and about as much junk of five kinds."""
    frame = pl.read_parquet(corpus / "documents.parquet").filter(
        (pl.col("kind") == "base") & (pl.col("bp") < 0)
    )
    prose: list[Labelled] = []
    material: list[tuple[str, str]] = []
    for source, language in HELD_OUT_SOURCES.items():
        texts = sorted(frame.filter(pl.col("source") == source)["text"].to_list(), key=_digest)
        texts = [text for text in texts if len(text) >= 600]
        chosen, rest = texts[: len(texts) // 2], texts[len(texts) // 2 :]
        prose += [Labelled(text[:CHARACTERS], 1, source, language) for text in chosen[:for_each_source]]
        material += [(text[:CHARACTERS], language) for text in rest[:for_each_source]]
    return prose + _junk(material)


def _junk(material: Sequence[tuple[str, str]]) -> list[Labelled]:
    makers: dict[str, Callable[[str], str]] = {
        "shuffled words": _shuffled,
        "keyword spam": _spam,
        "gibberish": _gibberish,
        "repetition": _repetition,
    }
    found = []
    for kind, make in makers.items():
        chosen = sorted(material, key=lambda pair: _digest(kind + pair[0]))[: len(material) // 3]
        found += [Labelled(make(text), 0, kind, language) for text, language in chosen]
    lines = [text.strip().split("\n")[0][:50] for text, _ in material]
    for number in range(len(material) // 3):
        some = sorted(lines, key=lambda line: _digest(f"{number} {line}"))[: 20 + number % 30]
        found.append(Labelled("\n".join(some) if number % 2 else " | ".join(some), 0, "navigation", "en"))
    return found


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8, key=b"held out").hexdigest()


def _shuffled(text: str) -> str:
    words = enumerate(text.split())
    return " ".join(word for _, word in sorted(words, key=lambda pair: _digest(f"{pair[0]} {pair[1]}")))


def _spam(text: str) -> str:
    products, places = _PRODUCTS.split(";"), _PLACES.split(";")
    numbers = [int(_digest(f"{i} {text[:200]}"), 16) for i in range(12 + len(text) % 30)]
    product = products[numbers[0] % len(products)]
    return " ".join(
        _PITCHES[number % len(_PITCHES)].format(p=product, c=places[number // 64 % len(places)])
        for number in numbers
    )


def _gibberish(text: str) -> str:
    """Replace every letter by one that its word's hash picks, keeping lengths, capitals and punctuation."""
    made = []
    for position, word in enumerate(text.split()):
        stream = _digest(f"{position} {word}") * 8
        letters = [chr(97 + int(stream[i : i + 2], 16) % 26) for i in range(0, len(stream), 2)]
        made.append("".join(letters[i % 60] if c.isalpha() else c for i, c in enumerate(word)))
    return " ".join(made)


def _repetition(text: str) -> str:
    line = max(text[:600].split("\n"), key=len)[:200]
    return "\n".join([line] * (len(text) // (len(line) + 1) + 3))
