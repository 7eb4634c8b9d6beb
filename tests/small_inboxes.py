"""Prose that passes the cleaning rules, and files of it."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

TOPICS = {
    "rivers": "river water valley bridge flood stream bank current delta source mouth rain boat fish canal",
    "music": "violin orchestra melody rhythm concert piano singer chord harmony note stage choir tempo score",
    "ships": "harbour captain sail mast anchor voyage cargo sailor compass deck storm coast lighthouse rope",
}
GLUE = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "that",
    "with",
    "a",
    "for",
    "was",
    "on",
    "as",
    "by",
    "it",
    "be",
    "have",
    "from",
    "at",
    "which",
]


def prose(seed: int, words: int = 120) -> str:
    """Return sentences that pass the cleaning rules: function words, topic words, full stops."""
    rng = random.Random(seed)
    topic = TOPICS[sorted(TOPICS)[seed % len(TOPICS)]].split()
    sentences = []
    while words > 0:
        length = rng.randint(9, 16)
        chosen = [rng.choice(GLUE if position % 2 else topic) for position in range(length)]
        sentences.append(" ".join(chosen).capitalize() + f" {rng.randint(2, 999)}.")
        words -= length
    return " ".join(sentences)


def write_jsonl(path: Path, texts: Sequence[str], **extra: object) -> Path:
    """Write one JSON object a text, with ids that follow from the file's name and the position."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"id": f"{path.stem}-{number}", "text": text, **extra} for number, text in enumerate(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def small_files(inbox: Path) -> Path:
    """Write three shards of prose: a copy across shards, a near copy, a broken row and a spam document."""
    near = prose(1).replace("river", "brook", 1)
    write_jsonl(inbox / "a.jsonl", [prose(1), prose(2), prose(3), "Eiffel Tower " * 120], source="web")
    write_jsonl(inbox / "b.jsonl", [prose(4), prose(2), prose(5)], source="web")
    write_jsonl(inbox / "sub" / "c.jsonl", [near, prose(6), prose(7)], source="books")
    with (inbox / "b.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"text": \n')
    return inbox
