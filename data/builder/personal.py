"""Planted personal data, and a planted boilerplate paragraph, in real documents."""

import re
from random import Random

from builder.pool import Document
from builder.vocabulary import (
    BOILERPLATE,
    CARDS,
    FIRST_NAMES,
    IBANS,
    LAST_NAMES,
    MAIL_HOSTS,
    PERSONAL_SENTENCES,
    PHONES,
    PUBLIC_IPS,
)

PERSONAL_LANGUAGES = {"en": 20, "de": 6, "fr": 4}
BOILERPLATE_DOCUMENTS = 40
# An area number that was not in use before numbers were drawn at random in 2011; group and serial are not 0.
SSN_AREA = 859


def plant_personal_data(documents: list[Document], rng: Random) -> None:
    """Insert two to five sentences with made-up personal data into each document, and label it."""
    for document in documents:
        sentences = PERSONAL_SENTENCES[document.language]
        kinds = rng.sample(list(sentences), min(len(sentences), rng.randint(2, 5)))
        planted = []
        for kind in kinds:
            value = personal_value(kind, document.language, rng)
            document.text = _inserted(document.text, rng.choice(sentences[kind]).format(value), rng)
            planted.append({"kind": kind, "value": value})
        document.label = {"case": "personal_data", "planted": planted}


def personal_value(kind: str, language: str, rng: Random) -> str:
    """Return a well-formed value of this kind that belongs to nobody."""
    if kind == "email":
        return f"{rng.choice(FIRST_NAMES)}.{rng.choice(LAST_NAMES)}@{rng.choice(MAIL_HOSTS)}"
    if kind == "ip":
        return rng.choice(PUBLIC_IPS)
    if kind == "phone":
        pattern = rng.choice(PHONES[language])
        return pattern.format(
            100 + rng.randrange(100), rng.randrange(1000), rng.randrange(100), rng.randrange(100)
        )
    if kind == "us_ssn":
        return f"{SSN_AREA}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"
    return rng.choice(CARDS if kind == "card" else IBANS)


def plant_boilerplate(documents: list[Document]) -> None:
    """Put the paragraph before or after the documents by turns, and label them."""
    for number, document in enumerate(documents):
        if number % 2:
            document.text = f"{document.text}\n\n{BOILERPLATE}"
        else:
            document.text = f"{BOILERPLATE}\n\n{document.text}"
        document.label = {"case": "boilerplate", "paragraph": BOILERPLATE}


def _inserted(text: str, sentence: str, rng: Random) -> str:
    """Insert a sentence after a full stop within running text, or as a paragraph where there is none."""
    places = [match.end() for match in re.finditer(r"[a-zß-ÿ]\. (?=[A-ZÄÖÜÀÉ][a-zß-ÿ])", text)]
    if not places:
        return f"{text}\n\n{sentence}"
    place = rng.choice(places)
    return f"{text[:place]}{sentence} {text[place:]}"
